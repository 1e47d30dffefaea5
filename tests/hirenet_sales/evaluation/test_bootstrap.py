"""Intervals of shares draw people, not rows."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.evaluation.bootstrap import share_interval


def test_rows_of_one_person_are_drawn_together():
    people = np.repeat([f"p{n}" for n in range(20)], 50)
    hits = np.repeat(np.arange(20) % 2, 50).astype(float)
    low, high = share_interval(hits, np.ones(1000), people)
    assert low == pytest.approx(0.3, abs=0.06) and high == pytest.approx(0.7, abs=0.06)
    low, high = share_interval(hits, np.ones(1000), np.arange(1000).astype(str))
    assert low == pytest.approx(0.47, abs=0.02) and high == pytest.approx(0.53, abs=0.02)


def test_a_share_without_rows_has_no_interval():
    assert share_interval(np.zeros(2), np.zeros(2), ["a", "b"]) is None
