"""Rank agreement of the ways to tell which steps of a stream are important."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from scipy.stats import spearmanr

from hirenet_sales.faithfulness.ratio import mean_of

LEAST_STEPS = 5  # of a stream in an interview: fewer have hardly a rank order


def rank_agreement(
    scores: Mapping[str, Sequence[np.ndarray]], people: np.ndarray
) -> dict[str, dict[str, float | None]]:
    """Mean Spearman correlation within interviews, by "one, other", as value, low, high and n.

    Parameters
    ----------
    scores : way to tell to one array (S,) an interview
    people : (N,), drawn with replacement for the interval

    Returns
    -------
    A pair for which no interview has LEAST_STEPS steps, or whose scores are all the same, is left
    out.
    """
    result = {}
    for one, other in combinations(scores, 2):
        pairs = list(zip(scores[one], scores[other], strict=True))
        values = np.array([_correlation(*pair) for pair in pairs])
        if (mean := mean_of(values, people)) is not None:
            result[f"{one}, {other}"] = {**mean, "n": int(np.isfinite(values).sum())}
    return result


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    if len(one) < LEAST_STEPS or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(spearmanr(one, other).statistic)
