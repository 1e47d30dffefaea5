"""Tables of measures with intervals, for arrays and for a model's predictions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from hirenet_sales.data.interview_set import TRAIT_TARGETS, InterviewSet, Level, Target
from hirenet_sales.evaluation.bootstrap import DRAWS, cluster_counts, intervals
from hirenet_sales.evaluation.metrics import mean_over_targets, measures
from hirenet_sales.evaluation.prediction import Prediction, estimates_of, labelled, training_means

VOTES = 1000  # draws of a random vote (Hemamou et al. 2019, Baselines)


def measure_table(
    labels: np.ndarray,
    estimates: np.ndarray,
    training_mean: np.ndarray,
    sources: np.ndarray,
    half_widths: np.ndarray | None = None,
    *,
    targets: Sequence[Target] = TRAIT_TARGETS,
    averaged: Sequence[str] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Any]:
    """One table: measures per target and their mean, with 95 % cluster bootstrap intervals.

    Parameters
    ----------
    labels, half_widths : (N, K)
    estimates : (N, K), or (V, N, K) for V draws of a random vote: measures are means over them
    training_mean : (K,)
    averaged : targets that the mean is of; None = all
    sources : (N,), the cluster of every row: its person or source video
    draws : bootstrap draws; 0 leaves the intervals out

    Returns
    -------
    dict with n, mean, targets.<name>, and in mean and every target `interval` = measure to
    [low, high]. A target's own n counts the rows with its label.
    """
    votes = estimates if estimates.ndim == 3 else estimates[None]
    people, clusters = np.unique(sources, return_inverse=True)
    points, samples = [], []
    counts = cluster_counts(len(people), draws, seed) if draws and len(people) > 1 else None
    for number, vote in enumerate(votes):
        measured = partial(measures, labels, vote, training_mean, half_widths, targets=targets)
        points.append(measured())
        if counts is not None:  # of several votes each takes its share of the bootstrap draws
            share = counts[number :: len(votes)]
            if len(share):
                samples.append(measured(clusters=clusters, counts=share))
    point = {t.name: _joined([p[t.name] for p in points]) for t in targets}
    means = mean_over_targets(point, targets, averaged)
    result: dict[str, Any] = {
        "n": len(labels),
        "mean": _average(means),
        "targets": {name: _average(values) for name, values in point.items()},
    }
    for k, target in enumerate(targets):
        result["targets"][target.name]["n"] = int((~np.isnan(labels[:, k])).sum())
    if samples:
        sampled = {t.name: _joined([s[t.name] for s in samples]) for t in targets}
        result["mean"]["interval"] = intervals(mean_over_targets(sampled, targets, averaged))
        for name, values in sampled.items():
            result["targets"][name]["interval"] = intervals(values)
    return result


def evaluate_predictions(
    prediction: Prediction,
    test: InterviewSet,
    train: InterviewSet,
    *,
    draws: int = DRAWS,
    level: Level | None = None,
    averaged: Sequence[str] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Evaluate a model's predictions of `test`.

    Parameters
    ----------
    train : its training data, whose mean label is the reference for skill
    draws : bootstrap draws over people; 0 leaves the intervals out
    level : count answers or interviews; None = the default of the data set
    averaged : targets that the mean is taken over; None = all

    Returns
    -------
    dict as of `measure_table`, with `level`, `clusters` (people) and `left_open`: rows in which the
    model read nothing and which count with the training mean.
    """
    level = level or test.level
    rows = labelled(test, level)
    blind = training_means(train, level)
    values, left_open = estimates_of(prediction, test, level, blind)
    if prediction.redraw is not None:
        drawn = (prediction.redraw(number) for number in range(VOTES))
        values = np.stack([estimates_of(vote, test, level, blind)[0] for vote in drawn])
    table = measure_table(
        rows.labels,
        values,
        blind,
        rows.people,
        targets=test.targets,
        averaged=averaged,
        draws=draws,
        seed=seed,
    )
    clusters = len(np.unique(rows.people))
    return {"level": level, "clusters": clusters, "left_open": left_open, **table}


def _joined(parts: Sequence[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {metric: np.concatenate([part[metric] for part in parts]) for metric in parts[0]}


def _average(values: dict[str, np.ndarray]) -> dict[str, Any]:
    """Means over votes, without those for which a measure is undefined."""
    defined = {metric: votes[~np.isnan(votes)] for metric, votes in values.items()}
    return {m: float(votes.mean()) if len(votes) else None for m, votes in defined.items()}
