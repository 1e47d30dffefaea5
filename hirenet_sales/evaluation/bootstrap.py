"""Cluster bootstrap: persons or source videos are drawn with replacement, each with all its rows.

Rows of one person are not independent, so they are never drawn one by one (Davison and Hinkley
1997, section 3.8). Two models are compared on the same draws of people: the p value is the smallest
level at which the percentile interval of the difference excludes zero (their section 5.4: a test by
inversion of the interval), so the two never contradict each other, and any measure can be tested.

With fewer than about 20 people percentile intervals are too narrow, and p is too small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

DRAWS = 1000
INTERVAL = (0.025, 0.975)  # ends of the intervals of every table, as quantiles of the draws


def cluster_counts(clusters: int, draws: int, seed: int = 0) -> np.ndarray:
    """Bootstrap counts of `clusters`, integers (draws, clusters); each row sums to `clusters`."""
    picks = np.random.default_rng(seed).integers(clusters, size=(draws, clusters))
    flat = (picks + clusters * np.arange(draws)[:, None]).ravel()
    return np.bincount(flat, minlength=draws * clusters).reshape(draws, clusters)


def interval(draws: np.ndarray) -> list[float] | None:
    """Low and high end of the 95 % percentile interval; draws that are NaN are left out."""
    finite = draws[~np.isnan(draws)]
    return [float(v) for v in np.quantile(finite, INTERVAL)] if len(finite) else None


def share_interval(
    sums: np.ndarray, counts: np.ndarray, clusters: Sequence[str] | np.ndarray
) -> list[float] | None:
    """Interval of sums (R,) over counts (R,), both added up over the rows of a draw's clusters."""
    names, owner = np.unique(np.asarray(clusters), return_inverse=True)
    draws = cluster_counts(len(names), DRAWS)  # (B, clusters)
    above, below = (draws @ np.bincount(owner, values) for values in (sums, counts))
    with np.errstate(invalid="ignore"):
        return interval(above / below)


def intervals(draws: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """Intervals by measure; none for a measure that is undefined in every draw."""
    ends = {metric: interval(values) for metric, values in draws.items()}
    return {metric: pair for metric, pair in ends.items() if pair is not None}


def two_sided_p(differences: np.ndarray) -> float | None:
    """The smallest level at which the percentile interval of the differences excludes zero.

    Never below 2 / (draws + 1); draws that are NaN are left out, None where all are.
    """
    defined = differences[~np.isnan(differences)]
    if not len(defined):
        return None
    beyond = min((defined <= 0).sum(), (defined >= 0).sum())
    return float(min(1.0, 2 * (beyond + 1) / (len(defined) + 1)))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p values of several comparisons (Holm 1979): below .05 holds for all at once."""
    adjusted, highest = {}, 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[name]))
        adjusted[name] = highest
    return adjusted
