"""One vector an answer by statistics over its steps, as Hemamou et al. 2019, section Baselines.

Continuous descriptors: mean, standard deviation, minimum, maximum, sum of positive gradients and
sum of negative gradients. Binary descriptors (presence of action units, OpenFace's columns
AU.._c): mean, number of active segments, mean and standard deviation of their duration, in steps.

Addition: a CNN embedding, which the paper does not have, is first reduced to its principal
components, or its statistics would be thousands of columns.
"""

from __future__ import annotations

import re

import numpy as np

from hirenet_sales.data.completeness import summarised
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.stream_inputs import EMBEDDING_PREFIX, INPUT_PARTS, StreamInput
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.vector_model import AnswerVectors

BINARY_COLUMN = re.compile(r"AU\d+_c$")
COMPONENTS = 32  # of a CNN embedding
MOST_FUNCTIONALS = 10_000  # that a checkpoint may ask for; the largest set of openSMILE has 6,373


def continuous_statistics(rows: np.ndarray) -> np.ndarray:
    """(6 D,) of rows (T, D): all means, all deviations, minima, maxima, rises, falls."""
    change = np.diff(rows, axis=0)
    return np.concatenate(
        [
            rows.mean(0),
            rows.std(0),
            rows.min(0),
            rows.max(0),
            np.maximum(change, 0).sum(0),
            np.minimum(change, 0).sum(0),
        ]
    )


def binary_statistics(rows: np.ndarray) -> np.ndarray:
    """(4 D,) of rows (T, D) of 0 and 1: means, then counts, mean and sd of durations of segments.

    A segment is a run of 1; a column without one has durations of 0.
    """
    result = np.zeros((4, rows.shape[1]))
    result[0] = rows.mean(0)
    still = np.zeros((1, rows.shape[1]))
    change = np.diff(np.concatenate([still, rows > 0.5, still]), axis=0)
    for column in range(rows.shape[1]):
        begin = np.flatnonzero(change[:, column] > 0)
        duration = np.flatnonzero(change[:, column] < 0) - begin
        if len(duration):
            result[1:, column] = len(duration), duration.mean(), duration.std()
    return result.ravel()


class StatisticsVectors(AnswerVectors):
    """Statistics of one stream's steps."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self._columns: tuple[str, ...] = ()
        self._embedding: StreamInput | None = None

    def fit(self, train: InterviewSet, seed: int) -> None:
        """Learn the principal components of an embedding, if the stream has one."""
        rows = all_rows(train, self.stream)
        self._sort(train.columns[self.stream])
        if self._embedded.any():
            names = [c for c in self._columns if c.startswith(EMBEDDING_PREFIX)]
            self._embedding = StreamInput.fit(rows[:, self._embedded], names, COMPONENTS)

    def of(self, interviews: InterviewSet) -> list[np.ndarray]:
        # In use, no columns are those of a stream that an interview lacks.
        if self.stream in interviews.columns:
            interviews.require_width(self.stream, len(self._columns))
        if interviews.columns.get(self.stream, self._columns) != self._columns:
            raise DatasetError(
                f"{interviews.dataset}: stream {self.stream} has other columns than in training"
            )
        width = self.width
        nothing = np.full(width, np.nan)
        return [
            np.array([self._describe(r) if len(r) else nothing for r in answers]).reshape(-1, width)
            for answers in interviews.streams[self.stream]
        ]

    def parameters(self) -> int:
        return 0 if self._embedding is None else self._embedding.rotation.size

    @property
    def width(self) -> int:
        return len(self._describe(np.zeros((1, len(self._columns)), np.float32)))

    def state(self) -> ModelState:
        parts = {} if self._embedding is None else vars(self._embedding)
        return ModelState({"columns": list(self._columns)}, dict(parts))

    def restore(self, state: ModelState) -> None:
        columns = tuple(state.metadata["columns"])
        if not columns or not all(isinstance(column, str) for column in columns):
            raise ValueError(f"columns {columns!s:.80}, expected names")
        self._sort(columns)
        self._embedding = None
        if (count := int(self._embedded.sum())) > 0:
            self._embedding = StreamInput(**{name: state.arrays[name] for name in INPUT_PARTS})
            if self._embedding.mean.size != count:
                raise ValueError(
                    f"inputs of {self._embedding.mean.size} columns, expected {count}, those of "
                    "the embedding"
                )

    def _sort(self, columns: tuple[str, ...]) -> None:
        self._columns = columns
        self._embedded = np.array([c.startswith(EMBEDDING_PREFIX) for c in columns], bool)
        self._binary = np.array([bool(BINARY_COLUMN.match(c)) for c in columns], bool)

    def _describe(self, rows: np.ndarray) -> np.ndarray:
        parts = [rows[:, ~self._embedded & ~self._binary]]
        if self._embedding is not None:
            parts.append(self._embedding.apply(rows[:, self._embedded]))
        continuous = continuous_statistics(np.concatenate(parts, axis=1).astype(float))
        return np.concatenate([continuous, binary_statistics(rows[:, self._binary])])


class FunctionalVectors(AnswerVectors):
    """Functionals of one stream that the data set brings along, such as the 88 of eGeMAPS."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self._width = 0

    @property
    def width(self) -> int:
        return self._width

    def fit(self, train: InterviewSet, seed: int) -> None:
        """Nothing is learnt but how many there are."""
        self._width = _width(train, self.stream)

    def of(self, interviews: InterviewSet) -> list[np.ndarray]:
        rows_of = interviews.functionals.get(self.stream)
        if rows_of is None:
            return [np.full((len(asked), self.width), np.nan) for asked in interviews.questions]
        if len(interviews) and _width(interviews, self.stream) != self.width:
            raise DatasetError(
                f"{interviews.dataset}: {_width(interviews, self.stream)} functionals of stream "
                f"{self.stream}, the model was trained on {self.width}; extract them as for the "
                "training"
            )
        return [
            np.where(np.isnan(rows).any(1, keepdims=True), np.nan, rows).astype(float)
            for rows in rows_of
        ]

    def state(self) -> ModelState:
        return ModelState({"width": self.width}, {})

    def restore(self, state: ModelState) -> None:
        self._width = state.metadata["width"]
        if not isinstance(self._width, int) or not 0 < self._width <= MOST_FUNCTIONALS:
            raise ValueError(f"{self._width!r:.80} functionals, expected 1 to {MOST_FUNCTIONALS}")


def _width(interviews: InterviewSet, stream: str) -> int:
    return next((rows.shape[1] for rows in interviews.functionals.get(stream, [])), 0)


def all_rows(interviews: InterviewSet, stream: str) -> np.ndarray:
    """The steps (R, D) of all answers.

    Raises
    ------
    DatasetError
        if no answer has the stream.
    """
    rows = [r for answers in interviews.streams.get(stream, []) for r in answers if len(r)]
    if not rows:
        raise DatasetError(
            f"{interviews.dataset}: no interview to learn from has stream {stream}"
            + "".join(f"\n{sentence}" for sentence in summarised(interviews.completeness.losses))
        )
    return np.concatenate(rows)
