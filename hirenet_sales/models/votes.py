"""Votes that watch nothing (Hemamou et al. 2019, section Baselines).

Random vote: a label drawn from the training labels, so that their balance is respected; measures
are means over 1,000 draws. Majority vote: the majority label of the same position in training, the
overall majority where a position is new. On a scale, where labels have no majority, it is the mean
training label of the position.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.evaluation.prediction import Labelled, Prediction, labelled
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Model
from hirenet_sales.training.options import Options


class RandomVote(Model):
    """Labels drawn from the training labels, target by target."""

    name = "random_vote"

    def __init__(self, streams: tuple[str, ...], options: Options) -> None:
        self.streams = streams

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Remember the labels; it takes no time, so an interrupted call just runs again."""
        self.seed = seed
        self.labels = {level: _by_target(labelled(train, level).labels) for level in _levels(train)}

    def predict(self, interviews: InterviewSet) -> Prediction:
        """The first draw; `again` gives the others."""
        return self._draw(interviews, 0)

    def parameters(self) -> int:
        return 0

    def _draw(self, interviews: InterviewSet, number: int) -> Prediction:
        rng = np.random.default_rng([self.seed, number])

        def drawn(level: Level, count: int) -> np.ndarray:
            return np.stack([rng.choice(values, count) for values in self.labels[level]], axis=1)

        answers = None
        if "answer" in self.labels and interviews.answer_labels is not None:
            counts = [len(rows) for rows in interviews.answer_labels]
            answers = np.split(drawn("answer", sum(counts)), np.cumsum(counts)[:-1])
        whole = drawn("interview", len(interviews))
        return Prediction(whole, answers, lambda again: self._draw(interviews, again))


class MajorityVote(Model):
    """The majority label of the position, or its mean label on a scale."""

    name = "majority_vote"

    def __init__(self, streams: tuple[str, ...], options: Options) -> None:
        self.streams = streams
        self.overall: dict[Level, np.ndarray] = {}
        self.by_position: dict[Level, dict[str, np.ndarray]] = {}

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Count; it takes no time, so an interrupted call just runs again."""
        self.binary = np.array([target.kind == "binary" for target in train.targets])
        self.overall, self.by_position = {}, {}
        for level in _levels(train):
            rows = labelled(train, level)
            self.overall[level] = _means(rows.labels)
            self.by_position[level] = _by_position(rows, train.positions)

    def predict(self, interviews: InterviewSet) -> Prediction:
        """The same for every interview of a position."""
        answers = None
        if "answer" in self.overall and interviews.answer_labels is not None:
            votes = self._votes(interviews, "answer")
            counts = [len(rows) for rows in interviews.answer_labels]
            answers = [np.tile(v, (n, 1)) for v, n in zip(votes, counts, strict=True)]
        return Prediction(self._votes(interviews, "interview"), answers)

    def parameters(self) -> int:
        """One label a target and position; 0 before `fit`."""
        return sum(len(means) for means in self.by_position.get("interview", {}).values())

    def _votes(self, interviews: InterviewSet, level: Level) -> np.ndarray:
        overall = self.overall[level]
        votes = [self.by_position[level].get(p, overall) for p in interviews.positions]
        means = np.array(votes).reshape(len(interviews), len(overall))
        means = np.where(np.isnan(means), overall, means)
        # A draw counts as 1, as a draw between recruiters does (Hemamou et al. 2019, Dataset).
        return np.where(self.binary, means >= 0.5, means).astype(float)


def _levels(interviews: InterviewSet) -> tuple[Level, ...]:
    return ("interview",) if interviews.answer_labels is None else ("interview", "answer")


def _by_target(labels: np.ndarray) -> list[np.ndarray]:
    """Known labels of each target; one NaN where a target has none."""
    columns = [column[~np.isnan(column)] for column in labels.T]
    return [column if len(column) else np.array([np.nan]) for column in columns]


def _means(labels: np.ndarray) -> np.ndarray:
    return np.array([column.mean() for column in _by_target(labels)])


def _by_position(rows: Labelled, positions: np.ndarray) -> dict[str, np.ndarray]:
    of = positions[rows.owner]
    return {str(p): _means(rows.labels[of == p]) for p in np.unique(of) if p}


ENTRIES = (
    Entry(
        "random_vote",
        "Hemamou et al. 2019, Baselines",
        "labels drawn from the training labels, 1,000 times",
        Options,
        RandomVote,
        fuses=True,
    ),
    Entry(
        "majority_vote",
        "Hemamou et al. 2019, Baselines",
        "the majority label of the same position, or its mean on a scale",
        Options,
        MajorityVote,
        fuses=True,
    ),
)
