"""Evaluation on self-reports: whose view the labels are, and which questions a model is shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from hirenet_sales.assessors import load_assessor
from hirenet_sales.cli import main
from hirenet_sales.data.catalogue import shipped_copy
from hirenet_sales.data.interview_set import TRAIT_TARGETS, label_kind_of
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluate import evaluate
from hirenet_sales.release import train
from hirenet_sales.traits import TRAITS

SMALL = {
    "kind": "model",
    "name": "toy-self",
    "model": "hirenet",
    "data": {"name": "siop-2024", "streams": ["text"]},
    "split": {"shares": [0.5, 0.25, 0.25]},
    "options": {"epochs": 2, "loggers": [], "progress": False, "attention_hidden": 8},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("siop")


@pytest.fixture(scope="module")
def own(folder: Path) -> Path:
    """A small HireNet that was shown questions and learnt self-reports."""
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    copy = shipped_copy("siop-2024")
    assert copy is not None
    return train(config, copy, out=folder / "model", cache=folder / "cache")


def test_a_model_of_apparent_traits_on_self_reports_says_so(folder: Path) -> None:
    file = folder / "apparent.json"
    arguments = ["--dataset", "siop-2024", "--cache", str(folder / "cache"), "--json", str(file)]
    done = CliRunner().invoke(main, ["evaluate", "--checkpoint", "fi-v2", *arguments])
    assert done.exit_code == 0, done.output
    assert "self-report labels; apparent estimates" in done.output
    found = json.loads(file.read_text(encoding="utf-8"))
    assert (found["label_kind"], found["model_label_kind"]) == ("self-report", "apparent")
    assert found["n"] == 82
    assert {*found["traits"]} == {*TRAITS}
    assert found["mean"]["r"] == pytest.approx(
        sum(found["traits"][trait]["r"] for trait in TRAITS) / 5
    )
    assert "the model was trained on apparent traits" in found["remarks"][0]
    assert "has not learnt to use questions" in found["remarks"][1]
    assert list(found["streams"]) in ([], ["text"])


def test_what_a_model_that_learnt_questions_is_shown(own: Path, folder: Path) -> None:
    by = {
        questions: evaluate(own, "siop-2024", questions=questions, cache=folder / "cache")
        for questions in ("real", "shuffled", "none")
    }
    assert {found["questions"] for found in by.values()} == {*by}
    assert len({found["mean"]["one_minus_mae"] for found in by.values()}) == 3
    assert by["real"]["label_kind"] == by["real"]["model_label_kind"] == "self-report"
    assert not any("another target" in remark for remark in by["real"]["remarks"])
    again = evaluate(own, "siop-2024", questions="shuffled", cache=folder / "cache")
    assert again["mean"] == by["shuffled"]["mean"]


def test_its_assessments_say_what_they_estimate(own: Path) -> None:
    assert "trained on self-report" in " ".join(load_assessor(own).notices)
    assert "self-report" not in " ".join(load_assessor("fi-v2").notices)


def test_traits_of_two_kinds_are_never_one_number() -> None:
    mixed = (replace(TRAIT_TARGETS[0], label_kind="self-report"), *TRAIT_TARGETS[1:])
    assert label_kind_of(TRAIT_TARGETS) == "apparent"
    with pytest.raises(DatasetError, match="openness is self-report, neuroticism is apparent"):
        label_kind_of(mixed)
