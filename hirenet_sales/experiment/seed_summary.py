"""Means over seeds with intervals, and differences between two rows of a table.

One bootstrap draw draws persons (or source videos), each with all its rows, and seeds, both with
replacement: the interval is about another sample of people and another run of the same model. Two
rows of a table are compared on the same draws, so that what both share cancels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from hirenet_sales.evaluation.bootstrap import DRAWS, cluster_counts, interval, two_sided_p
from hirenet_sales.evaluation.metrics import MSE, mean_over_targets, measures
from hirenet_sales.experiment.predictions import Scored

MEAN = "mean"


@dataclass(frozen=True, eq=False)
class Summary:
    """Measures of one row of a table over its seeds.

    Attributes
    ----------
    seeds, rows, people : how many
    values : target, or "mean", to measure to its mean over seeds; NaN = not defined
    draws : target, or "mean", to measure to (B,) bootstrap draws of it
    """

    seeds: int
    rows: int
    people: int
    values: dict[str, dict[str, float]]
    draws: dict[str, dict[str, np.ndarray]]

    def flat(self, target: str = MEAN, *, squared: bool = False) -> dict[str, float]:
        """Measure, measure_low and measure_high; without undefined ones, and mse unless asked."""
        row: dict[str, float] = {}
        for measure, value in self.values[target].items():
            if np.isnan(value) or (measure == MSE and not squared):
                continue
            row[measure] = value
            ends = interval(self.draws[target][measure])
            if ends is not None and self.people > 1:
                row[f"{measure}_low"], row[f"{measure}_high"] = ends
        return row

    def row(self, *, squared: bool = False) -> dict[str, float]:
        """The mean over targets and, of several, measure_target of each, as a table's row."""
        row = self.flat(squared=squared)
        targets = [name for name in self.values if name != MEAN]
        for target in targets if len(targets) > 1 else ():
            row |= {f"{name}_{target}": value for name, value in self.flat(target).items()}
        return row


@dataclass(frozen=True)
class Difference:
    """A row minus the reference: the mean, its interval, and a two-sided bootstrap p."""

    value: float
    low: float
    high: float
    p: float


def summarise(
    by_seed: Sequence[Scored],
    draws: int = DRAWS,
    *,
    averaged: Sequence[str] | None = None,
    same_people: bool = True,
) -> Summary:
    """The mean over seeds of every measure.

    Parameters
    ----------
    by_seed : one a seed
    averaged : targets that the mean is of; None = all
    same_people : whether every seed was tested on the same people, who are then drawn for all seeds
        together; else each draws its own

    Raises
    ------
    ValueError
        if they should be the same and are not.
    """
    first = by_seed[0]
    by_target: dict[str, dict[str, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    for scored in by_seed:
        if same_people and not np.array_equal(scored.people, first.people):
            raise ValueError("seeds were tested on different people: they cannot be averaged")
        people, cluster = np.unique(scored.people, return_inverse=True)
        everybody = np.ones((1, len(people)), int)  # the first "draw" is everybody once
        own = measures(
            scored.labels,
            scored.estimates,
            scored.training_mean,
            targets=scored.targets,
            clusters=cluster,
            counts=np.vstack([everybody, cluster_counts(len(people), draws)]),
            squared=True,
        )
        own[MEAN] = mean_over_targets(own, scored.targets, averaged)
        for target, values in own.items():
            for measure, drawn in values.items():
                by_target[target][measure].append(drawn)
    picks = np.random.default_rng(1).integers(len(by_seed), size=(draws, len(by_seed)))
    means: dict[str, dict[str, float]] = {}
    drawn_means: dict[str, dict[str, np.ndarray]] = {}
    for target, lists in by_target.items():
        stacked = {measure: np.stack(drawn) for measure, drawn in lists.items()}  # (S, 1 + B)
        means[target] = {m: float(values[:, 0].mean()) for m, values in stacked.items()}
        drawn_means[target] = {
            m: np.take_along_axis(values[:, 1:], picks.T, axis=0).mean(0)
            for m, values in stacked.items()
        }
    count = len(np.unique(first.people))
    return Summary(len(by_seed), len(first.people), count, means, drawn_means)


def difference(
    row: Summary, reference: Summary, measure: str, target: str = MEAN
) -> Difference | None:
    """The row minus the reference on the same draws; None where either is not defined."""
    gap = row.values[target].get(measure, np.nan) - reference.values[target].get(measure, np.nan)
    if np.isnan(gap):
        return None
    drawn = row.draws[target][measure] - reference.draws[target][measure]
    ends, p = interval(drawn), two_sided_p(drawn)
    if ends is None or p is None:
        return None
    return Difference(float(gap), ends[0], ends[1], p)


def mean_of_seeds(values: Sequence[float]) -> tuple[float, float | None, float | None]:
    """Mean and 95 % Student interval of numbers that are independent between seeds.

    For runs whose seed also changes the data. One seed has no interval.
    """
    numbers = np.array(values, float)
    mean = float(numbers.mean())
    if len(numbers) < 2:
        return mean, None, None
    half = float(stats.t.ppf(0.975, len(numbers) - 1) * numbers.std(ddof=1) / np.sqrt(len(numbers)))
    return mean, mean - half, mean + half
