"""Other questions move a model that reads them, and no other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hirenet_sales.faithfulness.question_swap import question_swap
from tests.hirenet_sales.toy_explained import subject_of
from tests.hirenet_sales.toy_model import checkpoint, interview_set


@pytest.fixture(scope="module")
def data():
    own = interview_set(np.random.default_rng(0), 12, missing=0.0)
    words = iter(["sales", "team", "money", "travel", "failure", "school"] * 20)
    asked = tuple(tuple(f"Why {next(words)}?" for _ in row) for row in own.questions)
    return replace(own, questions=asked, question_ids=asked)


def swapped(model, data):
    return question_swap(model, subject_of(model, data), seed=0)


def test_a_reader_of_questions_is_moved(data) -> None:
    result, reason = swapped(checkpoint(), data)
    assert result is not None and reason == ""
    assert result["n"] == len(data)
    assert result["shift"]["value"] > 0
    for distance in (result["answers"], *result["steps"].values()):
        assert 0 < distance["value"] <= 1
        assert distance["low"] <= distance["value"] <= distance["high"]


def test_where_nothing_can_be_swapped_the_reason_is_given(data) -> None:
    blind = replace(checkpoint(), context_present=False)
    assert swapped(blind, data) == (None, "toy has not learnt to use questions")
    same = tuple(("Why?",) * len(row) for row in data.questions)
    alike = replace(data, questions=same, question_ids=same)
    assert "not enough different questions" in swapped(checkpoint(), alike)[1]
