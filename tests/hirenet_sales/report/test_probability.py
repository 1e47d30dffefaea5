"""Probability of being above: complementary, monotone, and one half where nothing tells."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from hirenet_sales.report.probability import Interval, probability_above, told_apart

VALUES = (0.2, 0.45, 0.5, 0.8)


@pytest.mark.parametrize(("a", "b"), [*itertools.product(VALUES, VALUES)])
def test_of_two_people_one_is_above_the_other(a: float, b: float) -> None:
    one, other = Interval(a, a - 0.1, a + 0.1), Interval(b, b - 0.2, b + 0.2)
    above, below = probability_above(one, other, 0.9), probability_above(other, one, 0.9)
    assert above + below == pytest.approx(1)
    assert (above > 0.5) == (a > b) and (above == 0.5) == (a == b)


def test_it_rises_with_the_estimate_and_falls_to_one_half_with_wider_intervals() -> None:
    other = Interval(0.4, 0.3, 0.5)
    higher = [probability_above(Interval(v, v - 0.1, v + 0.1), other, 0.9) for v in VALUES]
    assert higher == sorted(higher)
    wider = [probability_above(Interval(0.6, 0.6 - w, 0.6 + w), other, 0.9) for w in (0.1, 0.4, 9)]
    assert wider == sorted(wider, reverse=True) and wider[-1] == pytest.approx(0.5, abs=0.02)


def test_it_is_the_share_of_draws(seed: int = 3) -> None:
    one, other = Interval(0.6, 0.4, 0.8), Interval(0.5, 0.4, 0.6)
    dice = np.random.default_rng(seed)
    spread = np.array([0.2, 0.1]) / 1.6448536
    draws = np.array([0.6, 0.5]) + dice.standard_normal((200_000, 2)) * spread
    share = float((draws[:, 0] > draws[:, 1]).mean())
    assert probability_above(one, other, 0.9) == pytest.approx(share, abs=0.005)


def test_an_end_cut_off_by_the_scale_makes_nobody_surer() -> None:
    cut, whole = Interval(0.95, 0.75, 1.0), Interval(0.95, 0.75, 1.15)
    other = Interval(0.6, 0.5, 0.7)
    assert probability_above(cut, other, 0.9) == probability_above(whole, other, 0.9)


def test_without_error_the_larger_is_above() -> None:
    points = [Interval(v, v, v) for v in (1.0, 2.0)]
    assert [probability_above(points[0], p, 0.9) for p in points] == [0.5, 0.0]
    assert probability_above(points[1], points[0], 0.9) == 1.0


@pytest.mark.parametrize(
    ("probability", "apart"), [(0.04, True), (0.05, False), (0.5, False), (0.96, True)]
)
def test_who_can_be_told_apart(probability: float, apart: bool) -> None:
    assert told_apart(probability) is apart
