"""A fit is kept once, under all that it comes of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from toy_models import Toy

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.sets.planted import planted_interviews
from hirenet_sales.experiment import fits
from hirenet_sales.experiment.fits import fit_once
from hirenet_sales.experiment.kind import RunPaths

pytestmark = pytest.mark.usefixtures("toys")


@pytest.fixture(scope="module")
def interviews() -> InterviewSet:
    return planted_interviews(interviews=30, streams=("text", "audio"))


def fitted(interviews: InterviewSet, paths: RunPaths, **changes) -> Path:
    told = {"name": "toy", "streams": ("text",), "options": {}, "seed": 0, **changes}
    name, streams, options = (told.pop(key) for key in ("name", "streams", "options"))
    half = len(interviews) // 2
    train, validation = interviews.take(range(half)), interviews.take(range(half, len(interviews)))
    model, folder = fit_once(name, streams, options, train, validation, paths=paths, **told)
    assert isinstance(model, Toy) and model.shift
    return folder


def test_the_same_fit_has_one_folder_wherever_it_is_asked_for(interviews, tmp_path) -> None:
    first = fitted(interviews, RunPaths(tmp_path / "a", cache=tmp_path / "cache"))
    again = fitted(interviews, RunPaths(tmp_path / "b", cache=tmp_path / "cache"))
    assert first == again
    assert first.parent == tmp_path / "cache" / "fits"


def test_a_stream_that_is_not_read_changes_nothing(interviews, tmp_path) -> None:
    paths = RunPaths(tmp_path, cache=tmp_path)
    text = {"text": interviews.streams["text"]}
    alone = replace(interviews, streams=text, columns={"text": interviews.columns["text"]})
    assert fitted(alone, paths) == fitted(interviews, paths)


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"options": {"penalty": 2.0}},
        {"streams": ("audio",)},
        {"streams": ("text", "audio")},
        {"name": "toy_attention"},
    ],
)
def test_anything_else_is_another_fit(interviews, tmp_path, changes) -> None:
    paths = RunPaths(tmp_path, cache=tmp_path)
    assert fitted(interviews, paths, **changes) != fitted(interviews, paths)


def test_other_people_or_code_make_another_fit(interviews, tmp_path, monkeypatch) -> None:
    paths = RunPaths(tmp_path, cache=tmp_path)
    own = fitted(interviews, paths)
    assert fitted(interviews.take(range(2, len(interviews))), paths) != own
    monkeypatch.setattr(fits, "_code", lambda: "another way of training")
    assert fitted(interviews, paths) != own
