"""Values of interest and the moments that are shown."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hirenet_sales.explain.answer_assessment import shown_spans
from hirenet_sales.explain.moments import (
    PHRASE_WORDS,
    strongest_phrases,
    strongest_steps,
    value_of_interest,
)


@pytest.mark.parametrize("steps", [1, 2, 7, 300])
def test_average_interest_is_one(steps) -> None:
    weights = np.random.default_rng(steps).dirichlet(np.ones(steps))
    assert value_of_interest(weights).mean() == pytest.approx(1)
    assert value_of_interest(np.full(steps, 1 / steps)) == pytest.approx(np.ones(steps))


@pytest.mark.parametrize(
    ("value", "count", "expected"),
    [
        ([], 3, []),
        ([1.0], 3, []),  # a step without another weighs nothing more
        ([1.5, 0.5], 3, [0]),
        ([0.2, 2.0, 1.9, 0.3, 1.2], 3, [1, 4]),  # of neighbours only the stronger
        ([2.0, 0.1, 1.5, 0.1, 1.3], 2, [0, 2]),
        ([2.0, 0.1, 0.9, 0.0], 3, [0]),  # below average is no highlight
        ([1.0, 1.0, 1.0], 3, [0, 2]),
    ],
)
def test_steps(value, count, expected) -> None:
    assert strongest_steps(np.array(value), count) == expected


@pytest.mark.parametrize(
    ("value", "rows", "expected"),
    [
        ([], [], []),
        ([1.0], [0], []),
        ([0.1, 3.0, 0.1, 0.1], [0, 1, 2, 3], [(1, 1)]),
        ([0.1, 3.0, 1.6, 0.1], [0, 1, 2, 3], [(1, 2)]),  # half of the peak joins
        ([0.1, 3.0, 1.4, 0.1], [0, 1, 2, 3], [(1, 1)]),  # less does not
        ([0.1, 3.0, 1.6, 0.1], [0, 1, 3, 4], [(1, 1)]),  # a word between was not read
        ([0.9, 3.0, 0.1, 2.0, 0.1], [0, 1, 2, 3, 4], [(1, 1), (3, 3)]),
        ([0.5, 0.5, 0.5, 0.5], [0, 1, 2, 3], []),
    ],
)
def test_phrases(value, rows, expected) -> None:
    result = strongest_phrases(np.array(value), np.array(rows, int), 3)
    assert result == expected


@pytest.mark.parametrize("seed", range(20))
def test_phrases_never_overlap_or_grow_long(seed) -> None:
    rng = np.random.default_rng(seed)
    steps = int(rng.integers(2, 60))
    value = value_of_interest(rng.dirichlet(np.full(steps, 0.5)))
    rows = np.sort(rng.choice(2 * steps, steps, replace=False))
    phrases = strongest_phrases(value, rows, 5)
    taken = [step for first, last in phrases for step in range(first, last + 1)]
    assert len(taken) == len(set(taken))
    assert len(phrases) <= 5
    for first, last in phrases:
        assert last - first < PHRASE_WORDS
        assert (np.diff(rows[first : last + 1]) == 1).all()
        assert value[first : last + 1].max() >= 1.0
    assert phrases[0][0] <= value.argmax() <= phrases[0][1]


GAP = ((3.0, 8.0),)
SHOWN = [
    ("visual", [(0.0, 0.125), (2.67, 2.8)], GAP, [(0.0, 2.67), (2.67, 3.0)]),
    ("visual", [(0.0, 0.125), (2.67, 2.8)], (), [(0.0, 2.67), (2.67, 10.0)]),
    ("audio", [(0.0, 10.0)], ((8.0, 10.0),), [(0.0, 8.0)]),
    ("audio", [(0.0, 10.0)], ((0.0, 2.0), (4.0, 5.0)), [(2.0, 10.0)]),
]


@pytest.mark.parametrize(("stream", "spans", "missing", "expected"), SHOWN)
def test_nothing_stands_for_time_without_picture_or_sound(stream, spans, missing, expected):
    features = SimpleNamespace(slices=np.array([[0.0, 10.0]]), missing={stream: missing})
    assert shown_spans(stream, np.array(spans), features, True).tolist() == [
        list(span) for span in expected
    ]
