"""The training that a YAML describes: a release, or with `kind: model` a laboratory model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hirenet_sales.errors import ConfigError
from hirenet_sales.release.config import TrainingConfig
from hirenet_sales.release.model import train_model
from hirenet_sales.release.model_config import ModelConfig
from hirenet_sales.release.release import train_release
from hirenet_sales.yaml_model import read_raw

Progress = Callable[[str, float, float], None]


def train(
    config_path: str | Path,
    root: str | Path,
    *,
    out: Path | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train the model that a configuration describes and write its checkpoint folder.

    Parameters
    ----------
    config_path : YAML; see experiments/release_fi_v2.yaml and experiments/train_cnn_lstm.yaml
    root : folder of the data set
    out : checkpoint folder; default runs/<name>
    cache : keeps extracted features; default: the user's cache folder

    Raises
    ------
    ConfigError
        with every problem of the configuration.
    DatasetError
        if the folder is not as the data card says.
    """
    raw = read_raw(Path(config_path), ConfigError)
    if "kind" in raw.values:
        config = raw.validate(ModelConfig, ConfigError)
        folder = out or Path("runs") / config.name
        return train_model(config, Path(root), out=folder, cache=cache, progress=progress)
    release = raw.validate(TrainingConfig, ConfigError)
    folder = out or Path("runs") / release.name
    return train_release(release, Path(root), out=folder, cache=cache, progress=progress)
