"""Measures of estimates against labels, of any target, for many weightings of the rows at once.

1 - MAE alone hides how little is learnt: a constant scores .88 on First Impressions V2. So it never
stands without skill = 1 - MAE / MAE(training mean), Pearson's r, the concordance correlation
coefficient (Lin 1989), R2 and the ratio of standard deviations, which shows regression to the mean.
A binary target has precision, recall and F1 of class 1, decided at a probability of .5 (Hemamou et
al. 2019, Experimental settings), and the area under the ROC curve, which needs no threshold.

A target's scale [low, high] is mapped to [0, 1] first, so that 1 - MAE is a share of the scale and
targets of different scales compare. A label that is NaN is left out, for its target alone.

A bootstrap draw only weights the clusters anew. All measures but the AUC follow from sums over
rows, so a draw costs one product of its weights with the sums of every cluster, not a pass over the
rows; the AUC follows from the rows sorted once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hirenet_sales.data.interview_set import TRAIT_TARGETS, Target

# Measure and how tables head it, in the order of every table: of a scale, and of two classes.
LABELS = {
    "one_minus_mae": "1 − MAE",
    "skill": "skill",
    "r": "r",
    "ccc": "CCC",
    "r2": "R²",
    "sd_ratio": "sd ratio",
    "coverage": "coverage",
}
BINARY_LABELS = {"precision": "precision", "recall": "recall", "f1": "F1", "auc": "AUC"}
METRICS = tuple(LABELS)
MSE = "mse"
THRESHOLD = 0.5  # probability from which class 1 is decided
STILL = 1e-6  # of the scale: a smaller spread is rounding, the values are one constant
ROWS_AT_ONCE = 2_000_000  # draws times rows of one step of the AUC: 16 MB

Measures = dict[str, dict[str, np.ndarray]]  # target to measure to (B,)


def measures(
    labels: np.ndarray,
    estimates: np.ndarray,
    training_mean: np.ndarray,
    half_widths: np.ndarray | None = None,
    *,
    targets: Sequence[Target] = TRAIT_TARGETS,
    clusters: np.ndarray | None = None,
    counts: np.ndarray | None = None,
    squared: bool = False,
) -> Measures:
    """Measures per target for B weightings of the rows.

    Parameters
    ----------
    labels, estimates : (N, K) on the targets' scales; NaN labels are left out
    training_mean : (K,), the reference for skill
    half_widths : (N, K) of the intervals; None leaves coverage NaN
    clusters : (N,) whole numbers below C, the cluster of each row; None = one cluster
    counts : (B, C), how often each cluster counts; None = once each
    squared : adds the mean squared error on the scale from 0 to 1, `mse`

    Returns
    -------
    target to measure to (B,), NaN where it is not defined (r of a constant, one row).

    Raises
    ------
    ValueError
        if the arrays are empty, or an estimate is not a number.
    """
    if not len(labels):
        raise ValueError("no clip or interview: nothing can be measured")
    if not np.isfinite(estimates).all():
        raise ValueError(f"{int((~np.isfinite(estimates)).sum())} estimates are not numbers")
    cluster = np.zeros(len(labels), int) if clusters is None else clusters
    weights = np.ones((1, int(cluster.max()) + 1)) if counts is None else counts.astype(float)
    result = {}
    for k, target in enumerate(targets):
        rows = np.flatnonzero(~np.isnan(labels[:, k]))
        span = target.high - target.low
        y = (labels[rows, k] - target.low) / span
        p = (estimates[rows, k] - target.low) / span
        if target.kind == "binary":
            result[target.name] = _of_classes(y, p, cluster[rows], weights)
        else:
            blind = np.abs(y - (training_mean[k] - target.low) / span)
            half = None if half_widths is None else half_widths[rows, k] / span
            result[target.name] = _of_scale(y, p, blind, half, cluster[rows], weights)
        if squared:
            n, errors = _sums([np.ones(len(y)), (y - p) ** 2], cluster[rows], weights)
            result[target.name][MSE] = errors / np.where(n > 0, n, np.nan)
    return result


def mean_over_targets(
    values: Mapping[str, Mapping[str, np.ndarray]],
    targets: Sequence[Target],
    averaged: Sequence[str] | None = None,
) -> dict[str, np.ndarray]:
    """The mean of every measure over the targets that have it; NaN if any of them is.

    Parameters
    ----------
    averaged : names of the targets that count; None = all
    """
    chosen = [values[t.name] for t in targets if averaged is None or t.name in averaged]
    names = dict.fromkeys(metric for own in chosen for metric in own)
    return {m: np.mean([own[m] for own in chosen if m in own], axis=0) for m in names}


def _sums(terms: Sequence[np.ndarray], cluster: np.ndarray, weights: np.ndarray) -> list[Any]:
    """Weighted sums (B,) of every term (N,)."""
    size = weights.shape[1]
    by_cluster = np.stack([np.bincount(cluster, term, minlength=size) for term in terms])
    return list(by_cluster @ weights.T)


def _of_scale(
    y: np.ndarray,
    p: np.ndarray,
    blind: np.ndarray,
    half: np.ndarray | None,
    cluster: np.ndarray,
    weights: np.ndarray,
) -> dict[str, np.ndarray]:
    error = np.abs(y - p)
    covered = np.zeros(len(y)) if half is None else error <= half + 1e-9
    centre = y.mean() if len(y) else 0.0  # near zero, squares lose no digits
    y, p = y - centre, p - centre
    terms = [np.ones(len(y)), y, p, y * y, p * p, y * p, error, blind, error**2, covered]
    n, *sums = _sums(terms, cluster, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        my, mp, yy, pp, yp, mean_error, blind_error, squared, share = (s / n for s in sums)
        spread_y, spread_p = _spread(yy - my**2), _spread(pp - mp**2)
        covariance = yp - my * mp
        shared = spread_y**2 + spread_p**2 + (my - mp) ** 2
        moves_y = (n > 1) & (spread_y > 0)
        result = {
            "one_minus_mae": 1 - mean_error,
            "skill": np.where(blind_error > STILL, 1 - mean_error / blind_error, np.nan),
            "r": np.where(moves_y & (spread_p > 0), covariance / (spread_y * spread_p), np.nan),
            "ccc": np.where(shared > STILL**2, 2 * covariance / shared, np.nan),
            "r2": np.where(moves_y, 1 - squared / spread_y**2, np.nan),
            "sd_ratio": np.where(moves_y, spread_p / spread_y, np.nan),
            "coverage": np.full_like(n, np.nan) if half is None else share,
        }
    return result


def _spread(variance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.where(variance > STILL**2, variance, 0.0))


def _of_classes(
    y: np.ndarray, p: np.ndarray, cluster: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    truth, predicted = y > 0.5, p >= THRESHOLD
    hits, decided, true = _sums([truth & predicted, predicted, truth], cluster, weights)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "precision": hits / decided,  # 0 / 0 is not defined: nothing was decided
            "recall": hits / true,
            "f1": 2 * hits / (decided + true),
            "auc": _area(truth, p, cluster, weights),
        }


def _area(truth: np.ndarray, p: np.ndarray, cluster: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve (B,): the share of pairs in the right order, ties count half."""
    if not len(p):
        return np.full(len(weights), np.nan)
    order = np.argsort(p, kind="stable")
    truth, cluster = truth[order], cluster[order]
    first_of_tie = np.flatnonzero(np.diff(p[order], prepend=-np.inf))
    area = np.empty(len(weights))
    step = max(1, ROWS_AT_ONCE // len(p))
    for begin in range(0, len(weights), step):
        w = weights[begin : begin + step, cluster]  # (b, N)
        ones = np.add.reduceat(w * truth, first_of_tie, axis=1)
        zeros = np.add.reduceat(w * ~truth, first_of_tie, axis=1)
        below = zeros.cumsum(1) - zeros / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            area[begin : begin + step] = (ones * below).sum(1) / (ones.sum(1) * zeros.sum(1))
    return area
