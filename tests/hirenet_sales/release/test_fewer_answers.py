"""Interviews with fewer of their answers, and coverage by that number."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from hirenet_sales.release.fewer_answers import (
    READINGS,
    coverage_by_answers,
    fewer_answers,
    turns,
)
from tests.hirenet_sales.release.test_calibration import interviews


@pytest.mark.parametrize("answers", [1, 2, 3, 5, 12])
def test_every_number_is_read_and_no_answer_twice(answers) -> None:
    for number in range(1, answers + 1):
        taken = turns(answers, number)
        assert 1 <= len(taken) <= READINGS
        assert all(len(set(own)) == number and max(own) < answers for own in taken)
        assert len({tuple(own) for own in taken}) == len(taken)
    assert turns(answers, answers + 1) == []


@pytest.mark.parametrize("number", [1, 2])
def test_answers_are_read_equally_often(number) -> None:
    counts = Counter(q for own in turns(3, number) for q in own)
    assert set(counts.values()) == {number}


def test_labels_are_those_of_the_answers_that_are_left() -> None:
    whole = interviews(4)
    part = fewer_answers(whole)
    assert [len(asked) for asked in part.questions] == [1, 1, 2] * 4
    np.testing.assert_allclose(part.labels[0], whole.answer_labels[0][0])
    np.testing.assert_allclose(part.labels[2], whole.labels[0])
    assert len(fewer_answers(whole, (2, 3))) == 4


def test_each_person_has_one_vote() -> None:
    """One person of three readings, one of which is covered, and one whose only one is."""
    errors = np.array([[0.1], [0.3], [0.3], [0.1]])
    people = np.array(["a", "a", "a", "b"])
    table = coverage_by_answers(errors, np.full((4, 1), 0.2), people, np.array([1, 1, 1, 1]))
    assert list(table) == ["1"]
    row = table["1"]
    assert (row["n"], row["readings"]) == (2, 4)
    assert row["coverage"] == pytest.approx((1 / 3 + 1) / 2)
    assert row["interval"][0] <= row["coverage"] <= row["interval"][1]
    assert row["half_width"] == pytest.approx(0.2)
