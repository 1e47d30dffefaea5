"""What a table of a second phase shows of a test part: measures and trivial baselines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.evaluation.baselines import LOOK_UP, MEAN, trivial_baselines
from hirenet_sales.evaluation.bootstrap import DRAWS, cluster_counts, interval
from hirenet_sales.evaluation.metrics import LABELS
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.experiment.kind import Result
from hirenet_sales.experiment.predictions import Scored, read_scored, score, write_scored
from hirenet_sales.experiment.results_table import Column
from hirenet_sales.experiment.seed_summary import summarise

COLUMNS = (
    Column("seeds", "seeds"),
    Column("trained_on", "trained on"),
    Column("n", "n"),
    Column("mse", "MSE", 4),
    Column("one_minus_mae", LABELS["one_minus_mae"], 4),
    Column("skill", LABELS["skill"]),
    Column("r", LABELS["r"]),
    Column("ccc", LABELS["ccc"]),
    Column("sd_ratio", LABELS["sd_ratio"]),
)
BASELINES = (MEAN, LOOK_UP)
Line = dict[str, Any]


def scored_line(
    name: str, prediction: Prediction, train: InterviewSet, test: InterviewSet, folder: Path
) -> dict[str, Any]:
    """One line of a cell's result: writes <name>.csv and gives what reads it, as JSON."""
    file = f"{name}.csv"
    told = write_scored(folder / file, score(prediction, train, test), test)
    return {"file": file, "scored": told}


def baseline_lines(
    train: InterviewSet, test: InterviewSet, folder: Path, prefix: str = ""
) -> dict[str, dict[str, Any]]:
    """The mean predictor and, where somebody of the test is in training, the person look-up."""
    found = trivial_baselines(train, test)
    return {
        name: scored_line(f"{prefix}{name.replace(' ', '-')}", found[name], train, test, folder)
        for name in BASELINES
        if name in found
    }


def line_of(parts: Sequence[tuple[Result, dict[str, Any]]]) -> Line:
    """Measures over the seeds of one line, with intervals; those of single targets, too."""
    scored = [read_scored(result.folder / part["file"], part["scored"]) for result, part in parts]
    summary = summarise(scored)
    line: Line = {"n": summary.rows, "people": summary.people, **summary.flat()}
    for target in summary.values:
        if target != "mean":
            line |= {f"{name}_{target}": value for name, value in summary.flat(target).items()}
    return {**line, **squared_error(scored)}


def line_of_runs(parts: Sequence[tuple[Result, dict[str, Any]]]) -> Line:
    """The same over seeds that were each tested on other people.

    Intervals: seeds are drawn with replacement, and in each its people.
    """
    scored = [read_scored(result.folder / part["file"], part["scored"]) for result, part in parts]
    if len(scored) == 1:
        return line_of(parts)
    means = [summarise([one]) for one in scored]
    line: Line = {"n": means[0].rows, "people": means[0].people}
    for measure in means[0].values["mean"]:
        values = [one.values["mean"].get(measure, np.nan) for one in means]
        if not np.isnan(values).any():
            draws = np.stack([one.draws["mean"][measure] for one in means])
            line |= _with_interval(measure, float(np.mean(values)), draws)
    errors = np.stack([_squared_errors(one) for one in scored])
    return line | _with_interval("mse", float(errors[:, 0].mean()), errors[:, 1:])


def squared_error(by_seed: Sequence[Scored], averaged: Sequence[str] | None = None) -> Line:
    """Mean squared error, mean over targets and seeds, with the interval of `summarise`.

    On the scale from 0 to 1, so that targets of different scales average.
    """
    values = np.stack([_squared_errors(scored, averaged) for scored in by_seed])  # (S, 1 + B)
    mean = float(values[:, 0].mean())
    several = len(np.unique(by_seed[0].people)) > 1
    return _with_interval("mse", mean, values[:, 1:]) if several else {"mse": mean}


def _squared_errors(scored: Scored, averaged: Sequence[str] | None = None) -> np.ndarray:
    """(1 + B,): of everybody once, and of B draws of people."""
    people, cluster = np.unique(scored.people, return_inverse=True)
    counts = np.vstack([np.ones((1, len(people)), int), cluster_counts(len(people), DRAWS)])
    width = np.array([target.high - target.low for target in scored.targets])
    errors = ((scored.estimates - scored.labels) / width) ** 2  # (R, K)
    errors = errors[:, [averaged is None or t.name in averaged for t in scored.targets]]
    known = np.isfinite(errors)
    sums, numbers = (np.zeros((len(people), errors.shape[1])) for _ in range(2))
    np.add.at(sums, cluster, np.where(known, errors, 0))
    np.add.at(numbers, cluster, known)
    values: np.ndarray = ((counts @ sums) / np.maximum(counts @ numbers, 1)).mean(1)
    return values


def _with_interval(measure: str, mean: float, draws: np.ndarray) -> Line:
    """A measure, with the interval of its draws (S, B) when seeds are drawn, too."""
    seeds = np.random.default_rng(1).integers(len(draws), size=draws.T.shape)
    ends = interval(np.take_along_axis(draws, seeds.T, axis=0).mean(0))
    if ends is None:
        return {measure: mean}
    return {measure: mean, f"{measure}_low": ends[0], f"{measure}_high": ends[1]}
