"""A recipe refuses nonsense, stays in its folder, and says when crops are taken."""

from __future__ import annotations

import json

import pytest

from extractors.errors import ExtractionError
from extractors.inside_folder import resolve_inside
from extractors.recipe import Recipe, resolve_vectors


def test_vectors_are_installed_ones_or_a_file_of_the_folder(tmp_path):
    (tmp_path / "my.vec").touch()
    assert resolve_vectors(tmp_path, "my.vec") == str(tmp_path / "my.vec")
    assert resolve_vectors(tmp_path, "minilm") == "minilm"


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
def test_no_file_lies_outside_of_the_folder(tmp_path, name, message):
    folder = tmp_path / "model"
    (folder / "inner").mkdir(parents=True)
    (tmp_path / "outside.vec").touch()
    (folder / "link.vec").symlink_to(tmp_path / "outside.vec")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "loop.vec").symlink_to(folder / "loop.vec")
    with pytest.raises(ExtractionError) as caught:
        resolve_inside(folder, name)
    assert message in str(caught.value) and len(str(caught.value)) < 300


def test_links_within_the_folder_and_to_it_are_followed(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "cnn.safetensors").touch()
    (tmp_path / "model" / "best.safetensors").symlink_to("cnn.safetensors")
    (tmp_path / "latest").symlink_to(tmp_path / "model")
    read = resolve_inside(tmp_path / "latest", "best.safetensors")
    assert read == tmp_path / "latest" / "best.safetensors"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sampling": "often"}, "'often'; choose one of portraits, even, rate"),
        ({"frames": 6}, "6 frames a slice"),
        ({"spectral_row_s": 0.5}, "spectral_row_s is 0.5; expected 1 to spectral_window_s"),
        ({"spectral_row_s": 8.0}, "spectral_row_s is 8.0"),
        ({"spectral_row_s": float("nan")}, "spectral_row_s is nan"),
        ({"sampling": "even", "frames": 2.5}, "whole number"),
        ({"sampling": "rate", "frames": 0}, "frames is 0"),
        ({"slice_s": -1.0}, "slice_s is -1.0"),
        ({"shortest_s": 16.0}, "shortest_s is 16.0"),
        ({"slice_s": float("nan")}, "slice_s is nan; expected more than 0, at most 86400"),
        ({"slice_s": float("inf")}, "slice_s is inf; expected more than 0, at most 86400"),
        ({"slice_s": 1e-9, "shortest_s": 0}, "slice_s is 1e-09; expected at least 0.1"),
        ({"shortest_s": float("nan")}, "shortest_s is nan"),
        ({"cnn_input_px": 10**9}, "cnn_input_px is 1000000000; expected more than 0, at most 2048"),
    ],
)
def test_what_makes_no_sense_is_refused(values, message):
    with pytest.raises(ExtractionError, match=message):
        Recipe(**values)


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
