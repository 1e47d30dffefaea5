"""Ratios of means and shares with 95 % intervals by bootstrap over people."""

from __future__ import annotations

import numpy as np

from hirenet_sales.evaluation.bootstrap import share_interval


def ratio_of_means(
    above: np.ndarray, below: np.ndarray, people: np.ndarray
) -> dict[str, float | None] | None:
    """Mean of `above` (R,) by the mean of `below` (R,), as value, low and high; None of no row.

    People, or source videos, are drawn with replacement, each with all rows. Rows with a NaN on
    either side are left out of both. An end is None where draws have nothing below.
    """
    rows = np.isfinite(above) & np.isfinite(below)
    if not rows.any() or not below[rows].sum() > 0:
        return None
    with np.errstate(divide="ignore"):
        ends = share_interval(above[rows], below[rows], people[rows]) or [np.nan] * 2
    low, high = (end if np.isfinite(end) else None for end in ends)
    return {"value": float(above[rows].sum() / below[rows].sum()), "low": low, "high": high}


def mean_of(values: np.ndarray, people: np.ndarray) -> dict[str, float | None] | None:
    """The mean of values (R,) with its interval; see `ratio_of_means`."""
    return ratio_of_means(values, np.ones(len(values)), people)
