"""Agreement of clusters and scores, compared with chance and with other rules."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import entropy, rankdata
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information


@dataclass(frozen=True)
class Agreement:
    """One measure of agreement between clusters and scores, and its value under chance."""

    value: float  # as measured
    # chance, chance_high: mean and 95th percentile over scores dealt out at random
    chance: float
    chance_high: float
    p: float  # share of those that reach the value, (1 + count) / (1 + draws)


def against_chance(value: float, chance: Sequence[float]) -> Agreement:
    """Compare a value with its draws under chance."""
    draws = np.array(chance)
    return Agreement(
        value=float(value),
        chance=float(draws.mean()),
        chance_high=float(np.quantile(draws, 0.95)),
        p=float((1 + (draws >= value).sum()) / (1 + len(draws))),
    )


def eta_squared(labels: np.ndarray, scores: np.ndarray) -> float:
    """Share of the variance of scores (N,) that lies between the clusters of labels (N,)."""
    sizes = np.bincount(labels)
    sums = np.bincount(labels, weights=scores)
    filled = sizes > 0
    between = (sums[filled] ** 2 / sizes[filled]).sum() - scores.sum() ** 2 / len(scores)
    return float(between / ((scores - scores.mean()) ** 2).sum())


def adjusted_mutual_information(
    bands: np.ndarray, labels: np.ndarray, shuffles: Sequence[np.ndarray]
) -> tuple[float, list[float]]:
    """Adjusted mutual information of the bands, and of shuffled ones.

    Shuffling leaves both entropies and the expected information as they are, so the latter, which
    is what takes time, is computed once.
    """
    width = int(labels.max()) + 1
    apart = entropy(np.bincount(bands)) + entropy(np.bincount(labels))
    expected = expected_mutual_information(contingency_matrix(bands, labels), len(labels))

    def adjusted(shuffled: np.ndarray) -> float:
        shared = apart - entropy(np.bincount(shuffled * width + labels))
        return float((shared - expected) / (apart / 2 - expected))

    return adjusted(bands), [adjusted(bands[shuffle]) for shuffle in shuffles]


def other_rules_scores(traits: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Scores (15, N) of rules with other trait directions: sums of signed ranks.

    A rule and its opposite have the same eta squared, so one of each pair is enough; the one most
    correlated with the scores represents their own directions and is left out.
    """
    ranks = rankdata(traits, axis=0)
    signs = [(1, *others) for others in itertools.product((1, -1), repeat=traits.shape[1] - 1)]
    rules = np.array(signs) @ ranks.T  # (16, N)
    same = np.argmax(np.abs(np.corrcoef(np.vstack([scores, rules]))[0, 1:]))
    return np.delete(rules, same, axis=0)


def score_bands(scores: np.ndarray, k: int) -> np.ndarray:
    """Number (N,) of the band, 0 to k - 1, of k bands of equal count."""
    return np.searchsorted(np.quantile(scores, np.linspace(0, 1, k + 1)[1:-1]), scores, "right")
