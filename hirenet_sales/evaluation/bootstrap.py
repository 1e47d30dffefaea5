"""Cluster bootstrap: persons or source videos are drawn with replacement, each with all its rows.

Rows of one person are not independent, so they are never drawn one by one (Davison and Hinkley
1997, section 3.8).
"""

from __future__ import annotations

from collections.abc import Mapping

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


def intervals(draws: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """Intervals by measure; none for a measure that is undefined in every draw."""
    ends = {metric: interval(values) for metric, values in draws.items()}
    return {metric: pair for metric, pair in ends.items() if pair is not None}
