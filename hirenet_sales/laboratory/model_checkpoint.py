"""Checkpoint folders of laboratory models: the same files as a release, and no pickle in them.

config.json names the model of the catalogue, its options and what it reads of an answer;
model.safetensors holds all that it has learnt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from hirenet_sales.datasets.intake import Intake
from hirenet_sales.datasets.interview_set import Target
from hirenet_sales.errors import CheckpointError, HirenetSalesError
from hirenet_sales.laboratory.catalogue import build_model
from hirenet_sales.laboratory.inputs import to_unit
from hirenet_sales.laboratory.model import KeptModel, ModelState, kept
from hirenet_sales.models.checkpoint import (
    CALIBRATION,
    CONFIG,
    DAMAGE,
    MODEL,
    MODEL_KIND,
    check_parts,
    write_parts,
)
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import Calibration

FORMAT = 1
SPLIT = "split.json"  # of the interviews that it was learnt from, beside the rest where it is kept


@dataclass(frozen=True, eq=False)
class ModelCheckpoint:
    """A fitted laboratory model with all that is needed to use it.

    Attributes
    ----------
    name : of the checkpoint
    model : fitted
    options : its options as they were given
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
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        if config["format"] != FORMAT or config["kind"] != MODEL_KIND:
            raise CheckpointError(
                f"{folder}: format {config['format']} of kind {config['kind']}; this version "
                f"reads format {FORMAT} of kind {MODEL_KIND}"
            )
        said = config["model"]
        intake = Intake.from_dict(config["intake"])
        model = kept(build_model(said["name"], intake.streams, **said["options"]))
        model.restore(ModelState(said["state"], load_file(folder / MODEL)))
        mean = np.array(config["training_mean"], float)
        if mean.shape != (len(TRAITS),):
            raise ValueError(f"a training mean of shape {mean.shape}")
        return ModelCheckpoint(
            config["name"],
            model,
            said["options"],
            intake,
            tuple(Target(**target) for target in config["targets"]),
            Calibration.read(folder / CALIBRATION),
            mean,
            config["training_data"],
            bool(config["context_learnt"]),
            folder,
            hashlib.sha256((folder / MODEL).read_bytes()).hexdigest(),
        )
    except CheckpointError:
        raise
    except (*DAMAGE, HirenetSalesError) as error:
        raise CheckpointError(f"{folder}: damaged or of another version ({error})") from error


def write_model_checkpoint(
    checkpoint: ModelCheckpoint,
    folder: Path,
    *,
    metrics: Mapping[str, Any],
    card: str,
    training: Mapping[str, Any],
) -> None:
    """Write a checkpoint folder.

    Parameters
    ----------
    metrics, card : for metrics.json and card.md
    training : the configuration that made it, kept in config.json
    """
    state = checkpoint.model.state()
    config = {
        "format": FORMAT,
        "kind": MODEL_KIND,
        "name": checkpoint.name,
        "model": {
            "name": checkpoint.model.name,
            "options": dict(checkpoint.options),
            "state": state.said,
        },
        "intake": checkpoint.intake.to_dict(),
        "targets": [asdict(target) for target in checkpoint.targets],
        "training_mean": [round(float(v), 6) for v in checkpoint.training_mean],
        "training_data": checkpoint.training_data,
        "context_learnt": checkpoint.context_learnt,
        "training": dict(training),
    }
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {name: np.ascontiguousarray(array) for name, array in state.arrays.items()}
    save_file(arrays, folder / MODEL)
    write_parts(folder, config, checkpoint.calibration, metrics, card)
