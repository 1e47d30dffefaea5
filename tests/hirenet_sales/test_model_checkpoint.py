"""Checkpoints of laboratory models: what is read says what was written; damage is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file
from toy_frames import SIDE, bright_people
from toy_interviews import toy_interviews

from hirenet_sales.datasets.frame_interviews import Framing
from hirenet_sales.datasets.intake import Intake
from hirenet_sales.datasets.interview_set import TRAIT_TARGETS, InterviewSet
from hirenet_sales.errors import CheckpointError, ConfigError
from hirenet_sales.laboratory.catalogue import build_model
from hirenet_sales.laboratory.model import kept
from hirenet_sales.laboratory.model_checkpoint import (
    ModelCheckpoint,
    load_model_checkpoint,
    write_model_checkpoint,
)
from hirenet_sales.models.checkpoint import is_model_checkpoint, load_checkpoint
from hirenet_sales.uncertainty import Calibration, set_name, stream_sets

SMALL = {
    "epochs": 1,
    "batch": 8,
    "projection": 8,
    "answer_hidden": 4,
    "interview_hidden": 4,
    "context_hidden": 4,
    "attention_hidden": 8,
    "loggers": [],
    "progress": False,
}
PICTURES = {"freeze_before": "all", "input_px": SIDE, "epochs": 1, "loggers": [], "progress": False}
MODELS = {
    "hirenet": (("text",), SMALL),
    "hn_satt": (("audio",), SMALL),
    "hn_avg": (("text",), SMALL),
    "bigru": (("visual",), SMALL),
    "fused": (("text", "audio", "visual"), SMALL),
    "gated": (("text", "audio"), SMALL),
    "cross_modal": (("text", "visual"), SMALL),
    "late_fusion": (("text", "audio"), {"model": "hn_satt", "model_options": SMALL}),
    "cnn_lstm": (("frames",), PICTURES),
}
torch.set_num_threads(1)


def interviews(name: str, count: int, seed: int, answers: int = 2) -> InterviewSet:
    """A made-up set with the five traits that the model can read."""
    if name == "cnn_lstm":
        return bright_people(count, answers, seed)
    found = toy_interviews(count, seed=seed, answers=answers, first=100 * seed, missing=0.2)
    worth = (found.labels[:, :1] - 1) / 6
    return replace(found, targets=TRAIT_TARGETS, labels=np.repeat(worth, 5, axis=1))


def checkpoint(name: str, folder: Path) -> ModelCheckpoint:
    """A checkpoint of a model after one epoch."""
    streams, options = MODELS[name]
    model = kept(build_model(name, streams, **options))
    model.fit(interviews(name, 8, 1), interviews(name, 4, 2), seed=0, folder=folder)
    intake = Intake(streams, framing=Framing(size_px=SIDE, per_answer=3))
    widths = {set_name(s): np.full(5, 0.2) for s in stream_sets(tuple(intake.senses))}
    return ModelCheckpoint(
        name=f"toy-{name}",
        model=model,
        options=options,
        intake=intake,
        targets=TRAIT_TARGETS,
        calibration=Calibration(0.9, {"answer": widths, "interview": widths}, np.eye(5)),
        training_mean=np.full(5, 0.5),
        training_data="made-up numbers",
        context_learnt=False,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("written")
    found = checkpoint("hn_satt", place / "fit")
    write_model_checkpoint(found, place / "toy", metrics={}, card="# toy\n", training={})
    return place / "toy"


@pytest.mark.parametrize("name", MODELS)
def test_what_is_read_says_what_was_written(name: str, tmp_path: Path) -> None:
    made = checkpoint(name, tmp_path / "fit")
    write_model_checkpoint(made, tmp_path / "toy", metrics={}, card="", training={"seed": 0})
    read = load_model_checkpoint(tmp_path / "toy")
    test = interviews(name, 5, 3, answers=3)
    one, other = made.model.predict(test), read.model.predict(test)
    np.testing.assert_allclose(one.interviews, other.interviews, atol=1e-6)
    assert np.ptp(one.interviews, axis=0).max() > 0  # not the training mean for everybody
    assert (one.answers is None) == (other.answers is None)
    for a, b in zip(one.answers or (), other.answers or (), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert (read.name, read.intake, read.targets) == (made.name, made.intake, made.targets)
    assert read.options == made.options
    assert len(read.sha256) == 64
    assert is_model_checkpoint(tmp_path / "toy")


@pytest.mark.parametrize("name", ["non_sequential", "bag_of_words", "early_fusion", "random_vote"])
def test_what_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"model '{name}' cannot be kept"):
        kept(build_model(name, ("text",)))


def test_an_unfitted_model_has_no_state() -> None:
    for name, (streams, options) in MODELS.items():
        with pytest.raises(ConfigError, match="is not fitted"):
            kept(build_model(name, streams, **options)).state()


def damaged(folder: Path, written: Path, **changes) -> Path:
    """A copy with other values in its config.json."""
    folder.mkdir()
    for path in written.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))
    return folder


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 9}, "format 9 of kind model"),
        ({"intake": {}}, "damaged or of another version"),
        ({"training_mean": [0.5]}, "a training mean of shape"),
        ({"model": {"name": "hirenot", "options": {}, "state": {}}}, "no model 'hirenot'"),
        ({"model": {"name": "votes", "options": {}, "state": {}}}, "damaged"),
    ],
)
def test_a_damaged_description_is_refused(written, tmp_path, changes, message) -> None:
    with pytest.raises(CheckpointError, match=message):
        load_model_checkpoint(damaged(tmp_path / "bad", written, **changes))


def test_weights_of_another_network_are_refused(written: Path, tmp_path: Path) -> None:
    folder = damaged(tmp_path / "bad", written)
    arrays = load_file(folder / "model.safetensors")
    [first, *_] = [name for name in arrays if name.startswith("net.")]
    save_file({n: a for n, a in arrays.items() if n != first}, folder / "model.safetensors")
    with pytest.raises(CheckpointError, match="Missing key"):
        load_model_checkpoint(folder)
    (folder / "model.safetensors").write_bytes(b"no tensors")
    with pytest.raises(CheckpointError, match="damaged or of another version"):
        load_model_checkpoint(folder)
    (folder / "calibration.json").unlink()
    with pytest.raises(
        CheckpointError, match=r"no calibration\.json; the checkpoint is incomplete"
    ):
        load_model_checkpoint(folder)


def test_what_needs_a_release_says_so(written: Path) -> None:
    with pytest.raises(CheckpointError, match="a laboratory model, which `analyze` reads"):
        load_checkpoint(written)


def test_other_folders_are_no_model_checkpoints(tmp_path: Path) -> None:
    assert not is_model_checkpoint(tmp_path)
    (tmp_path / "config.json").write_text("[")
    assert not is_model_checkpoint(tmp_path)
