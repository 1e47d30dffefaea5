"""A model's predictions of interviews, aligned with their labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.errors import DatasetError


@dataclass(frozen=True, eq=False)
class Prediction:
    """Estimates of interviews on the scale of their targets.

    Attributes
    ----------
    interviews : float (N, K); for a binary target the probability of 1
    answers : one (Q, K) an interview, NaN where an answer lacks every stream that the model reads;
        None where the model gives none
    redraw : for a random predictor: its prediction for a seed; tables average over many draws
    """

    interviews: np.ndarray
    answers: list[np.ndarray] | None = None
    redraw: Callable[[int], Prediction] | None = None

    @classmethod
    def of_answers(cls, answers: list[np.ndarray], blind: np.ndarray) -> Prediction:
        """Interviews as the mean of their answers, (Q, K) each; those without any get `blind`."""
        means = [np.nanmean(rows, axis=0) if np.isfinite(rows).any() else blind for rows in answers]
        return cls(np.array(means).reshape(-1, len(blind)), answers)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Labelled rows of a data set: interviews, or their answers.

    Attributes
    ----------
    labels : (R, K), NaN = unknown
    owner : (R,), index of the interview of each row
    people : (R,), the person of each row: the cluster of a bootstrap
    """

    labels: np.ndarray
    owner: np.ndarray
    people: np.ndarray


def labelled(interviews: InterviewSet, level: Level) -> Labelled:
    """The labelled rows of a data set.

    Raises
    ------
    DatasetError
        if answers are requested and have no labels of their own.
    """
    if level == "interview":
        return Labelled(interviews.labels, np.arange(len(interviews)), interviews.people)
    if interviews.answer_labels is None:
        raise DatasetError(f"{interviews.dataset}: single answers have no labels; count interviews")
    counts = [len(labels) for labels in interviews.answer_labels]
    owner = np.repeat(np.arange(len(interviews)), counts)
    labels = np.concatenate([*interviews.answer_labels, np.zeros((0, len(interviews.targets)))])
    return Labelled(labels, owner, interviews.people[owner])


def training_means(train: InterviewSet, level: Level) -> np.ndarray:
    """Mean training label (K,) of interviews or answers; NaN where a target has no label."""
    labels = labelled(train, level).labels
    count = (~np.isnan(labels)).sum(0)
    return np.where(count > 0, np.nansum(labels, axis=0) / np.maximum(count, 1), np.nan)


def estimates_of(
    prediction: Prediction, interviews: InterviewSet, level: Level, blind: np.ndarray
) -> tuple[np.ndarray, int]:
    """Estimates (R, K) for the rows of `labelled`, and the number of rows without an estimate.

    An answer without an estimate gets `blind`, the training mean (K,), so that all models are
    evaluated on the same rows. A model without estimates of answers gives each answer that of its
    interview.

    Raises
    ------
    ValueError
        if the prediction is not of these interviews.
    """
    n, k = len(interviews), len(interviews.targets)
    if prediction.interviews.shape != (n, k):
        shape = prediction.interviews.shape
        raise ValueError(f"estimates of shape {shape}, expected {n} interviews x {k} targets")
    if level == "interview":
        values = prediction.interviews
    elif prediction.answers is None:
        values = prediction.interviews[labelled(interviews, level).owner]
    else:
        counts = [len(rows) for rows in interviews.answer_labels or ()]
        if [len(rows) for rows in prediction.answers] != counts:
            raise ValueError("the prediction's numbers of answers are not those of the interviews")
        values = np.concatenate([*prediction.answers, np.zeros((0, k))])
    open_rows = np.isnan(values).any(1)
    return np.where(np.isnan(values), blind, values), int(open_rows.sum())
