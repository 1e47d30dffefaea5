"""Comparison of models on the same people: p values of differences.

Both models are measured on the same bootstrap draws of people, and the p value is the smallest
level at which the percentile interval of the difference excludes zero (Davison and Hinkley 1997,
section 5.4: a test by inversion of the interval). So the interval and the p value never contradict
each other, and it works for any measure.

Under about 20 people percentile intervals are too narrow, and p too small.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hirenet_sales.evaluation.bootstrap import DRAWS, cluster_counts, interval


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
    order = sorted(p_values, key=lambda name: p_values[name])
    adjusted, highest = {}, 0.0
    for rank, name in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


@dataclass(frozen=True)
class ErrorGain:
    """By how much errors are smaller, the mean, with its 95 % interval; None without people."""

    mean: float
    interval: tuple[float, float] | None

    @property
    def measurable(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.interval is not None and self.interval[0] > 0


def error_gain(before: np.ndarray, after: np.ndarray, people: np.ndarray) -> ErrorGain:
    """How much smaller absolute errors (N, K) are after than before, on the same interviews.

    Parameters
    ----------
    people : (N,), drawn with replacement for the interval; NaN errors are left out of a mean
    """
    gains = np.nanmean(before - after, axis=1)  # (N,)
    names, clusters = np.unique(people, return_inverse=True)
    counts = cluster_counts(len(names), DRAWS)[:, clusters]  # (draws, N)
    ends = interval(counts @ gains / counts.sum(1))
    return ErrorGain(float(gains.mean()), None if ends is None else (ends[0], ends[1]))
