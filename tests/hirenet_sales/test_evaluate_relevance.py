"""Figures of relevance: exact on planted answers, and above their floors on real ones."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from extractors.words import contextual_words
from hirenet_sales.cli import main
from hirenet_sales.data.catalogue import shipped_copy
from hirenet_sales.evaluate_relevance import relevance_figures
from hirenet_sales.relevance.match import Matcher
from hirenet_sales.relevance.reference import load_reference
from tests.hirenet_sales.release.test_relevance_reference import planted

real_encoder = pytest.mark.skipif(
    find_spec(contextual_words.PACKAGE) is None,
    reason=f"{contextual_words.DISTRIBUTION} is not installed",
)


def figures(on_topic: int):
    sample = planted(on_topic)
    matcher = Matcher(np.zeros(24), np.zeros(24), 4.0)
    reference = replace(load_reference(), matcher=matcher)
    return relevance_figures(sample, np.ones(len(sample), bool), reference)


def test_answers_about_their_questions_are_told_from_others():
    told, chance = figures(5), figures(0)
    for name in ("among_own", "of_all", "pairs", "splice_auc"):
        assert told[name] > 0.9
        assert chance[name] < chance["chance"][name] + 0.15  # of 48 answers
        low, high = told["intervals"][name]
        assert low <= told[name] <= high
    assert told["chance"]["among_own"] == 0.25 and told["chance"]["of_all"] == 1 / 8
    assert told["n"] == 48 and told["people"] == 12 and told["questions"] == 8


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """Six people of the training part and ten others, as siop-2024 is laid out."""
    source, folder = shipped_copy("siop-2024"), tmp_path_factory.mktemp("siop-2024")
    with (source / "people.csv").open(encoding="utf-8", newline="") as file:
        people = [row["person"] for row in csv.DictReader(file) if row["part"] == "train"][:6]
        file.seek(0)
        people += [row["person"] for row in csv.DictReader(file) if row["part"] == "dev"][:10]
    for name in ("people.csv", "answers.csv"):
        with (source / name).open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["person"] in people]
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    return folder


@real_encoder
def test_the_command_on_real_answers(small, tmp_path):
    out = tmp_path / "figures.json"
    arguments = ["relevance", "--dataset", "siop-2024", "--root", str(small), "--json", str(out)]
    run = CliRunner().invoke(main, [*arguments, "--cache", str(tmp_path), "--checkpoint", "fi-v2"])
    assert run.exit_code == 0, run.output
    result = json.loads(out.read_text())
    assert result["n"] == 40 and result["people"] == 10
    assert result["among_own"] >= 0.7 and result["pairs"] >= 0.85  # of 40 answers: floors are loose
    assert result["of_all"] >= 10 * result["chance"]["of_all"]
    assert result["splice_auc"] >= 0.75
    assert result["sentences"]["on_own"] > 3 * result["sentences"]["on_other"]
    assert result["sentences"]["off_other"] > 3 * result["sentences"]["off_own"]
    assert result["unseen_questions"]["n"] < result["n"]
    assert result["weight_drop"] is None
    assert result["weight_drop_reason"] == "fi-v2 has not learnt to use questions"
    assert "plain cosine" in run.output and "chance" in run.output


@real_encoder
def test_a_part_that_is_not_there_is_named(small, tmp_path):
    arguments = ["relevance", "--dataset", "siop-2024", "--root", str(small), "--split", "dev"]
    run = CliRunner().invoke(main, [*arguments, "--cache", str(tmp_path)])
    assert run.exit_code == 2
    assert "no answer in the part 'dev'; choose all or one of train, validation" in run.output
