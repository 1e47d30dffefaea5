"""Checkpoint folders of laboratory models: the same files as a release, and no pickle in them.

config.json names the model of the catalogue, its options and what it reads of an answer;
model.safetensors holds all that it has learnt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from extractors.recipe import resolve_vectors
from hirenet_sales.data.intake import Intake
from hirenet_sales.data.interview_set import Target
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.errors import CheckpointError
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.checkpoint_folder import (
    CALIBRATION,
    CONFIG,
    MODEL,
    MODEL_KIND,
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
from hirenet_sales.models.model import KeptModel, ModelState, checked_targets, kept
from hirenet_sales.persist import whole_file
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import Calibration

FORMAT = 1
SIZE = re.compile(r"[a-z0-9][a-z0-9.-]*")  # of a speech model, and no path
SPLIT = "split.json"  # of the interviews that it was learnt from, beside the rest where it is kept


@dataclass(frozen=True, eq=False)
class ModelCheckpoint:
    """A fitted laboratory model with all that is needed to use it.

    Attributes
    ----------
    name : of the checkpoint
    model : fitted
    options : its options as they were given; word vectors from a file are the checkpoint's own
    intake : what it reads of an answer
    targets : what it estimates, the five traits among them
    calibration : half widths of the intervals
    training_mean : (5,), mean label of the training split, on [0, 1]
    training_data : what it was trained on, for a person
    context_learnt : whether questions were known in training; where they were not, they and the job
        title are dropped in use too
    folder, sha256 : where it was read from, and the digest of its weights; None and "" in training
    """

    name: str
    model: KeptModel
    options: Mapping[str, Any]
    intake: Intake
    targets: tuple[Target, ...]
    calibration: Calibration
    training_mean: np.ndarray
    training_data: str
    context_learnt: bool
    folder: Path | None = None
    sha256: str = ""

    def traits(self, values: np.ndarray) -> np.ndarray:
        """Of estimates (..., K) of all targets the five traits, (..., 5), on [0, 1]."""
        names = [target.name for target in self.targets]
        return to_unit(values, self.targets)[..., [names.index(trait) for trait in TRAITS]]


def load_model_checkpoint(folder: Path) -> ModelCheckpoint:
    """Read what `write_model_checkpoint` wrote.

    Raises
    ------
    CheckpointError
        if it is incomplete, damaged, or of another version.
    """
    check_parts(folder)
    config = read_config(folder)
    with reading(folder / CONFIG):
        if config["format"] != FORMAT or config["kind"] != MODEL_KIND:
            raise CheckpointError(
                f"{folder / CONFIG}: format {config['format']!s:.80} of kind "
                f"{config['kind']!s:.80}; this version reads format {FORMAT} of kind {MODEL_KIND}"
            )
        said = config["model"]
        intake = Intake.from_dict(config["intake"])
        encoding = intake.encoding
        if encoding.whisper is not None and not SIZE.fullmatch(encoding.whisper):
            raise ValueError(
                f"whisper is {encoding.whisper!r:.80}, expected a size such as tiny.en, or null; a "
                "folder of weights is named by HIRENET_SALES_WHISPER"
            )
        encoding = replace(encoding, text=resolve_vectors(folder, encoding.text))
        intake = replace(intake, encoding=encoding)
        options = with_vectors(said["options"], lambda words: resolve_vectors(folder, words))
        model = kept(build_model(said["name"], intake.streams, **options))
        targets = checked_targets(config["targets"])
        missing = [trait for trait in TRAITS if trait not in {target.name for target in targets}]
        if missing:
            raise ValueError(f"targets: no {missing[0]}, an assessment needs the five traits")
        about = [read_text(config, key) for key in ("name", "training_data")]
        mean = read_training_mean(config["training_mean"])
        context_learnt = read_switch(config, "context_learnt")
    tensors = read_tensors(folder)
    with reading(folder / MODEL):
        arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
        model.restore(ModelState(said["state"], arrays))
    return ModelCheckpoint(
        about[0],
        model,
        options,
        intake,
        targets,
        Calibration.read(folder / CALIBRATION, tuple(intake.senses)),
        mean,
        about[1],
        context_learnt,
        folder,
        digest_of([folder / MODEL]),
    )


def with_vectors(options: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Options of a model, or of the members of one, with another name of their word vectors."""
    return {
        key: change(value)
        if key == "words"
        else with_vectors(value, change)
        if key == "model_options"
        else value
        for key, value in options.items()
    }


def write_model_checkpoint(
    checkpoint: ModelCheckpoint,
    folder: Path,
    *,
    metrics: Mapping[str, Any],
    card: str,
    training: Mapping[str, Any],
) -> None:
    """Write a checkpoint folder.

    Word vectors from a file are copied to it. A folder of Whisper's weights is not named in it: no
    checkpoint points at anything outside.

    Parameters
    ----------
    metrics, card : for metrics.json and card.md
    training : the configuration that made it, kept in config.json
    """
    state = checkpoint.model.state()
    folder.mkdir(parents=True, exist_ok=True)
    encoding = checkpoint.intake.encoding
    whisper = encoding.whisper if SIZE.fullmatch(encoding.whisper or "") else None
    encoding = replace(encoding, text=keep_vectors(encoding.text, folder), whisper=whisper)
    config = {
        "format": FORMAT,
        "kind": MODEL_KIND,
        "name": checkpoint.name,
        "model": {
            "name": checkpoint.model.name,
            "options": with_vectors(checkpoint.options, lambda words: keep_vectors(words, folder)),
            "state": state.said,
        },
        "intake": replace(checkpoint.intake, encoding=encoding).to_dict(),
        "targets": [asdict(target) for target in checkpoint.targets],
        "training_mean": [round(float(v), 6) for v in checkpoint.training_mean],
        "training_data": checkpoint.training_data,
        "context_learnt": checkpoint.context_learnt,
        "training": dict(training),
    }
    arrays = {name: np.array(array, order="C") for name, array in state.arrays.items()}
    with whole_file(folder / MODEL) as part:
        save_file(arrays, part)
    write_parts(folder, config, checkpoint.calibration, metrics, card)
