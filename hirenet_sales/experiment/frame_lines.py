"""What every table of frame networks shows of a test part: measures and trivial baselines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hirenet_sales.datasets.interview_set import InterviewSet
from hirenet_sales.evaluation.baselines import LOOK_UP, MEAN, trivial_baselines
from hirenet_sales.evaluation.bootstrap import DRAWS, cluster_counts, interval
from hirenet_sales.evaluation.metrics import LABELS
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.experiment.kind import Result
from hirenet_sales.experiment.predictions import Scored, read_scored, score, write_scored
from hirenet_sales.experiment.summary import summarise
from hirenet_sales.experiment.table import Column

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
NOTE = (
    "In brackets: 95 % interval of the mean over seeds, by bootstrap over persons (or source "
    "videos) and seeds. Means over the targets. Mean accuracy, equation (1) of the paper, is "
    "1 − MAE; the mean predictor knows the training labels alone, the person look-up whose answer "
    "it is."
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


def squared_error(by_seed: Sequence[Scored]) -> Line:
    """Mean squared error, mean over targets and seeds, with the interval of `summarise`.

    On the scale from 0 to 1, so that targets of different scales average.
    """
    people, cluster = np.unique(by_seed[0].people, return_inverse=True)
    counts = np.vstack([np.ones((1, len(people)), int), cluster_counts(len(people), DRAWS)])
    drawn = []
    for scored in by_seed:
        width = np.array([target.high - target.low for target in scored.targets])
        errors = ((scored.estimates - scored.labels) / width) ** 2  # (R, K)
        known = np.isfinite(errors)
        sums, numbers = (np.zeros((len(people), errors.shape[1])) for _ in range(2))
        np.add.at(sums, cluster, np.where(known, errors, 0))
        np.add.at(numbers, cluster, known)
        drawn.append(((counts @ sums) / np.maximum(counts @ numbers, 1)).mean(1))  # (1 + B,)
    picks = np.random.default_rng(1).integers(len(by_seed), size=(DRAWS, len(by_seed)))
    values = np.stack(drawn)  # (S, 1 + B)
    found = {"mse": float(values[:, 0].mean())}
    ends = interval(np.take_along_axis(values[:, 1:], picks.T, axis=0).mean(0))
    if ends is not None and len(people) > 1:
        found |= {"mse_low": ends[0], "mse_high": ends[1]}
    return found
