"""Checkpoint folders: model.safetensors, config.json, calibration.json, metrics.json, card.md.

No pickle is read. A tuned CNN lies beside the model as cnn.safetensors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from extractors.errors import ExtractionError
from extractors.recipe import Recipe
from hirenet_sales.errors import CheckpointError
from hirenet_sales.models.ensemble import Ensemble
from hirenet_sales.models.fusion import FusedHireNet
from hirenet_sales.models.hirenet import HireNetConfig
from hirenet_sales.models.inputs import StreamInput
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import Calibration

FORMAT = 1
MODEL, CONFIG, CALIBRATION, METRICS, CARD, CNN = (
    "model.safetensors",
    "config.json",
    "calibration.json",
    "metrics.json",
    "card.md",
    "cnn.safetensors",
)
MODEL_KIND = "model"  # in config.json of a laboratory model; a release has no kind
DAMAGE = (AttributeError, KeyError, TypeError, ValueError, RuntimeError, SafetensorError)
INPUT_PARTS = ("mean", "scale", "rotation", "spread")


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained model with all that is needed to use it.

    Attributes
    ----------
    name : of the model
    ensemble : inputs and members
    recipe : the features it reads and when they are taken
    calibration : half widths of the intervals
    training_mean : (5,), mean label of the training split: what skill is held against
    training_data : what it was trained on, for a person
    context_learnt : whether question and job title were known in training; where they were not
        they are dropped in use too, since what was never trained would only add noise
    folder, sha256 : where it was read from, and the digest of its weights; "" while in training
    """

    name: str
    ensemble: Ensemble
    recipe: Recipe
    calibration: Calibration
    training_mean: np.ndarray
    training_data: str
    context_learnt: bool
    folder: Path | None = None
    sha256: str = ""

    @property
    def sampling(self) -> str:
        """The sampling that it was trained at, in words."""
        r = self.recipe
        return (
            f"slices of {r.slice_s:g} s; in each, 4 face crops in the first 8 s, the voice's "
            f"first {r.spectral_window_s:g} s, all words"
        )


def checkpoint_names() -> list[str]:
    """The names of the checkpoints that ship."""
    return sorted(p.parent.name for p in _shipped().glob(f"*/{CONFIG}"))


def _shipped() -> Path:
    return Path(str(files("hirenet_sales") / "checkpoints"))


def is_model_checkpoint(folder: Path) -> bool:
    """Whether a folder holds a laboratory model rather than a release, or nothing."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and config.get("kind") == MODEL_KIND


def load_checkpoint(name_or_path: str | Path) -> Checkpoint:
    """Read a checkpoint that ships, by name, or any by the path of its folder.

    Raises
    ------
    CheckpointError
        if there is none such, or it is incomplete or damaged.
    """
    folder = Path(name_or_path)
    if str(name_or_path) in checkpoint_names():
        folder = _shipped() / str(name_or_path)
    if not (folder / CONFIG).is_file():
        raise CheckpointError(
            f"checkpoint '{name_or_path}': neither a folder with {CONFIG} nor one that ships "
            f"({', '.join(checkpoint_names()) or 'none do'})"
        )
    check_parts(folder)
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if "kind" in config:
            raise CheckpointError(
                f"{folder}: a laboratory model, which `analyze` reads; this needs a release, such "
                "as fi-v2"
            )
        if config["format"] != FORMAT or config["targets"] != list(TRAITS):
            raise CheckpointError(
                f"{folder}: format {config['format']} and targets {config['targets']}; this "
                f"version reads format {FORMAT} with {', '.join(TRAITS)}"
            )
        tensors = load_file(folder / MODEL)
        inputs = {
            name: StreamInput(
                *(tensors[f"inputs.{name}.{part}"].float().numpy() for part in INPUT_PARTS)
            )
            for name in config["streams"]
        }
        recipe = Recipe.from_dict(config["recipe"], folder)
        if recipe.cnn_weights is not None and not recipe.cnn_weights.is_file():
            raise CheckpointError(
                f"{folder}: no {recipe.cnn_weights.name}; the checkpoint is incomplete"
            )
        members = [_member(config, tensors, k) for k in range(config["members"])]
        return Checkpoint(
            config["name"],
            Ensemble(inputs, members, config["word_width"]),
            recipe,
            Calibration.read(folder / CALIBRATION),
            np.array(config["training_mean"]),
            config["training_data"],
            config["context_learnt"],
            folder,
            _digest(folder),
        )
    except DAMAGE as error:
        raise CheckpointError(f"{folder}: damaged or of another version ({error})") from error
    except ExtractionError as error:
        raise CheckpointError(f"{folder}: {error}") from error


def _member(config: Mapping[str, Any], tensors: Mapping[str, Tensor], k: int) -> FusedHireNet:
    configs = {name: HireNetConfig(**c) for name, c in config["streams"].items()}
    net = FusedHireNet(configs, **config["fusion"])
    prefix = f"members.{k}."
    own = {
        key.removeprefix(prefix): value.float()
        for key, value in tensors.items()
        if key.startswith(prefix)
    }
    net.load_state_dict(own)
    return net


def write_checkpoint(
    checkpoint: Checkpoint,
    folder: Path,
    *,
    metrics: Mapping[str, Any],
    card: str,
    training: Mapping[str, Any],
    cnn: Mapping[str, Tensor] | None,
) -> None:
    """Write a checkpoint folder; weights in half precision.

    Parameters
    ----------
    metrics : for metrics.json
    card : for card.md
    training : the configuration that made it, kept in config.json
    cnn : weights of a tuned CNN, or None
    """
    folder.mkdir(parents=True, exist_ok=True)
    ensemble = checkpoint.ensemble
    tensors = {
        f"inputs.{name}.{part}": _stored(part, torch.from_numpy(getattr(fit, part)))
        for name, fit in ensemble.inputs.items()
        for part in INPUT_PARTS
    }
    for k, member in enumerate(ensemble.members):
        for key, value in member.state_dict().items():
            tensors[f"members.{k}.{key}"] = value.half().contiguous()
    first = ensemble.members[0]
    save_file(tensors, folder / MODEL)
    if cnn is not None:
        save_file(dict(cnn), folder / CNN)
    config = {
        "format": FORMAT,
        "name": checkpoint.name,
        "targets": list(TRAITS),
        "streams": {name: asdict(c) for name, c in first.configs.items()},
        "fusion": first.settings,
        "members": len(ensemble.members),
        "word_width": ensemble.word_width,
        "recipe": checkpoint.recipe.to_dict(),
        "training_mean": [round(float(v), 6) for v in checkpoint.training_mean],
        "training_data": checkpoint.training_data,
        "context_learnt": checkpoint.context_learnt,
        "training": dict(training),
    }
    write_parts(folder, config, checkpoint.calibration, metrics, card)


def check_parts(folder: Path) -> None:
    """Whether a folder holds what a checkpoint is read from.

    Raises
    ------
    CheckpointError
        naming what is missing.
    """
    missing = [part for part in (CONFIG, MODEL, CALIBRATION) if not (folder / part).is_file()]
    if missing:
        raise CheckpointError(f"{folder}: no {', '.join(missing)}; the checkpoint is incomplete")


def write_parts(
    folder: Path,
    config: Mapping[str, Any],
    calibration: Calibration,
    metrics: Mapping[str, Any],
    card: str,
) -> None:
    """Write what stands beside the weights."""
    calibration.write(folder / CALIBRATION)
    for name, content in ((CONFIG, config), (METRICS, metrics)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    (folder / CARD).write_text(card, encoding="utf-8")


def _stored(part: str, value: Tensor) -> Tensor:
    """The rotation is by far the largest part and was rounded to half precision when fitted."""
    return (value.half() if part == "rotation" else value).contiguous()


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for part in (MODEL, CNN):
        if (folder / part).is_file():
            digest.update((folder / part).read_bytes())
    return digest.hexdigest()
