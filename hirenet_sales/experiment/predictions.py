"""The test predictions of a cell, as a table that other programs read too."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.evaluation.prediction import (
    Prediction,
    estimates_of,
    labelled,
    training_means,
)


@dataclass(frozen=True, eq=False)
class Scored:
    """Labels and estimates of the rows of a test part.

    Attributes
    ----------
    targets : K of them
    people : (R,), the cluster of each row
    labels, estimates : (R, K) on the targets' scales, labels NaN where unknown
    training_mean : (K,)
    """

    targets: tuple[Target, ...]
    people: np.ndarray
    labels: np.ndarray
    estimates: np.ndarray
    training_mean: np.ndarray


def score(prediction: Prediction, train: InterviewSet, test: InterviewSet) -> Scored:
    """What a prediction says of every labelled row, at the level that the data set counts."""
    rows = labelled(test, test.level)
    mean = training_means(train, test.level)
    estimates, _ = estimates_of(prediction, test, test.level, mean)
    return Scored(test.targets, rows.people, rows.labels, estimates, mean)


def write_scored(path: Path, scored: Scored, test: InterviewSet) -> dict[str, Any]:
    """Write a CSV with one row a labelled row, every digit kept.

    Columns: interview, person, answer (from 1; 0 = the interview), and label and estimate of every
    target.

    Returns
    -------
    What `read_scored` needs besides, as JSON.
    """
    owner = labelled(test, test.level).owner
    names = [target.name for target in scored.targets]
    heads = [f"{name}_{what}" for name in names for what in ("label", "estimate")]
    answer, last = 0, -1
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["interview", "person", "answer", *heads])
        for row, who in enumerate(owner):
            answer = answer + 1 if who == last else 1
            last = who
            pairs = np.stack([scored.labels[row], scored.estimates[row]], axis=1).ravel()
            number = answer if test.level == "answer" else 0
            writer.writerow(
                [test.ids[who], scored.people[row], number, *map(repr, map(float, pairs))]
            )
    return {
        "targets": [asdict(target) for target in scored.targets],
        "training_mean": scored.training_mean.tolist(),
    }


def read_scored(path: Path, about: dict[str, Any]) -> Scored:
    """Read what `write_scored` wrote.

    Parameters
    ----------
    about : what it returned
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    numbers = np.array([[float(value) for value in row[3:]] for row in rows])
    return Scored(
        tuple(Target(**target) for target in about["targets"]),
        np.array([row[1] for row in rows]),
        numbers[:, 0::2],
        numbers[:, 1::2],
        np.array(about["training_mean"], float),
    )
