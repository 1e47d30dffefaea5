"""Checkpoint folders: model.safetensors, config.json, calibration.json, metrics.json, card.md.

config.json names the model of the catalogue, its options and its intake of an answer;
model.safetensors holds all that it has learnt. A tuned CNN and word vectors of one's own lie beside
it. No pickle is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from extractors.face.cnn import check_cnn
from extractors.inside_folder import resolve_inside
from extractors.recipe import Recipe, resolve_vectors
from hirenet_sales.data.intake import Intake
from hirenet_sales.data.interview_set import Target
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.errors import CheckpointError
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.checkpoint_folder import (
    CALIBRATION,
    CARD,
    CONFIG,
    METRICS,
    MODEL,
    check_parts,
    copy_into,
    read_config,
    read_quantiles,
    read_tensors,
    read_training_mean,
    read_value,
    reading,
    save_vectors,
)
from hirenet_sales.models.model import ModelState, SaveableModel, checked_targets, require_saveable
from hirenet_sales.persist import sha256_of, whole_file, write_json, write_whole
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import Calibration

FORMAT = 2
SIZE = re.compile(r"[a-z0-9][a-z0-9.-]*")  # of a speech model, and no path
SPLIT = "split.json"  # of the interviews that it was learnt from; in a folder that `train` wrote


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A fitted model with all that is needed to use it.

    Attributes
    ----------
    name : of the checkpoint
    model : fitted
    options : its options as they were given; word vectors from a file are the checkpoint's own
    intake : the inputs that it reads of an answer
    targets : the five traits among them
    calibration : half widths of the intervals
    training_mean : (5,), mean label of the training split, on [0, 1]
    training_data : a description of the training data
    context_present : whether there were questions in training; where there were none, they and the
        job title are dropped in use too
    questions_learnt : whether its errors were measurably smaller under real questions than under
        shuffled ones
    label_quantiles : (101, 5), of the labels of the people of training; None = not known
    folder, sha256 : where it was read from, and the digest of its weights; None and "" in training
    """

    name: str
    model: SaveableModel
    options: Mapping[str, Any]
    intake: Intake
    targets: tuple[Target, ...]
    calibration: Calibration
    training_mean: np.ndarray
    training_data: str
    context_present: bool
    questions_learnt: bool = False
    label_quantiles: np.ndarray | None = None
    folder: Path | None = None
    sha256: str = ""

    @property
    def recipe(self) -> Recipe:
        """Recipe of the features to extract."""
        return self.intake.recipe

    def traits(self, values: np.ndarray) -> np.ndarray:
        """Of estimates (..., K) of all targets the five traits, (..., 5), on [0, 1]."""
        names = [target.name for target in self.targets]
        return to_unit(values, self.targets)[..., [names.index(trait) for trait in TRAITS]]


def checkpoint_names() -> list[str]:
    """The names of the checkpoints that ship."""
    return sorted(path.parent.name for path in _shipped().glob(f"*/{CONFIG}"))


def _shipped() -> Path:
    return Path(str(files("hirenet_sales") / "checkpoints"))


def load_checkpoint(name_or_path: str | Path, *, calibrated: bool = True) -> Checkpoint:
    """Read a checkpoint that ships, by name, or any by the path of its folder.

    Parameters
    ----------
    calibrated : False leaves its calibration unread: every interval is the whole range

    Raises
    ------
    CheckpointError
        if there is none such, or it is incomplete, damaged, or of another version.
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
        if config["format"] != FORMAT:
            raise CheckpointError(
                f"{folder / CONFIG}: format {config['format']!s:.80}; this version reads format "
                f"{FORMAT}; train the model again"
            )
        described = config["model"]
        metadata = described["state"]
        intake = Intake.from_dict(config["intake"])
        encoding = intake.encoding
        if encoding.whisper is not None and not SIZE.fullmatch(encoding.whisper):
            raise ValueError(
                f"whisper is {encoding.whisper!r:.80}, expected a size such as tiny.en, or null; a "
                "folder of weights is named by HIRENET_SALES_WHISPER"
            )
        if encoding.cnn_weights is not None:
            inside = str(resolve_inside(folder, encoding.cnn_weights))
            encoding = replace(encoding, cnn_weights=inside)
        encoding = replace(encoding, text=resolve_vectors(folder, encoding.text))
        intake = replace(intake, encoding=encoding)
        recipe = intake.recipe
        options = with_vectors(described["options"], lambda words: resolve_vectors(folder, words))
        model = require_saveable(build_model(described["name"], intake.streams, **options))
        targets = checked_targets(config["targets"])
        missing = [trait for trait in TRAITS if trait not in {target.name for target in targets}]
        if missing:
            raise ValueError(f"targets: no {missing[0]}, an assessment needs the five traits")
        name = read_value(config, "name", str, "a text")
        training_data = read_value(config, "training_data", str, "a text")
        mean = read_training_mean(config["training_mean"])
        present, learnt = (
            read_value(config, key, bool, "true or false")
            for key in ("context_present", "questions_learnt")
        )
        quantiles = read_quantiles(config.get("label_quantiles"))
    with reading(recipe.cnn_weights or folder / CONFIG):
        check_cnn(recipe.cnn, recipe.cnn_weights)
    tensors = read_tensors(folder)
    with reading(folder / MODEL):
        arrays = {key: tensor.numpy() for key, tensor in tensors.items()}
        model.restore(ModelState(metadata, arrays))
    return Checkpoint(
        name,
        model,
        options,
        intake,
        targets,
        Calibration.read(folder / CALIBRATION, tuple(intake.senses))
        if calibrated
        else Calibration.boundless(tuple(intake.senses)),
        mean,
        training_data,
        present,
        learnt,
        quantiles,
        folder,
        sha256_of(folder / MODEL, *([recipe.cnn_weights] if recipe.cnn_weights else [])),
    )


def with_vectors(options: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """Options of a model, or of the members of one, with another name of their word vectors."""
    changed = dict(options)
    if "words" in changed:
        changed["words"] = change(changed["words"])
    if "model_options" in changed:
        changed["model_options"] = with_vectors(changed["model_options"], change)
    return changed


def write_checkpoint(
    checkpoint: Checkpoint,
    folder: Path,
    *,
    metrics: Mapping[str, Any],
    card: str,
    training: Mapping[str, Any],
) -> None:
    """Write a checkpoint folder.

    Word vectors from a file, and a tuned CNN, are copied to it. A folder of Whisper's weights is
    not named in it: no checkpoint points at anything outside.

    Parameters
    ----------
    metrics, card : for metrics.json and card.md
    training : the configuration that made it, for config.json
    """
    state = checkpoint.model.state()
    folder.mkdir(parents=True, exist_ok=True)
    encoding = checkpoint.intake.encoding
    whisper = encoding.whisper if SIZE.fullmatch(encoding.whisper or "") else None
    cnn = None if encoding.cnn_weights is None else copy_into(folder, Path(encoding.cnn_weights))
    text = save_vectors(encoding.text, folder)
    encoding = replace(encoding, text=text, whisper=whisper, cnn_weights=cnn)
    config = {
        "format": FORMAT,
        "name": checkpoint.name,
        "model": {
            "name": checkpoint.model.name,
            "options": with_vectors(checkpoint.options, lambda words: save_vectors(words, folder)),
            "state": state.metadata,
        },
        "intake": replace(checkpoint.intake, encoding=encoding).to_dict(),
        "targets": [asdict(target) for target in checkpoint.targets],
        "training_mean": [round(float(v), 6) for v in checkpoint.training_mean],
        "training_data": checkpoint.training_data,
        "context_present": checkpoint.context_present,
        "questions_learnt": checkpoint.questions_learnt,
        "label_quantiles": None
        if checkpoint.label_quantiles is None
        else {
            trait: np.round(values, 4).tolist()
            for trait, values in zip(TRAITS, checkpoint.label_quantiles.T, strict=True)
        },
        "training": dict(training),
    }
    arrays = {name: np.array(array, order="C") for name, array in state.arrays.items()}
    with whole_file(folder / MODEL) as part:
        save_file(arrays, part)
    checkpoint.calibration.write(folder / CALIBRATION)
    write_json(folder / CONFIG, config)
    write_json(folder / METRICS, dict(metrics))
    write_whole(folder / CARD, card)
