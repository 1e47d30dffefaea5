"""Means over seeds, their intervals, and differences on the same draws."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.data.interview_set import Target
from hirenet_sales.evaluation.bootstrap import two_sided_p
from hirenet_sales.experiment.predictions import Scored
from hirenet_sales.experiment.seed_summary import difference, mean_of_seeds, summarise

TARGETS = (Target("a"), Target("b"))


def scored(seed: int, noise: float, people: int = 60, each: int = 3, bias: float = 0.0) -> Scored:
    """Labels are the same for every seed; estimates are the labels with noise."""
    labels = np.random.default_rng(0).random((people * each, 2))
    own = np.random.default_rng([seed, 1]).normal(0, noise, labels.shape)
    who = np.repeat([f"p{i}" for i in range(people)], each)
    return Scored(TARGETS, who, labels, labels + own + bias, labels.mean(0))


def test_the_mean_over_seeds_lies_in_its_interval() -> None:
    summary = summarise([scored(seed, 0.1) for seed in range(3)])
    singles = [summarise([scored(seed, 0.1)]).values["mean"]["r"] for seed in range(3)]
    flat = summary.flat()
    assert flat["r"] == pytest.approx(np.mean(singles))
    assert flat["r_low"] < flat["r"] < flat["r_high"]
    assert summary.seeds == 3
    assert (summary.rows, summary.people) == (180, 60)
    a, b = summary.values["a"]["skill"], summary.values["b"]["skill"]
    assert flat["skill"] == pytest.approx((a + b) / 2)


def test_more_people_make_it_narrower_and_seeds_that_differ_wider() -> None:
    def width(parts: list[Scored]) -> float:
        flat = summarise(parts).flat()
        return flat["one_minus_mae_high"] - flat["one_minus_mae_low"]

    assert width([scored(0, 0.2, people=400)]) < 0.6 * width([scored(0, 0.2, people=50)])
    alike = [scored(0, 0.2) for _ in range(4)]
    unlike = [scored(0, 0.2, bias=bias) for bias in (0, 0.1, 0.2, 0.4)]
    assert width(unlike) > 2 * width(alike)


def test_a_difference_is_paired() -> None:
    better, worse = (summarise([scored(s, noise) for s in range(2)]) for noise in (0.1, 0.11))
    gap = difference(better, worse, "one_minus_mae")
    assert gap is not None
    assert gap.low < gap.value < gap.high
    assert gap.low > 0  # although the two intervals overlap
    assert gap.p <= 0.01
    flat = better.flat()
    assert worse.flat()["one_minus_mae_high"] > flat["one_minus_mae_low"]
    same = difference(better, better, "one_minus_mae")
    assert same is not None
    assert (same.value, same.p) == (0, 1)


def test_p_is_that_of_the_interval_and_never_contradicts_it() -> None:
    """On either side of the level that the interval has."""
    sides = set()
    for seed in range(40):
        row, reference = (
            summarise([scored(2 * seed + k, 0.1 + 0.01 * k, people=20)]) for k in range(2)
        )
        gap = difference(row, reference, "one_minus_mae")
        assert gap is not None
        drawn = [s.draws["mean"]["one_minus_mae"] for s in (row, reference)]
        assert gap.p == two_sided_p(drawn[0] - drawn[1])
        turned = difference(reference, row, "one_minus_mae")
        assert turned is not None and (turned.value, turned.p) == (-gap.value, gap.p)
        excludes_zero = gap.low > 0 or gap.high < 0
        if not 0.045 < gap.p < 0.055:  # where a draw more or less does not decide
            assert excludes_zero == (gap.p < 0.05)
            sides.add(excludes_zero)
    assert sides == {True, False}


def test_seeds_of_different_people_are_refused() -> None:
    with pytest.raises(ValueError, match="different people"):
        summarise([scored(0, 0.1, people=10), scored(0, 0.1, people=11)])


def test_students_interval() -> None:
    mean, low, high = mean_of_seeds([0.9, 0.92, 0.94])
    assert mean == pytest.approx(0.92)
    assert low == pytest.approx(0.92 - 4.303 * 0.02 / np.sqrt(3), abs=1e-4)
    assert high == pytest.approx(0.92 + 4.303 * 0.02 / np.sqrt(3), abs=1e-4)
    assert mean_of_seeds([0.5]) == (0.5, None, None)
