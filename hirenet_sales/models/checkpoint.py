"""Checkpoint folders: model.safetensors, config.json, calibration.json, metrics.json, card.md.

No pickle is read. A tuned CNN lies beside the model as cnn.safetensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from extractors.answer.extract import STREAMS
from extractors.face.cnn import check_cnn
from extractors.recipe import Recipe
from extractors.weights import load_weights
from hirenet_sales.data.stream_inputs import INPUT_PARTS, StreamInput
from hirenet_sales.errors import CheckpointError
from hirenet_sales.models.checkpoint_folder import (
    CALIBRATION,
    CNN,
    CONFIG,
    MODEL,
    check_parts,
    digest_of,
    keep_vectors,
    read_config,
    read_switch,
    read_tensors,
    read_text,
    read_training_mean,
    reading,
    write_parts,
)
from hirenet_sales.models.ensemble import Ensemble
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.networks.hirenet import HireNetConfig
from hirenet_sales.persist import whole_file
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import Calibration

FORMAT = 1


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
    try:
        exists = (folder / CONFIG).is_file()
    except OSError:  # too long a name
        exists = False
    if not exists:
        raise CheckpointError(
            f"checkpoint '{name_or_path!s:.200}': neither a folder with {CONFIG} nor one that "
            f"ships ({', '.join(checkpoint_names()) or 'none do'})"
        )
    check_parts(folder)
    config = read_config(folder)
    with reading(folder / CONFIG):
        if "kind" in config:
            raise CheckpointError(
                f"{folder}: a laboratory model, which `analyze` reads; this needs a release, such "
                "as fi-v2"
            )
        if config["format"] != FORMAT or config["targets"] != list(TRAITS):
            raise CheckpointError(
                f"{folder / CONFIG}: format {config['format']!s:.80} and targets "
                f"{config['targets']!s:.200}; this version reads format {FORMAT} with "
                f"{', '.join(TRAITS)}"
            )
        recipe = Recipe.from_dict(config["recipe"], folder)
        configs = _stream_configs(config)
        fusion = dict(config["fusion"])
        members = config["members"]
        if not isinstance(members, int) or isinstance(members, bool) or members < 1:
            raise ValueError(f"members is {members!r:.80}, expected a whole number from 1")
        about = [read_text(config, key) for key in ("name", "training_data")]
        mean = read_training_mean(config["training_mean"])
        context_learnt = read_switch(config, "context_learnt")
        word_width = next(iter(configs.values())).word_width
    with reading(recipe.cnn_weights or folder / CONFIG):
        check_cnn(recipe.cnn, recipe.cnn_weights)
    tensors = read_tensors(folder)
    with reading(folder / MODEL):
        inputs = {name: _input(name, tensors, c.width) for name, c in configs.items()}
        ensemble = Ensemble(
            inputs, [_member(configs, fusion, tensors, k) for k in range(members)], word_width
        )
    read = [folder / MODEL, *([] if recipe.cnn_weights is None else [recipe.cnn_weights])]
    return Checkpoint(
        about[0],
        ensemble,
        recipe,
        Calibration.read(folder / CALIBRATION, tuple(configs)),
        mean,
        about[1],
        context_learnt,
        folder,
        digest_of(read),
    )


def _stream_configs(config: Mapping[str, Any]) -> dict[str, HireNetConfig]:
    """The network's sizes by stream; that they are sizes is seen where they meet the weights."""
    configs = {name: HireNetConfig(**sizes) for name, sizes in config["streams"].items()}
    unknown = [name for name in configs if name not in STREAMS]
    if unknown or not configs:
        shown = f"'{unknown[0]:.80}'" if unknown else "none"
        raise ValueError(f"streams: found {shown}, expected some of {', '.join(STREAMS)}")
    for name, sizes in configs.items():
        if sizes.targets != len(TRAITS) or sizes.word_width != config["word_width"]:
            raise ValueError(
                f"{name}: {sizes.targets!r:.80} targets and word vectors of "
                f"{sizes.word_width!r:.80}, expected {len(TRAITS)} and "
                f"{config['word_width']!r:.80} as in all of the model"
            )
    return configs


def _input(name: str, tensors: Mapping[str, Tensor], width: int) -> StreamInput:
    missing = [part for part in INPUT_PARTS if f"inputs.{name}.{part}" not in tensors]
    if missing:
        raise ValueError(f"tensor inputs.{name}.{missing[0]} is missing")
    parts = (tensors[f"inputs.{name}.{part}"] for part in INPUT_PARTS)
    try:
        fit = StreamInput(*(_floats(part) for part in parts))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if fit.width != width:
        raise ValueError(f"{name}: {fit.width} inputs, {CONFIG} has {width!r:.80}")
    return fit


def _floats(tensor: Tensor) -> np.ndarray:
    if not tensor.is_floating_point():
        raise ValueError(f"inputs of {tensor.dtype}, expected floating-point numbers")
    return tensor.float().numpy()


def _member(
    configs: Mapping[str, HireNetConfig],
    fusion: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    k: int,
) -> FusedHireNet:
    with torch.device("meta"):
        net = FusedHireNet(configs, **fusion)
    prefix = f"members.{k}."
    try:
        load_weights(
            net, {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
        )
    except ValueError as error:
        raise ValueError(f"member {k + 1}: {error}") from error
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
    with whole_file(folder / MODEL) as part:
        save_file(tensors, part)
    if cnn is not None:
        with whole_file(folder / CNN) as part:
            save_file(dict(cnn), part)
    config = {
        "format": FORMAT,
        "name": checkpoint.name,
        "targets": list(TRAITS),
        "streams": {name: asdict(c) for name, c in first.configs.items()},
        "fusion": first.settings,
        "members": len(ensemble.members),
        "word_width": ensemble.word_width,
        "recipe": replace(
            checkpoint.recipe, words=keep_vectors(checkpoint.recipe.words, folder)
        ).to_dict(),
        "training_mean": [round(float(v), 6) for v in checkpoint.training_mean],
        "training_data": checkpoint.training_data,
        "context_learnt": checkpoint.context_learnt,
        "training": dict(training),
    }
    write_parts(folder, config, checkpoint.calibration, metrics, card)


def _stored(part: str, value: Tensor) -> Tensor:
    """The rotation is by far the largest part and was rounded to half precision when fitted."""
    return (value.half() if part == "rotation" else value).contiguous()
