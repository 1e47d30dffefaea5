"""Effects of the moments of an answer, as lanes and as the table that says the same in figures.

Lane, table and accessible names are all made from the answer's `MeasuredMoment`s, one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hirenet_sales.assessment import (
    STREAM_NAMES,
    AnswerAssessment,
    Assessment,
    StreamName,
)
from hirenet_sales.effect import SALES, MeasuredMoment
from hirenet_sales.report import wording
from hirenet_sales.traits import TRAITS

ESTIMATES = (SALES, *TRAITS)
MAX_TICKS = 7
_TICK_STEPS_S = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_LEAST_GAP_S = 0.05  # shorter gaps between two moments are rounding, not unread time
_STILL_WIDTH = 5.0  # of 1000: a still has no length, its bar must be seen
_ZERO_Y, _REACH = 50.0, 47.0  # of 100: where 0 is, and how far the strongest effect reaches


@dataclass(frozen=True)
class ShownMoment:
    """One moment of a lane.

    Attributes
    ----------
    moment : as measured
    words : what was spoken then, "" where no word lies in it
    left, width : of the lane, 0 to 100
    name : what a screen reader calls it
    """

    moment: MeasuredMoment
    words: str
    left: float
    width: float
    name: str


@dataclass(frozen=True)
class Bars:
    """The effects of a lane's moments on one estimate, as SVG paths in a box of 1000 by 100."""

    estimate: str
    raises: str
    lowers: str
    unmeasurable: str
    measurable: int


@dataclass(frozen=True)
class EffectLane:
    """One stream of one answer.

    Attributes
    ----------
    reason : why nothing is drawn, a sentence; else ""
    bars : one an estimate, in the order of ESTIMATES
    unread : left and width, 0 to 100, of the time that nobody read
    """

    stream: StreamName
    label: str
    reason: str
    moments: tuple[ShownMoment, ...] = ()
    bars: tuple[Bars, ...] = ()
    unread: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class EffectLanes:
    """The lanes of one answer over their common axis of `length` seconds."""

    length: float
    ticks: tuple[float, ...]
    lanes: tuple[EffectLane, ...]

    @property
    def drawn(self) -> bool:
        """Whether any lane has a measurable moment."""
        return any(not lane.reason for lane in self.lanes)


def strongest_effects(assessment: Assessment) -> dict[str, float]:
    """Largest absolute effect of any moment of the interview, by estimate: ends of their axes."""
    moments = [
        m for a in assessment.answers for stream in a.streams.values() for m in stream.moments
    ]
    return {
        name: max((abs(m.effects[name].effect) for m in moments if name in m.effects), default=0.0)
        for name in ESTIMATES
    }


def draw_effects(answer: AnswerAssessment, tops: Mapping[str, float]) -> EffectLanes | None:
    """The lanes of an answer; None where no stream tells of moments, as before version 1.4.

    Parameters
    ----------
    tops : by estimate, the effect that reaches the edge of a lane
    """
    streams = [
        (name, answer.streams[name])
        for name in STREAM_NAMES
        if name in answer.streams and answer.streams[name].read and answer.streams[name].available
    ]
    if not any(stream.moments or stream.unmeasured for _, stream in streams):
        return None
    ends = [m.end for _, stream in streams for m in stream.moments]
    length = max([answer.duration or 0.0, *ends])
    lanes = tuple(
        EffectLane(name, wording.STREAM_LABELS[name], stream.unmeasured or wording.NOT_MEASURED)
        if not stream.moments
        else _lane(name, stream.moments, answer, length, tops)
        for name, stream in streams
    )
    return EffectLanes(length, ticks(length), lanes)


def ticks(length: float) -> tuple[float, ...]:
    """Times, seconds, that an axis of this length names: from 0, at most MAX_TICKS steps."""
    if length <= 0:
        return ()
    step = next((s for s in _TICK_STEPS_S if length / s <= MAX_TICKS), length / MAX_TICKS)
    return tuple(index * step for index in range(int(length / step + 1e-9) + 1))


def spoken(answer: AnswerAssessment, moment: MeasuredMoment) -> str:
    """The words of a moment: its own phrase, or those that begin while it lasts."""
    if moment.first_word is not None and moment.last_word is not None:
        words = answer.transcript[moment.first_word : moment.last_word + 1]
    else:
        words = [
            w
            for w in answer.transcript
            if w.start is not None and moment.start <= w.start < moment.end
        ]
    return " ".join(word.text.strip() for word in words)


def _lane(
    name: StreamName,
    moments: Sequence[MeasuredMoment],
    answer: AnswerAssessment,
    length: float,
    tops: Mapping[str, float],
) -> EffectLane:
    label = wording.STREAM_LABELS[name]
    if length <= 0:
        return EffectLane(name, label, wording.NO_TIMES)
    shown = tuple(_shown(moment, answer, length) for moment in moments)
    if not any(e.direction != "none" for m in moments for e in m.effects.values()):
        return EffectLane(name, label, wording.nothing_measurable(len(moments)), shown)
    return EffectLane(
        name,
        label,
        "",
        shown,
        tuple(_bars(estimate, shown, tops[estimate]) for estimate in ESTIMATES),
        # words are read whole: a gap between two phrases is a silence
        () if name == "text" else _unread(moments, length),
    )


def _shown(moment: MeasuredMoment, answer: AnswerAssessment, length: float) -> ShownMoment:
    words = spoken(answer, moment)
    left, right = moment.start / length, max(moment.end / length, moment.start / length)
    width = max(right - left, _STILL_WIDTH / 1000)
    return ShownMoment(
        moment,
        words,
        100 * min(left, 1 - width),
        100 * width,
        wording.moment_name(moment.start, moment.end, words, moment.effects),
    )


def _bars(estimate: str, shown: Sequence[ShownMoment], top: float) -> Bars:
    paths = {"raises": "", "lowers": "", "none": ""}
    for item in shown:
        effect = item.moment.effects.get(estimate)
        if effect is None:
            continue
        reach = _REACH * effect.effect / top if top else 0.0
        left, right = 10 * item.left, 10 * (item.left + item.width)
        inset = min(1.0, item.width)  # so that neighbours stay apart
        paths[effect.direction] += (
            f"M{left:.1f} {_ZERO_Y:g}V{_ZERO_Y - reach:.1f}H{right - inset:.1f}V{_ZERO_Y:g}Z"
        )
    return Bars(
        estimate,
        paths["raises"],
        paths["lowers"],
        paths["none"],
        sum(
            item.moment.effects[estimate].direction != "none"
            for item in shown
            if estimate in item.moment.effects
        ),
    )


def _unread(moments: Sequence[MeasuredMoment], length: float) -> tuple[tuple[float, float], ...]:
    gaps, read_to = [], 0.0
    for start, end in [*sorted((m.start, m.end) for m in moments), (length, length)]:
        if start - read_to > _LEAST_GAP_S:
            gaps.append((100 * read_to / length, 100 * (start - read_to) / length))
        read_to = max(read_to, end)
    return tuple(gaps)
