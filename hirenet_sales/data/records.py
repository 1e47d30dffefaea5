"""Labelled answers of any data set before anything is extracted from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from extractors.words.transcript import Transcript
from hirenet_sales.data.card import DataCard
from hirenet_sales.data.completeness import Completeness, Shortfall, StreamCount
from hirenet_sales.data.interview_set import InterviewSet, Level, Target, mean_labels
from hirenet_sales.errors import DatasetError


@dataclass(frozen=True, eq=False)
class AnswerRecord:
    """One answer.

    Attributes
    ----------
    source : where it is named, such as "metadata.jsonl, line 12"
    interview, person : ids
    question_id, question, position : "" = unknown
    labels : (K,) in the polarity of the house, NaN = unknown
    media : the recording that the data name, whether it is in the folder or not, or None
    openface : a CSV that OpenFace wrote about the recording, which replaces face tracking
    transcript : a file, a transcript, or None = recognise the speech of the recording
    official : part of the official split, "" = none
    """

    source: str
    interview: str
    person: str
    question_id: str
    question: str
    position: str
    labels: np.ndarray
    media: Path | None = None
    transcript: Path | Transcript | None = None
    official: str = ""
    openface: Path | None = None

    def names(self, stream: str) -> bool:
        """Whether the answer names something that a stream can be read from."""
        given = {"text": self.transcript, "visual": self.openface}.get(stream)
        return self.media is not None or given is not None


@dataclass
class Reading:
    """What the files of a folder say.

    Attributes
    ----------
    card : of the data set, or the folder's own
    targets : K targets, the order of the labels
    records : ordered by interview, and within one as they were asked
    problems : what has to be put right before the data can be used
    shortfalls : what is missing or doubtful; the rest is used
    """

    card: DataCard
    targets: tuple[Target, ...]
    records: list[AnswerRecord] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    shortfalls: list[Shortfall] = field(default_factory=list)

    def remark(self, source: str, reason: str) -> None:
        """Add a shortfall that loses nothing."""
        self.shortfalls.append(Shortfall(source, reason))

    def groups(self) -> dict[str, list[int]]:
        """Rows of `records` of each interview, in order."""
        rows: dict[str, list[int]] = {}
        for row, record in enumerate(self.records):
            rows.setdefault(record.interview, []).append(row)
        return rows


@dataclass(frozen=True, eq=False)
class Features:
    """What was extracted, one entry a record.

    Attributes
    ----------
    streams : stream name to (T, D) arrays
    columns : stream name to D names
    words : the words behind the rows of stream "text"
    functionals : stream name to (F,) vectors
    named : stream name to whether each record names a source of it; of a stream that is left out,
        see `AnswerRecord.names`
    shortfalls : what single answers lack
    """

    streams: dict[str, list[np.ndarray]] = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    words: list[tuple[str, ...]] = field(default_factory=list)
    functionals: dict[str, list[np.ndarray]] = field(default_factory=dict)
    named: dict[str, list[bool]] = field(default_factory=dict)
    shortfalls: tuple[Shortfall, ...] = ()


def assemble(reading: Reading, features: Features, level: Level | None = None) -> InterviewSet:
    """Interviews of records and what was extracted from them.

    Parameters
    ----------
    level : what is labelled; None = the card's own level

    Raises
    ------
    DatasetError
        if labels of an interview's answers differ although interviews are labelled, or no record
        exists.
    """
    records, groups = reading.records, reading.groups()
    if not records:
        raise DatasetError(f"data set {reading.card.name}: no answer was read")
    level = level or reading.card.level
    by_answer = [np.stack([records[row].labels for row in rows]) for rows in groups.values()]
    if level == "interview":
        _check_agreement(reading, groups, by_answer)

    def of(values: Sequence[Any]) -> list[list[Any]]:
        return [[values[row] for row in rows] for rows in groups.values()]

    def texts(name: str) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(getattr(records[row], name) for row in rows) for rows in groups.values())

    official = texts("official")
    firsts = [records[rows[0]] for rows in groups.values()]
    return InterviewSet(
        dataset=reading.card.name,
        ids=tuple(groups),
        people=np.array([record.person for record in firsts]),
        positions=np.array([record.position for record in firsts]),
        question_ids=texts("question_id"),
        questions=texts("question"),
        streams={name: of(values) for name, values in features.streams.items()},
        columns=features.columns,
        targets=reading.targets,
        labels=mean_labels(by_answer),
        answer_labels=by_answer if level == "answer" else None,
        level=level,
        words=of(features.words) if features.words else [],
        functionals={
            name: [np.stack(rows) for rows in of(values)]
            for name, values in features.functionals.items()
        },
        official=official if any(part for row in official for part in row) else (),
        completeness=completeness_of(reading, features),
    )


def completeness_of(reading: Reading, features: Features) -> Completeness:
    """What was read of the records.

    An answer that names a stream, has nothing of it and was not reported yet gets a remark, so
    that none is missing without one.
    """
    records = reading.records
    shortfalls = dict.fromkeys((*reading.shortfalls, *features.shortfalls))
    reported = {shortfall.source for shortfall in shortfalls}
    counts: dict[str, StreamCount] = {}
    empty: dict[str, list[str]] = {}
    for name, values in features.streams.items():
        named = features.named.get(name) or [record.names(name) for record in records]
        counts[name] = StreamCount(sum(named), sum(len(rows) > 0 for rows in values))
        for record, own, rows in zip(records, named, values, strict=True):
            if own and not len(rows) and record.source not in reported:
                empty.setdefault(record.source, []).append(name)
    silent = [
        Shortfall(source, f"nothing in it can be read as {' or '.join(dict.fromkeys(names))}")
        for source, names in empty.items()
    ]
    return Completeness(len(records), counts, (*shortfalls, *silent))


def _check_agreement(
    reading: Reading, groups: dict[str, list[int]], by_answer: Sequence[np.ndarray]
) -> None:
    for (interview, rows), labels in zip(groups.items(), by_answer, strict=True):
        for k, target in enumerate(reading.targets):
            valid = [(row, y) for row, y in zip(rows, labels[:, k], strict=True) if np.isfinite(y)]
            other = [row for row, y in valid if y != valid[0][1]]
            if other:
                source = reading.records[other[0]].source
                raise DatasetError(
                    f"{source}: interview '{interview}' has several values of {target.name}; give "
                    "one an interview, or read the set with level 'answer'"
                )
