"""Times of the rows of an OpenFace table, checked against each other and the recording."""

from __future__ import annotations

import numpy as np

from extractors.errors import ExtractionError

BEYOND_S = 0.5  # rows may lie this much after the end of the recording
OTHER_SHARE = 0.5  # with more of the rows outside, the table is another recording's
REPEATED_SHARE = 0.1  # with more time stamps of one face repeated, none is used
DESCRIBED_SHARE = 0.9  # a table that describes less of the recording is remarked on
LARGEST_ID = 1e6


def row_times(
    table: np.ndarray,
    at: dict[str, int],
    *,
    duration_s: float | None,
    frame_rate_hz: float,
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The rows of a table (N, C) that have a time within the answer, in its order.

    Their indices (M,), their starts (M,), seconds, and what was done with the other rows.

    `at` is a column's index by its name; length and frame rate of the recording are None and 0
    where it is not given. ExtractionError if the time stamps cannot be used, or belong to another
    recording.
    """
    total = len(table)
    stamps = table[:, at["timestamp"]]
    ids = table[:, at["face_id"]] if "face_id" in at else np.zeros(total)
    rows = np.flatnonzero(np.isfinite(stamps) & (np.abs(ids) <= LARGEST_ID))
    problems: list[str] = []
    if total and not len(rows):
        raise ExtractionError("no row has a time stamp; write the table again with OpenFace")
    if len(rows) < total:
        problems.append(
            f"{total - len(rows)} of {total} rows have no time stamp or no number of a face; they "
            "are left out"
        )
    faces, starts = ids[rows], stamps[rows]
    first = _first_of_each(faces, starts)
    if (~first).sum() > REPEATED_SHARE * len(rows):
        starts = _by_frame_number(table[rows], at, faces, frame_rate_hz)
        problems.append(
            f"its time stamps do not ascend; the numbers of its frames are used instead, at "
            f"{frame_rate_hz:g} frames a second as in the recording"
        )
    elif not first.all():
        problems.append(
            f"{int((~first).sum())} of {total} rows repeat a time stamp; they are left out"
        )
        rows, starts, faces = rows[first], starts[first], faces[first]
    rows, starts = _inside(rows, starts, duration_s, problems)
    order = np.argsort(starts, kind="stable")
    if any((np.diff(starts[own]) < 0).any() for own in _by_face(ids[rows])):
        problems.append("its rows are not in the order of time; they were put into it")
    return rows[order], starts[order], problems


def _first_of_each(faces: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Whether each row is the first of its face at its time, bool (N,)."""
    first = np.zeros(len(starts), dtype=bool)
    if len(starts):
        first[np.unique(np.stack([faces, starts]), axis=1, return_index=True)[1]] = True
    return first


def _by_face(ids: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(ids == face) for face in np.unique(ids)]


def _by_frame_number(
    table: np.ndarray, at: dict[str, int], faces: np.ndarray, frame_rate_hz: float
) -> np.ndarray:
    """Times from frame numbers, which OpenFace counts from 1."""
    stamps = table[:, at["timestamp"]]
    shown = f"its time stamps do not ascend ({len(np.unique(stamps))} of {len(table)} differ)"
    again = "write the table again with OpenFace"
    if "frame" not in at or frame_rate_hz <= 0:
        raise ExtractionError(f"{shown}, and no frame rate is at hand to count frames; {again}")
    numbers = table[:, at["frame"]]
    whole = np.isfinite(numbers).all() and (numbers == np.round(numbers)).all()
    if not whole or not _first_of_each(faces, numbers).all():
        raise ExtractionError(f"{shown}, nor do the numbers of its frames; {again}")
    return (numbers - 1) / frame_rate_hz


def _inside(
    rows: np.ndarray, starts: np.ndarray, duration_s: float | None, problems: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Drop the rows before the start, and those after the end where it is given."""
    if not len(rows):
        return rows, starts
    end_s = np.inf if duration_s is None else duration_s + BEYOND_S
    inside = (starts >= 0) & (starts <= end_s)
    outside = int((~inside).sum())
    if outside > OTHER_SHARE * len(rows):
        recorded = "a recording begins at 0 s"
        if duration_s is not None:
            recorded = f"the recording has 0 to {duration_s:.1f} s"
        raise ExtractionError(
            f"{outside} of {len(rows)} rows lie elsewhere (the table has {starts.min():.1f} to "
            f"{starts.max():.1f} s, {recorded}): it belongs to another recording; give this one's"
        )
    if outside:
        problems.append(
            f"{outside} of {len(rows)} rows lie outside of the recording; they are left out"
        )
    rows, starts = rows[inside], starts[inside]
    reach_s = float(starts.max() - starts.min())
    if duration_s is not None and reach_s < DESCRIBED_SHARE * duration_s - BEYOND_S:
        problems.append(
            f"it describes {starts.min():.1f} to {starts.max():.1f} s of {duration_s:.1f} s; check "
            "that it belongs to this recording"
        )
    return rows, starts
