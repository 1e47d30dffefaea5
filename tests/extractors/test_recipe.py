"""A recipe survives JSON, refuses nonsense, and says when crops are taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from extractors.errors import ExtractionError
from extractors.recipe import Recipe


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(),
        Recipe(sampling="even", frames=60, words="minilm", egemaps=False, face=False),
        Recipe(sampling="rate", frames=0.5, slice_s=10.0, shortest_s=2.0),
    ],
)
def test_a_recipe_survives_json(recipe):
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe


def test_files_are_those_of_the_checkpoints_folder(tmp_path):
    written = Recipe(cnn_weights=Path("cnn.safetensors"), words="my.vec").to_dict()
    for name in ("cnn.safetensors", "my.vec"):
        (tmp_path / name).touch()
    read = Recipe.from_dict(json.loads(json.dumps(written)), tmp_path)
    assert read.cnn_weights == tmp_path / "cnn.safetensors"
    assert read.words == str(tmp_path / "my.vec")
    assert Recipe.from_dict({"words": "minilm"}, tmp_path).words == "minilm"
    assert Recipe.from_dict({"words": "/vectors/my.vec"}).words == "/vectors/my.vec"


@pytest.mark.parametrize("key", ["cnn_weights", "words"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../../../../../etc/passwd", "leads out of its folder model"),
        ("/etc/passwd", "leads out of its folder model"),
        ("link.vec", "leads out of its folder model"),
        ("linked/outside.vec", "leads out of its folder model"),
        ("loop.vec", "is no name of a file"),
        ("a\0b", "is no name of a file"),
        ("n" * 5000, "is no name of a file"),
        ("gone.vec", "no file 'gone.vec'; the folder is incomplete"),
        ("", "no file ''"),
        ("inner", "no file 'inner'"),
    ],
)
def test_no_file_lies_outside_of_the_folder(tmp_path, key, name, message):
    folder = tmp_path / "model"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "outside.vec").touch()
    (folder / "link.vec").symlink_to(tmp_path / "outside.vec")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "loop.vec").symlink_to(folder / "loop.vec")
    with pytest.raises(ExtractionError) as caught:
        Recipe.from_dict({key: name}, folder)
    assert message in str(caught.value) and len(str(caught.value)) < 300


def test_links_within_the_folder_and_to_it_are_followed(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "cnn.safetensors").touch()
    (tmp_path / "model" / "best.safetensors").symlink_to("cnn.safetensors")
    (tmp_path / "latest").symlink_to(tmp_path / "model")
    read = Recipe.from_dict({"cnn_weights": "best.safetensors"}, tmp_path / "latest")
    assert read.cnn_weights == tmp_path / "latest" / "best.safetensors"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sampling": "often"}, "'often'; choose one of portraits, even, rate"),
        ({"frames": 6}, "6 frames a slice"),
        ({"sampling": "even", "frames": 2.5}, "whole number"),
        ({"sampling": "rate", "frames": 0}, "frames is 0"),
        ({"slice_s": -1.0}, "slice_s is -1.0"),
        ({"shortest_s": 16.0}, "shortest_s is 16.0"),
        ({"frame": 4}, "unknown key 'frame'"),
        ({"slice_s": float("nan")}, "slice_s is nan; expected more than 0, at most 86400"),
        ({"slice_s": float("inf")}, "slice_s is inf; expected more than 0, at most 86400"),
        ({"slice_s": 1e-9, "shortest_s": 0}, "slice_s is 1e-09; expected at least 0.1"),
        ({"shortest_s": float("nan")}, "shortest_s is nan"),
        ({"cnn_input_px": 10**9}, "cnn_input_px is 1000000000; expected more than 0, at most 2048"),
        ({"cnn_input_px": 112.5}, "cnn_input_px is 112.5; expected a whole number"),
        ({"slice_s": "15"}, "slice_s is '15'; expected a number"),
        ({"slice_s": True}, "slice_s is True; expected a number"),
        ({"egemaps": "no"}, "egemaps is 'no'; expected true or false"),
        ({"cnn_weights": 3}, "cnn_weights is 3; expected the name of a file, or null"),
        ({"words": ["glove"]}, "words is .*; expected a text"),
    ],
)
def test_what_makes_no_sense_is_refused(values, message):
    with pytest.raises(ExtractionError, match=message):
        Recipe.from_dict(values)


@pytest.mark.parametrize(
    ("recipe", "times"),
    [
        (Recipe(), [0, 80 / 25, 160 / 25, 240 / 25, 15, 18.2]),
        (Recipe(shortest_s=10.0), [0, 80 / 25, 160 / 25, 240 / 25]),
        (Recipe(sampling="even", frames=2), [5, 15]),
        (Recipe(sampling="rate", frames=0.25), [0, 4, 8, 12, 16]),
    ],
)
def test_crops_are_taken_as_the_recipe_says(recipe, times):
    assert recipe.crop_times(20.0, 25.0).tolist() == pytest.approx(times)


def test_whatever_moves_the_crops_is_in_the_settings():
    recipes = [
        Recipe(),
        Recipe(slice_s=10.0),
        Recipe(shortest_s=2.0),
        Recipe(sampling="even"),
        Recipe(sampling="rate"),
        Recipe(sampling="rate", frames=2),
    ]
    assert len({json.dumps(recipe.sampling_settings) for recipe in recipes}) == len(recipes)
