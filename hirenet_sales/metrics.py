"""Measures of trait estimates, with cluster bootstrap intervals.

1 - MAE alone hides how little is learnt: a constant scores .88 on First Impressions V2. So it never
stands without skill = 1 - MAE / MAE(training mean), Pearson's r, the concordance correlation
coefficient (Lin 1989), R2 and the ratio of standard deviations, which shows regression to the mean.
"""

from __future__ import annotations

import numpy as np

from hirenet_sales.traits import TRAITS

# Measure and how tables head it, in the order of every table.
LABELS = {
    "one_minus_mae": "1 − MAE",
    "skill": "skill",
    "r": "r",
    "ccc": "CCC",
    "r2": "R²",
    "sd_ratio": "sd ratio",
    "coverage": "coverage",
}
METRICS = tuple(LABELS)
DRAWS = 1000
STILL = 1e-9  # a smaller spread is rounding: the values are one constant


def measure(
    labels: np.ndarray,
    estimates: np.ndarray,
    training_mean: np.ndarray,
    half_widths: np.ndarray | None = None,
) -> dict[str, dict[str, float | None]]:
    """Measures per trait.

    Parameters
    ----------
    labels, estimates : (N, 5) on [0, 1]
    training_mean : (5,), what skill is held against
    half_widths : (N, 5) of the intervals; None leaves coverage None

    Returns
    -------
    trait to measure to value; None where it is not defined (r of a constant, one clip).

    Raises
    ------
    ValueError
        if there is no clip.
    """
    if not len(labels):
        raise ValueError("no clip: nothing can be measured")
    error = np.abs(labels - estimates)  # everything below: (5,), or (N, 5) before a mean
    mean_error = error.mean(0)
    blind_error = np.abs(labels - training_mean).mean(0)
    centres = labels.mean(0), estimates.mean(0)
    spread_y, spread_p = labels.std(0), estimates.std(0)
    covariance = ((labels - centres[0]) * (estimates - centres[1])).mean(0)
    shared = spread_y**2 + spread_p**2 + (centres[0] - centres[1]) ** 2
    squared = (error**2).mean(0)
    covered = None if half_widths is None else (error <= half_widths + 1e-9).mean(0)
    result: dict[str, dict[str, float | None]] = {}
    for k, trait in enumerate(TRAITS):
        one_label = len(labels) < 2 or spread_y[k] < STILL
        one_value = one_label or spread_p[k] < STILL
        result[trait] = {
            "one_minus_mae": float(1 - mean_error[k]),
            "skill": float(1 - mean_error[k] / blind_error[k]) if blind_error[k] > STILL else None,
            "r": None if one_value else float(covariance[k] / (spread_y[k] * spread_p[k])),
            "ccc": float(2 * covariance[k] / shared[k]) if shared[k] > STILL**2 else None,
            "r2": None if one_label else float(1 - squared[k] / spread_y[k] ** 2),
            "sd_ratio": None if one_label else float(spread_p[k] / spread_y[k]),
            "coverage": None if covered is None else float(covered[k]),
        }
    return result


def mean_over_traits(traits: dict[str, dict[str, float | None]]) -> dict[str, float | None]:
    """The mean of every measure over the traits; None if any trait has none."""
    means: dict[str, float | None] = {}
    for metric in METRICS:
        values = [traits[trait][metric] for trait in TRAITS]
        known = [v for v in values if v is not None]
        means[metric] = float(np.mean(known)) if len(known) == len(values) else None
    return means


def table(
    labels: np.ndarray,
    estimates: np.ndarray,
    training_mean: np.ndarray,
    sources: np.ndarray,
    half_widths: np.ndarray | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict:
    """One table: measures per trait and their mean, with 95 % cluster bootstrap intervals.

    Sources (videos, persons) are drawn with replacement, each with all its clips, because clips of
    one source are not independent.

    Parameters
    ----------
    labels, estimates, half_widths : (N, 5)
    training_mean : (5,)
    sources : (N,), the cluster of every row
    draws : bootstrap draws; 0 leaves the intervals out

    Returns
    -------
    dict with n, mean, traits.<name>, and in each of the latter `interval` = measure to [low, high].
    """
    traits = measure(labels, estimates, training_mean, half_widths)
    result: dict = {"n": len(labels), "mean": mean_over_traits(traits), "traits": traits}
    groups = [np.flatnonzero(sources == s) for s in np.unique(sources)]
    if draws == 0 or len(groups) < 2:
        return result
    rng = np.random.default_rng(seed)
    sampled: list[dict[str, dict[str, float | None]]] = []
    for _ in range(draws):
        pick = rng.integers(len(groups), size=len(groups))
        rows = np.concatenate([groups[i] for i in pick])
        widths = None if half_widths is None else half_widths[rows]
        sampled.append(measure(labels[rows], estimates[rows], training_mean, widths))
    for trait in TRAITS:
        traits[trait]["interval"] = _intervals([s[trait] for s in sampled])  # type: ignore[assignment]
    result["mean"]["interval"] = _intervals([mean_over_traits(s) for s in sampled])
    return result


def _intervals(draws: list[dict[str, float | None]]) -> dict[str, list[float]]:
    ends: dict[str, list[float]] = {}
    for metric in METRICS:
        values = [d[metric] for d in draws if d[metric] is not None]
        if values:
            ends[metric] = [float(v) for v in np.quantile(np.array(values, float), [0.025, 0.975])]
    return ends
