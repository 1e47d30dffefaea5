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


def moments(stretches, size, times=None) -> MomentEffects:
    """Effects that are all measurable."""
    times = np.full(len(size), 9.0) if times is None else times
    return MomentEffects(stretches, size, -size / 2, size / 2, times, {}, np.ones(size.shape[1]))


def test_what_is_shown_holds_the_planted_moment(subject) -> None:
    truth = subject.interviews.planted
    shown = [shown_moments(own, "text") for own in effects_of(subject)]
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
        made.append(moments(stretches, size))
    result = shown_ratios(subject, "text", made, seed=0)
    assert result["shown"] == len(part) and not result["holds"]


def test_each_answer_shows_its_strongest_of_the_stream_alone() -> None:
    stretches = (
        *(Stretch(0, "text", k, k) for k in range(5)),
        Stretch(1, "text", 0, 0),
        Stretch(0, "visual", 0, 0),
    )
    size = np.array([0.1, 0.5, 0.2, 0.3, 0.4, 0.1, 0.6])[:, None]
    made = moments(stretches, size, times=np.array([9, 1, 9, 9, 9, 9, 9]))
    shown = shown_moments(made, "text")
    assert shown == [stretches[4], stretches[3], stretches[2], stretches[5]]


def test_a_stream_without_shown_moments_has_no_ratio(subject) -> None:
    nothing = moments((), np.zeros((0, 5)))
    result = shown_ratios(subject, "text", [nothing] * len(subject.interviews), seed=0)
    assert result == {
        "moments": 0,
        "shown": 0,
        "compared": 0,
        "shown_ratio": None,
        "shown_ratio_replaced": None,
        "holds": False,
    }
