"""What every number of an interview set has to be before a model reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from hirenet_sales.data.problems import told_at_once
from hirenet_sales.errors import DatasetError

SHOWN = 3  # columns of one answer


class Scale(Protocol):
    """A target: its name and the ends of its scale."""

    @property
    def name(self) -> str: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Numbers(Protocol):
    """The parts of an `InterviewSet` that are checked, which checks itself by them."""

    @property
    def dataset(self) -> str: ...
    @property
    def ids(self) -> tuple[str, ...]: ...
    @property
    def streams(self) -> dict[str, list[list[np.ndarray]]]: ...
    @property
    def columns(self) -> dict[str, tuple[str, ...]]: ...
    @property
    def functionals(self) -> dict[str, list[np.ndarray]]: ...
    @property
    def targets(self) -> Sequence[Scale]: ...
    @property
    def labels(self) -> np.ndarray: ...
    @property
    def answer_labels(self) -> list[np.ndarray] | None: ...


def check_values(interviews: Numbers) -> None:
    """Refuse numbers that would spoil a fit, all at once.

    Rows have as many values as their stream has columns, and each is finite. A vector of
    functionals is finite or NaN as a whole, a label is finite or NaN. Arrays that are memory-mapped
    are not read for it: what writes them into the cache has seen every value.

    Raises
    ------
    DatasetError
        naming interview, answer, stream and column.
    """
    problems = [*_rows(interviews), *_functionals(interviews), *_labels(interviews)]
    if problems:
        raise DatasetError(told_at_once(interviews.dataset, problems))


def require_width(interviews: Numbers, stream: str, width: int) -> None:
    """Refuse a stream whose rows are not as wide as those that a model was trained on.

    Raises
    ------
    DatasetError
        if there is no such stream, or an answer's rows have another number of columns.
    """
    if stream not in interviews.streams:
        raise DatasetError(
            f"{interviews.dataset}: no stream {stream}; there are "
            f"{', '.join(interviews.streams) or 'none'}"
        )
    for where, rows in _answers(interviews, stream):
        if len(rows) and rows.shape[-1] != width:
            raise DatasetError(
                f"{interviews.dataset}: {where} has {rows.shape[-1]} columns, the model was "
                f"trained on {width}; extract it as for the training"
            )


def _answers(interviews: Numbers, stream: str) -> Iterator[tuple[str, np.ndarray]]:
    """Where the rows of every answer stand, in words, and the rows."""
    for name, answers in zip(interviews.ids, interviews.streams[stream], strict=True):
        for number, rows in enumerate(answers, 1):
            yield f"interview '{name}', answer {number}, stream {stream}", rows


def _rows(interviews: Numbers) -> Iterator[str]:
    for stream in interviews.streams:
        columns = interviews.columns.get(stream)
        for where, rows in _answers(interviews, stream):
            if not len(rows):
                continue
            if columns is not None and rows.shape[-1] != len(columns):
                yield (
                    f"{where}: {rows.shape[-1]} values a row, but the stream has {len(columns)} "
                    "columns; extract it again"
                )
            elif rows.dtype.kind == "f" and not isinstance(rows, np.memmap):
                finite = np.isfinite(rows)
                if not finite.all():
                    told = _told(rows, finite, columns)
                    yield f"{where}: {told}; extract it again, or leave it out"


def _told(rows: np.ndarray, finite: np.ndarray, columns: tuple[str, ...] | None) -> str:
    """Which columns hold which value that is not finite, in which row first."""
    flat = finite.reshape(len(rows), -1)
    bad = np.flatnonzero(~flat.all(0))
    first = int(np.flatnonzero(~flat[:, bad[0]])[0])
    names = [columns[k] if columns is not None else f"number {k + 1}" for k in bad[:SHOWN]]
    more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    value = rows.reshape(len(rows), -1)[first, bad[0]]
    return f"{value} in row {first + 1}, column {', '.join(names)}{more}, expected finite numbers"


def _functionals(interviews: Numbers) -> Iterator[str]:
    for stream, every in interviews.functionals.items():
        for name, rows in zip(interviews.ids, every, strict=True):
            for number, row in enumerate(rows, 1):
                if np.isfinite(row).all() or np.isnan(row).all():
                    continue
                bad = int(np.flatnonzero(~np.isfinite(row))[0])
                yield (
                    f"interview '{name}', answer {number}, functionals of stream {stream}: "
                    f"{row[bad]} in column {bad + 1}, expected finite numbers, or none at all; "
                    "extract them again"
                )


def _labels(interviews: Numbers) -> Iterator[str]:
    for i, name in enumerate(interviews.ids):
        own = [("", interviews.labels[i])]
        if interviews.answer_labels is not None:
            own += [(f", answer {q}", row) for q, row in enumerate(interviews.answer_labels[i], 1)]
        for where, row in own:
            for target, value in zip(interviews.targets, row, strict=True):
                if np.isinf(value):
                    yield (
                        f"interview '{name}'{where}: {target.name} is {value}, expected a number "
                        f"from {target.low:g} to {target.high:g}, or NaN where it is unknown"
                    )
