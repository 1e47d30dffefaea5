"""Values of interest and the times of moments."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from hirenet_sales.explain.answer_assessment import shown_spans
from hirenet_sales.explain.moments import value_of_interest


@pytest.mark.parametrize("steps", [1, 2, 7, 300])
def test_average_interest_is_one(steps) -> None:
    weights = np.random.default_rng(steps).dirichlet(np.ones(steps))
    assert value_of_interest(weights).mean() == pytest.approx(1)
    assert value_of_interest(np.full(steps, 1 / steps)) == pytest.approx(np.ones(steps))


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
