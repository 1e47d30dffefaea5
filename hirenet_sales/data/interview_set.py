"""InterviewSet: the one form of every data set, interviews as arrays and texts.

A row of a stream is one really observed step: a word, a face crop, a frame of the voice. A stream
that an answer lacks has no row. A label that is unknown is NaN. Neither is ever a zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from hirenet_sales.data.completeness import Completeness
from hirenet_sales.data.problems import raise_problems
from hirenet_sales.data.values import functional_problems, located_rows, row_problems
from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import TRAITS

Level = Literal["answer", "interview"]
LabelKind = Literal["apparent", "self-report", "generated"]


@dataclass(frozen=True)
class Target:
    """Something that is estimated.

    Attributes
    ----------
    name : such as "openness" or "hirable"
    kind : regression on [low, high]; binary, 0 or 1; ordinal, whole numbers from low to high
    low, high : ends of the scale. A standardised score has the ends that its data card gives.
    label_kind : apparent, judged by others; self-report; or generated. A trait of one kind is
        another target than the trait of the same name of another
    """

    name: str
    kind: Literal["regression", "binary", "ordinal"] = "regression"
    low: float = 0.0
    high: float = 1.0
    label_kind: LabelKind = "apparent"


def label_kind_of(targets: Sequence[Target]) -> LabelKind:
    """Whose view of a person the five traits among the targets are; all of them are of one kind.

    Raises
    ------
    DatasetError
        if they are of several, which no number may mix, or there is none.
    """
    kinds = {target.label_kind: target.name for target in targets if target.name in TRAITS}
    if len(kinds) != 1:
        mixed = ", ".join(f"{name} is {kind}" for kind, name in kinds.items())
        raise DatasetError(
            f"targets {', '.join(target.name for target in targets)}: {mixed or 'no trait'}; "
            "traits of one kind are needed, apparent or self-report"
        )
    return next(iter(kinds))


TRAIT_TARGETS = tuple(Target(trait) for trait in TRAITS)


@dataclass(frozen=True, eq=False)
class InterviewSet:
    """Interviews of one data set, or a part of them.

    Attributes
    ----------
    dataset : name of the data card
    ids : N ids, one an interview
    people : (N,) the person or source video of each: the unit of splits and bootstraps
    positions : (N,) job titles, "" = unknown
    question_ids : one id an answer; the same question has the same id in every interview, and ""
        means that it is unknown
    questions : the texts, "" = unknown
    streams : stream name ("text", "audio", "visual") to interview to answer: float32 (T, D); of
        `frame_interviews`, "frames" (aligned faces) and "scenes" (whole pictures), uint8
        (T, S, S, 3), and "waveform", float32 (S, 1)
    columns : stream name to D names
    targets : K targets
    labels : float (N, K), NaN = unknown
    answer_labels : one (Q, K) an interview where single answers are labelled, else None
    level : what a results table counts: "answer" where answers are labelled, else "interview"
    words : interview to answer to the T words behind the rows of stream "text"; () = none
    functionals : stream name to interview to (Q, F): one vector an answer, such as the 88
        functionals of eGeMAPS, NaN rows where an answer has none; for non-sequential baselines
    planted : the truth of a generated set, else None
    official : interview to answer to its part of the official split, "" = none; () where the data
        has no official split
    completeness : what was read of the whole data set, also of a set that is a part of it

    Raises
    ------
    DatasetError
        if a row has another width than its stream, or a number is not finite that is not NaN to say
        that it is unknown.
    """

    dataset: str
    ids: tuple[str, ...]
    people: np.ndarray
    positions: np.ndarray
    question_ids: tuple[tuple[str, ...], ...]
    questions: tuple[tuple[str, ...], ...]
    streams: dict[str, list[list[np.ndarray]]]
    columns: dict[str, tuple[str, ...]]
    targets: tuple[Target, ...]
    labels: np.ndarray
    answer_labels: list[np.ndarray] | None = None
    level: Level = "interview"
    words: list[list[tuple[str, ...]]] = field(default_factory=list)
    functionals: dict[str, list[np.ndarray]] = field(default_factory=dict)
    planted: PlantedTruth | None = None
    official: tuple[tuple[str, ...], ...] = ()
    completeness: Completeness = field(default_factory=Completeness)

    def __post_init__(self) -> None:
        raise_problems(
            self.dataset,
            [
                *row_problems(self.ids, self.streams, self.columns),
                *functional_problems(self.ids, self.functionals),
                *self._label_problems(),
            ],
        )

    def _label_problems(self) -> Iterator[str]:
        by_answer = self.answer_labels or [np.zeros((0, len(self.targets)))] * len(self)
        for name, labels, answers in zip(self.ids, self.labels, by_answer, strict=True):
            for number, row in enumerate([labels, *answers]):
                where = f", answer {number}" if number else ""
                for target, value in zip(self.targets, row, strict=True):
                    if np.isinf(value):
                        yield (
                            f"interview '{name}'{where}: {target.name} is {value}, expected a "
                            f"number from {target.low:g} to {target.high:g}, or NaN where it is "
                            "unknown"
                        )

    def require_width(self, stream: str, width: int) -> None:
        """Refuse a stream whose rows are not as wide as those that a model was trained on.

        Raises
        ------
        DatasetError
            if the stream is missing, or an answer's rows have another number of columns.
        """
        if stream not in self.streams:
            raise DatasetError(
                f"{self.dataset}: no stream {stream}; there are {', '.join(self.streams) or 'none'}"
            )
        for where, rows in located_rows(self.ids, stream, self.streams[stream]):
            if len(rows) and rows.shape[-1] != width:
                raise DatasetError(
                    f"{self.dataset}: {where} has {rows.shape[-1]} columns, the model was trained "
                    f"on {width}; extract it as for the training"
                )

    @property
    def problems(self) -> tuple[str, ...]:
        """What was missing or could not be read, whole sentences."""
        return tuple(str(shortfall) for shortfall in self.completeness.shortfalls)

    def answers_with(self, streams: Sequence[str]) -> int:
        """How many answers have anything of these streams."""
        return sum(
            any(len(self.streams[name][i][q]) for name in streams if name in self.streams)
            for i, asked in enumerate(self.questions)
            for q in range(len(asked))
        )

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Sequence[int] | np.ndarray) -> InterviewSet:
        """The interviews at `rows` (whole numbers), in that order."""
        rows = [int(i) for i in rows]

        def of(items: Sequence[Any]) -> list[Any]:
            return [items[i] for i in rows]

        return replace(
            self,
            ids=tuple(of(self.ids)),
            people=self.people[rows],
            positions=self.positions[rows],
            question_ids=tuple(of(self.question_ids)),
            questions=tuple(of(self.questions)),
            streams={name: of(values) for name, values in self.streams.items()},
            labels=self.labels[rows],
            answer_labels=None if self.answer_labels is None else of(self.answer_labels),
            words=of(self.words) if self.words else [],
            functionals={name: of(values) for name, values in self.functionals.items()},
            planted=None if self.planted is None else self.planted.take(rows),
            official=tuple(of(self.official)) if self.official else (),
        )

    def take_answers(self, answers: Sequence[Sequence[int]]) -> InterviewSet:
        """The same interviews with only these answers, one list of indices each.

        Where answers are labelled, an interview's label becomes the mean of those that remain.
        """
        if self.planted is not None:
            raise ValueError("the truth of a generated set is about all of its answers")

        def of(items: Sequence[Sequence[Any]]) -> list[list[Any]]:
            return [[row[k] for k in ks] for row, ks in zip(items, answers, strict=True)]

        def rows_of(arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
            return [array[list(ks)] for array, ks in zip(arrays, answers, strict=True)]

        by_answer = None if self.answer_labels is None else rows_of(self.answer_labels)
        return replace(
            self,
            question_ids=tuple(map(tuple, of(self.question_ids))),
            questions=tuple(map(tuple, of(self.questions))),
            streams={name: of(values) for name, values in self.streams.items()},
            labels=self.labels if by_answer is None else mean_labels(by_answer),
            answer_labels=by_answer,
            words=of(self.words) if self.words else [],
            functionals={name: rows_of(values) for name, values in self.functionals.items()},
            official=tuple(map(tuple, of(self.official))) if self.official else (),
        )


def mean_labels(answers: Sequence[np.ndarray]) -> np.ndarray:
    """Labels (N, K) of interviews from those of their answers, (Q, K) each; NaN is left out."""
    valid = [np.isfinite(labels) for labels in answers]
    sums = [np.where(k, labels, 0).sum(0) for k, labels in zip(valid, answers, strict=True)]
    counts = np.array([k.sum(0) for k in valid])
    return np.where(counts > 0, np.array(sums) / np.maximum(counts, 1), np.nan)


@dataclass(frozen=True, eq=False)
class PlantedTruth:
    """Where the signal of generated interviews stands.

    Attributes
    ----------
    question : (N,) index of the answer that decides the target
    moments : interview to (Q,) the step of every answer that its question makes count
    decoys : interview to (Q,) the equally strong step that its question does not make count
    worth : (N,) of the moment that decides, -1 to 1: above zero, it raises the target
    """

    question: np.ndarray
    moments: list[np.ndarray]
    decoys: list[np.ndarray]
    worth: np.ndarray

    def take(self, rows: Sequence[int]) -> PlantedTruth:
        """The truth of the interviews at `rows`."""
        return PlantedTruth(
            self.question[list(rows)],
            [self.moments[i] for i in rows],
            [self.decoys[i] for i in rows],
            self.worth[list(rows)],
        )
