"""Attention over the moments of an answer, as drawings and as tables of what is drawn.

Aggregation happens here and only in the drawing: the Assessment keeps every moment. A table lists
the steps of its drawing, so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hirenet_sales.assessment import AnswerAssessment, Moment, StreamName
from hirenet_sales.report.effect_lane import ticks
from hirenet_sales.report.wording import STREAM_LABELS

MAX_STEPS = 120  # drawn a stream: as many rows as its table can bear
_MIN_TOP = 2.0  # the scale never shrinks below twice the average, so flat weights look flat
_MIN_WIDTH = 2.0  # of 1000: the narrowest step that can still be seen
_EVEN = 0.05  # weights that differ less are a flat line, which needs no drawing


@dataclass(frozen=True)
class DrawnStep:
    """One drawn step: moments of [start, end), seconds, with their mean and their peak."""

    start: float
    end: float
    mean: float
    peak: float


@dataclass(frozen=True)
class AttentionLane:
    """One stream of one answer, ready to draw in a box of 1000 by 100.

    `even` where all moments weigh the same: then nothing is drawn.
    """

    stream: StreamName
    label: str
    steps: tuple[DrawnStep, ...]
    peak: Moment
    even: bool
    mean_path: str
    peak_path: str
    average_y: float
    aggregated: bool


@dataclass(frozen=True)
class AttentionLanes:
    """The lanes of one answer over their common axis of `length` seconds."""

    length: float
    ticks: tuple[float, ...]
    lanes: tuple[AttentionLane, ...]


def draw_attention(answer: AnswerAssessment) -> AttentionLanes | None:
    """The attention of an answer; None if none of its streams has timed weights."""
    ends = [m.end for s in answer.streams.values() for m in s.timeline]
    length = max([answer.duration or 0.0, *ends])
    lanes = tuple(
        _lane(name, answer.streams[name].timeline, length)
        for name in STREAM_LABELS
        if name in answer.streams and answer.streams[name].timeline and length > 0
    )
    return AttentionLanes(length, ticks(length), lanes) if lanes else None


def aggregate(moments: Sequence[Moment], length: float) -> tuple[DrawnStep, ...]:
    """At most `MAX_STEPS` steps over `length` seconds, in order; one a moment if they fit."""
    if len(moments) <= MAX_STEPS:
        groups = [[moment] for moment in moments]
    else:
        by_step: dict[int, list[Moment]] = {}
        for moment in moments:
            # the epsilon leaves a moment at the very end of the axis in the last step
            middle = (moment.start + moment.end) / 2
            index = int(middle / length * MAX_STEPS * (1 - 1e-9))
            by_step.setdefault(index, []).append(moment)
        groups = list(by_step.values())
    steps = [
        DrawnStep(
            min(m.start for m in group),
            max(m.end for m in group),
            sum(m.value for m in group) / len(group),
            max(m.value for m in group),
        )
        for group in groups
    ]
    return tuple(sorted(steps, key=lambda step: (step.start, step.end)))


def _lane(name: StreamName, moments: Sequence[Moment], length: float) -> AttentionLane:
    steps = aggregate(moments, length)
    peak = max(moments, key=lambda m: m.value)
    top = max(_MIN_TOP, peak.value) * 1.04
    return AttentionLane(
        name,
        STREAM_LABELS[name],
        steps,
        peak,
        peak.value - min(m.value for m in moments) < _EVEN,
        _path(steps, [step.mean for step in steps], length, top),
        _path(steps, [step.peak for step in steps], length, top),
        100 - 100 / top,
        len(moments) > MAX_STEPS,
    )


def _path(steps: Sequence[DrawnStep], heights: Sequence[float], length: float, top: float) -> str:
    """Steps as one SVG path; neighbours share an edge, to avoid hairlines between them."""
    parts: list[str] = []
    x_open: float | None = None  # right edge of the shape being drawn
    for step, height in zip(steps, heights, strict=True):
        left = 1000 * step.start / length
        right = max(1000 * step.end / length, left + _MIN_WIDTH)
        if x_open is None or abs(left - x_open) > _MIN_WIDTH:
            if x_open is not None:
                parts.append("V100Z")
            parts.append(f"M{left:.1f} 100")
        parts.append(f"V{100 - 100 * height / top:.1f}H{right:.1f}")
        x_open = right
    return "".join(parts) + "V100Z"
