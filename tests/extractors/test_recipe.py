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


def test_paths_count_from_the_folder_of_the_checkpoint(tmp_path):
    written = Recipe(cnn_weights=Path("cnn.safetensors"), words="my.vec").to_dict()
    read = Recipe.from_dict(json.loads(json.dumps(written)), tmp_path)
    assert read.cnn_weights == tmp_path / "cnn.safetensors"
    assert read.words == str(tmp_path / "my.vec")
    assert Recipe.from_dict({"words": "minilm"}, tmp_path).words == "minilm"
    assert Recipe.from_dict({"words": "/vectors/my.vec"}, tmp_path).words == "/vectors/my.vec"


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
