"""Comparison of models on the same people: p values of differences.

Both models are measured on the same bootstrap draws of people, and the p value is the smallest
level at which the percentile interval of the difference excludes zero (Davison and Hinkley 1997,
section 5.4: a test by inversion of the interval). So the interval and the p value never contradict
each other, and it works for any measure.

Under about 20 people percentile intervals are too narrow, and p too small.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


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
