"""Shown moments are those that count, and are told from slices that do not."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.explain.moment_effects import MomentEffects, moment_effects
from hirenet_sales.explain.stretches import Stretch, stretches_of
from hirenet_sales.faithfulness.shown import shown_moments, shown_ratios
from tests.hirenet_sales.toy_explained import planted_text, subject_of, word_reader


@pytest.fixture(scope="module")
def subject():
    data = planted_text(25, steps=40)
    return subject_of(word_reader(data), data)


def effects_of(subject) -> list[MomentEffects]:
    part = subject.interviews
    return [
        moment_effects(subject.estimate, part, i, stretches_of(part, i), np.ones(5))
        for i in range(len(part))
    ]


def test_what_is_shown_holds_the_planted_moment(subject) -> None:
    truth = subject.interviews.planted
    shown = [shown_moments(own) for own in effects_of(subject)]
    assert sum(map(len, shown)) > 10
    for i, moments in enumerate(shown):
        for moment in moments:
            assert moment.answer == truth.question[i]
            assert truth.moments[i][moment.answer] in moment.steps


def test_it_changes_the_estimates_more_than_other_slices(subject) -> None:
    result = shown_ratios(subject, "text", effects_of(subject), seed=0)
    assert result["holds"]
    assert result["shown_ratio"] is None  # slices without the moment change nothing at all
    assert result["shown_ratio_replaced"]["low"] > 1
    assert result["compared"] == result["shown"] < result["moments"]


def test_moments_at_random_do_not_hold(subject) -> None:
    part = subject.interviews
    made = []
    for i in range(len(part)):
        stretches = tuple(stretches_of(part, i))[:1]
        size = np.full((len(stretches), 5), 0.1)
        made.append(MomentEffects(stretches, size, -size / 2, size / 2, {}))
    result = shown_ratios(subject, "text", made, seed=0)
    assert result["shown"] == len(part) and not result["holds"]


def test_the_largest_measurable_moments_are_shown() -> None:
    stretches = (*(Stretch(0, "text", k, k) for k in range(6)), Stretch(1, "text", 0, 0))
    size = np.array([0.1, 0.5, 0.2, 0.3, 0.4, 0.05, 0.01])[:, None]
    high = np.full((7, 1), 0.06)
    high[1] = 0.6  # the largest is not measurable
    high[6] = 0.0
    shown = shown_moments(MomentEffects(stretches, -size, -high, high, {}))
    assert shown == [stretches[4], stretches[3], stretches[2], stretches[6]]


def test_a_stream_without_shown_moments_has_no_ratio(subject) -> None:
    nothing = MomentEffects((), np.zeros((0, 5)), np.zeros((0, 5)), np.zeros((0, 5)), {})
    result = shown_ratios(subject, "text", [nothing] * len(subject.interviews), seed=0)
    assert result == {
        "moments": 0,
        "shown": 0,
        "compared": 0,
        "shown_ratio": None,
        "shown_ratio_replaced": None,
        "holds": False,
    }
