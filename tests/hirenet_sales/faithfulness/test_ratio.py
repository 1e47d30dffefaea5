"""Ratios of means: values, intervals by person, and what has none."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.faithfulness.ratio import mean_of, ratio_of_means

PEOPLE = np.repeat([f"p{i}" for i in range(20)], 2)


def test_a_ratio_is_that_of_the_means() -> None:
    below = np.random.default_rng(0).uniform(1, 2, len(PEOPLE))
    same = ratio_of_means(3 * below, below, PEOPLE)
    assert [same[key] for key in ("value", "low", "high")] == pytest.approx([3, 3, 3])
    above = np.random.default_rng(1).uniform(1, 9, len(PEOPLE))
    mixed = ratio_of_means(above, below, PEOPLE)
    assert mixed["value"] == pytest.approx(above.mean() / below.mean())
    assert mixed["low"] < mixed["value"] < mixed["high"]


def test_people_are_drawn_and_not_rows() -> None:
    values = np.random.default_rng(2).normal(size=20).repeat(2)
    apart = mean_of(values, np.arange(40))
    together = mean_of(values, PEOPLE)
    assert together["high"] - together["low"] > 1.2 * (apart["high"] - apart["low"])


def test_what_is_not_defined_is_none() -> None:
    ones = np.ones(len(PEOPLE))
    assert ratio_of_means(ones, 0 * ones, PEOPLE) is None
    assert mean_of(np.nan * ones, PEOPLE) is None
    few = 0 * ones
    few[0] = 1  # most draws have nothing below
    ratio = ratio_of_means(ones, few, PEOPLE)
    assert ratio["value"] == len(PEOPLE) and ratio["high"] is None
    holes = ones.copy()
    holes[::2] = np.nan
    assert mean_of(holes, PEOPLE)["value"] == 1
