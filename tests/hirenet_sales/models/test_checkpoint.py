"""Checkpoint folders: saved and loaded is the same model; anything else is said plainly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from toy_model import checkpoint, interview

from hirenet_sales.errors import CheckpointError
from hirenet_sales.models.checkpoint import load_checkpoint, write_checkpoint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "toy"
    write_checkpoint(
        checkpoint(), path, metrics={"n": 1}, card="# toy\n", training={"seed": 0}, cnn=None
    )
    return path


def change(folder: Path, name: str, **changes) -> None:
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    (folder / name).write_text(json.dumps({**content, **changes}), encoding="utf-8")


def test_saved_and_loaded_is_the_same_model(folder: Path) -> None:
    made, loaded = checkpoint(), load_checkpoint(folder)
    rng = np.random.default_rng(0)
    examples = [interview(rng, 3, missing=0.3) for _ in range(4)]
    for one, other in zip(
        made.ensemble.read(examples), loaded.ensemble.read(examples), strict=True
    ):
        np.testing.assert_array_equal(one.estimates, other.estimates)
        np.testing.assert_array_equal(one.answer_estimates, other.answer_estimates)
        np.testing.assert_array_equal(one.beta, other.beta)
    for name, fit in made.ensemble.inputs.items():
        rows = rng.normal(size=(5, len(fit.mean)))
        np.testing.assert_array_equal(fit.apply(rows), loaded.ensemble.inputs[name].apply(rows))
    for level, sets in made.calibration.half_widths.items():
        for name, widths in sets.items():
            np.testing.assert_allclose(widths, loaded.calibration.half_widths[level][name])
    np.testing.assert_allclose(loaded.training_mean, made.training_mean)
    assert (loaded.name, loaded.recipe, loaded.context_learnt) == (made.name, made.recipe, True)
    assert loaded.sampling == made.sampling
    assert loaded.folder == folder


def test_folder_holds_what_the_design_says(folder: Path) -> None:
    names = {"model.safetensors", "config.json", "calibration.json", "metrics.json", "card.md"}
    assert {p.name for p in folder.iterdir()} == names
    members = [v for k, v in load_file(folder / "model.safetensors").items() if "members" in k]
    assert {str(v.dtype) for v in members} == {"torch.float16"}


def test_other_weights_are_another_digest(folder: Path) -> None:
    before = load_checkpoint(folder).sha256
    assert len(before) == 64
    assert load_checkpoint(folder).sha256 == before
    tensors = load_file(folder / "model.safetensors")
    tensors["members.0.head.bias"] = tensors["members.0.head.bias"] + 1
    save_file(tensors, folder / "model.safetensors")
    assert load_checkpoint(folder).sha256 != before


def test_unknown_name(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"'nowhere': neither a folder with config.json nor"):
        load_checkpoint("nowhere")
    with pytest.raises(CheckpointError, match="neither a folder with config"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("part", ["model.safetensors", "calibration.json"])
def test_incomplete(folder: Path, part: str) -> None:
    (folder / part).unlink()
    with pytest.raises(CheckpointError, match=f"no {part}; the checkpoint is incomplete"):
        load_checkpoint(folder)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def drop_tensor(path: Path) -> None:
    tensors = load_file(path)
    del tensors["members.1.head.weight"]
    save_file(tensors, path)


@pytest.mark.parametrize(
    ("part", "damage", "message"),
    [
        ("model.safetensors", cut, "damaged or of another version"),
        ("model.safetensors", lambda p: p.write_bytes(b""), "damaged or of another version"),
        ("model.safetensors", drop_tensor, r"damaged.*head\.weight"),
        ("config.json", cut, "damaged or of another version"),
        ("config.json", lambda p: p.write_text("[]"), "damaged or of another version"),
        ("calibration.json", cut, "not a calibration"),
        ("calibration.json", lambda p: p.write_text("{}"), "not a calibration.*'traits'"),
    ],
)
def test_damaged(folder: Path, part: str, damage, message: str) -> None:
    damage(folder / part)
    with pytest.raises(CheckpointError, match=f"(?s){message}") as error:
        load_checkpoint(folder)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 99}, "format 99.*this version reads format 1"),
        ({"targets": ["hirable"]}, "targets .'hirable'.*openness"),
        ({"streams": []}, "damaged or of another version"),
        ({"members": 3}, "damaged or of another version"),
        ({"recipe": {"slice_z": 3}}, "unknown key 'slice_z'"),
    ],
)
def test_of_another_version(folder: Path, changes: dict, message: str) -> None:
    change(folder, "config.json", **changes)
    with pytest.raises(CheckpointError, match=f"(?s){message}"):
        load_checkpoint(folder)


def test_calibration_for_other_traits(folder: Path) -> None:
    change(folder, "calibration.json", traits=["honesty"])
    with pytest.raises(CheckpointError, match=r"not a calibration.*honesty"):
        load_checkpoint(folder)
