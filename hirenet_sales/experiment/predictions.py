"""The test predictions of a cell, as a table that other programs read too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.evaluation.prediction import Prediction, estimates_of, labelled, training_means


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
    """Labels and estimates of every labelled row, at the level of the data set."""
    rows = labelled(test, test.level)
    mean = training_means(train, test.level)
    estimates, _ = estimates_of(prediction, test, test.level, mean)
    return Scored(test.targets, rows.people, rows.labels, estimates, mean)


def write_scored(path: Path, scored: Scored, test: InterviewSet) -> dict[str, Any]:
    """Write a CSV with one row a labelled row, at full precision.

    Columns: interview, person, answer (from 1; 0 = the interview), and label and estimate of every
    target.

    Returns
    -------
    What `read_scored` needs besides, as JSON.
    """
    owner = labelled(test, test.level).owner
    table = pd.DataFrame({"interview": np.array(test.ids)[owner], "person": scored.people})
    by_answer = test.level == "answer"
    table["answer"] = table.groupby(owner).cumcount() + 1 if by_answer else 0
    for k, target in enumerate(scored.targets):
        table[f"{target.name}_label"] = scored.labels[:, k]
        table[f"{target.name}_estimate"] = scored.estimates[:, k]
    table.to_csv(path, index=False, na_rep="nan")
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
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    numbers = table.iloc[:, 3:].to_numpy(float)
    return Scored(
        tuple(Target(**target) for target in about["targets"]),
        table["person"].to_numpy(str),
        numbers[:, 0::2],
        numbers[:, 1::2],
        np.array(about["training_mean"], float),
    )


def write_prediction(
    path: Path, prediction: Prediction, train: InterviewSet, test: InterviewSet
) -> dict[str, Any]:
    """Score and write a prediction; returns the file's name and what reads it, as JSON."""
    return {"file": path.name, "scored": write_scored(path, score(prediction, train, test), test)}


def read_predictions(parts: Iterable[tuple[Path, dict[str, Any]]]) -> list[Scored]:
    """Read what `write_prediction` returned, each with the folder that its file is relative to."""
    return [read_scored(folder / part["file"], part["scored"]) for folder, part in parts]
