"""Timelines of the value of interest, as drawings and as equivalent tables.

Aggregation happens here and only in the drawing: the Assessment keeps every moment.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from hirenet_sales.assessment import AnswerAssessment, Highlight, Moment, StreamName
from hirenet_sales.report.wording import STREAM_LABELS

MAX_CELLS = 600  # steps drawn a stream: about one for every other pixel of a wide screen
MAX_TABLE_ROWS = 24
MAX_TICKS = 7
_TICK_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_MIN_TOP = 2.0  # the scale never shrinks below twice the average, so flat weights look flat
_MIN_WIDTH = 2.0  # of 1000: the narrowest step that can still be seen
_LABEL_GAP = 3.5  # percent of the axis between two numbered marks


@dataclass(frozen=True)
class DrawnStep:
    """One drawn step: moments of [start, end), seconds, with their mean and their peak."""

    start: float
    end: float
    mean: float
    peak: float


@dataclass(frozen=True)
class Mark:
    """A highlight on the lane, in percent of the axis; `number` is "" where labels would touch."""

    left: float
    width: float
    number: str


@dataclass(frozen=True)
class Lane:
    """One stream of one answer, ready to draw in a box of 1000 by 100."""

    stream: StreamName
    label: str
    peak: DrawnStep
    mean_path: str
    peak_path: str
    average_y: float
    cells_json: str
    aggregated: bool
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Timeline:
    """The lanes of one answer over their common axis of `length` seconds."""

    length: float
    ticks: tuple[float, ...]
    lanes: tuple[Lane, ...]
    table: tuple[tuple[float, float, tuple[DrawnStep | None, ...]], ...]


def draw_timeline(answer: AnswerAssessment) -> Timeline | None:
    """The timeline of an answer; None if none of its streams has timed moments."""
    ends = [m.end for s in answer.streams.values() for m in s.timeline]
    length = max([answer.duration or 0.0, *ends])
    streams = [
        (name, answer.streams[name].timeline)
        for name in STREAM_LABELS
        if name in answer.streams and answer.streams[name].timeline
    ]
    if not streams or length <= 0:
        return None
    lanes = tuple(
        _lane(name, moments, length, [h for h in answer.highlights if h.stream == name])
        for name, moments in streams
    )
    step = length / MAX_TABLE_ROWS
    columns = [_bin(moments, step) for _, moments in streams]
    table = tuple(
        (row * step, (row + 1) * step, tuple(column.get(row) for column in columns))
        for row in range(MAX_TABLE_ROWS)
        if any(row in column for column in columns)
    )
    return Timeline(length, _ticks(length), lanes, table)


def aggregate(moments: Sequence[Moment], length: float) -> list[DrawnStep]:
    """At most `MAX_CELLS` cells over `length` seconds, in order; one a moment if they fit."""
    if len(moments) <= MAX_CELLS:
        cells = [DrawnStep(m.start, m.end, m.value, m.value) for m in moments]
    else:
        cells = list(_bin(moments, length / MAX_CELLS).values())
    return sorted(cells, key=lambda cell: (cell.start, cell.end))


def _bin(moments: Sequence[Moment], step: float) -> dict[int, DrawnStep]:
    """Group moments by the step of the axis that holds their middle."""
    groups: dict[int, list[Moment]] = {}
    for moment in moments:
        # the epsilon keeps a moment at the very end of the axis in the last step
        groups.setdefault(int((moment.start + moment.end) / 2 / step * (1 - 1e-9)), []).append(
            moment
        )
    return {
        index: DrawnStep(
            min(m.start for m in group),
            max(m.end for m in group),
            sum(m.value for m in group) / len(group),
            max(m.value for m in group),
        )
        for index, group in sorted(groups.items())
    }


def _lane(
    name: StreamName, moments: Sequence[Moment], length: float, highlights: list[Highlight]
) -> Lane:
    cells = aggregate(moments, length)
    peak = max(moments, key=lambda m: m.value)
    top = max(_MIN_TOP, peak.value) * 1.04
    return Lane(
        name,
        STREAM_LABELS[name],
        DrawnStep(peak.start, peak.end, peak.value, peak.value),
        _path(cells, [cell.mean for cell in cells], length, top),
        _path(cells, [cell.peak for cell in cells], length, top),
        100 - 100 / top,
        json.dumps([[round(c.start, 2), round(c.end, 2), round(c.mean, 2)] for c in cells]),
        len(moments) > MAX_CELLS,
        _marks(highlights, length),
    )


def _path(cells: Sequence[DrawnStep], heights: Sequence[float], length: float, top: float) -> str:
    """Steps as one SVG path; neighbours share an edge, to avoid hairlines between them."""
    parts: list[str] = []
    x_open: float | None = None  # right edge of the shape being drawn
    for cell, height in zip(cells, heights, strict=True):
        left = 1000 * cell.start / length
        right = max(1000 * cell.end / length, left + _MIN_WIDTH)
        if x_open is None or abs(left - x_open) > _MIN_WIDTH:
            if x_open is not None:
                parts.append("V100Z")
            parts.append(f"M{left:.1f} 100")
        parts.append(f"V{100 - 100 * height / top:.1f}H{right:.1f}")
        x_open = right
    return "".join(parts) + "V100Z"


def _marks(highlights: list[Highlight], length: float) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    for number, highlight in enumerate(highlights, start=1):  # the higher rank keeps its label
        left = 100 * min(highlight.start, length) / length
        width = max(100 * min(highlight.end, length) / length - left, 0.4)
        fits = all(abs(left - mark.left) >= _LABEL_GAP for mark in marks if mark.number)
        marks.append(Mark(left, width, str(number) if fits else ""))
    return tuple(marks)


def _ticks(length: float) -> tuple[float, ...]:
    step = next((s for s in _TICK_STEPS_S if length / s <= MAX_TICKS), length / MAX_TICKS)
    return tuple(index * step for index in range(int(length / step + 1e-9) + 1))
