"""What every number of an interview set has to be before a model reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

SHOWN = 3  # columns of one answer


def located_rows(
    ids: Sequence[str], stream: str, answers: Sequence[Sequence[np.ndarray]]
) -> Iterator[tuple[str, np.ndarray]]:
    """The rows of every answer of a stream, each with its location in words."""
    for name, interview in zip(ids, answers, strict=True):
        for number, rows in enumerate(interview, 1):
            yield f"interview '{name}', answer {number}, stream {stream}", rows


def row_problems(
    ids: Sequence[str],
    streams: Mapping[str, Sequence[Sequence[np.ndarray]]],
    columns: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    """Rows that are not as wide as their stream, or not finite.

    Arrays that are memory-mapped are not read: what writes them into the cache has seen every
    value.
    """
    for stream, answers in streams.items():
        names = columns.get(stream)
        for where, rows in located_rows(ids, stream, answers):
            if not len(rows):
                continue
            if names is not None and rows.shape[-1] != len(names):
                yield (
                    f"{where}: {rows.shape[-1]} values a row, but the stream has {len(names)} "
                    "columns; extract it again"
                )
            elif rows.dtype.kind == "f" and not isinstance(rows, np.memmap):
                finite = np.isfinite(rows)
                if not finite.all():
                    problem = _not_finite(rows, finite, names)
                    yield f"{where}: {problem}; extract it again, or leave it out"


def _not_finite(rows: np.ndarray, finite: np.ndarray, columns: Sequence[str] | None) -> str:
    """Which columns hold which value that is not finite, in which row first."""
    flat = finite.reshape(len(rows), -1)
    bad = np.flatnonzero(~flat.all(0))
    first = int(np.flatnonzero(~flat[:, bad[0]])[0])
    names = [columns[k] if columns is not None else f"number {k + 1}" for k in bad[:SHOWN]]
    more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
    value = rows.reshape(len(rows), -1)[first, bad[0]]
    return f"{value} in row {first + 1}, column {', '.join(names)}{more}, expected finite numbers"


def functional_problems(
    ids: Sequence[str], functionals: Mapping[str, Sequence[np.ndarray]]
) -> Iterator[str]:
    """Vectors that are neither finite nor NaN as a whole."""
    for stream, answers in functionals.items():
        for name, rows in zip(ids, answers, strict=True):
            for number, row in enumerate(rows, 1):
                if np.isfinite(row).all() or np.isnan(row).all():
                    continue
                bad = int(np.flatnonzero(~np.isfinite(row))[0])
                yield (
                    f"interview '{name}', answer {number}, functionals of stream {stream}: "
                    f"{row[bad]} in column {bad + 1}, expected finite numbers, or none at all; "
                    "extract them again"
                )
