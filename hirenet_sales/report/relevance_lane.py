"""Relevance of an answer to its question, as a lane and two lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hirenet_sales.assessment import AnswerAssessment, SentenceRelevance
from hirenet_sales.relevance.reference import OFF, ON, Topic
from hirenet_sales.report.wording import relevance_sentence

HIGHLIGHTS = 3  # of each topic
LOW, HIGH = -0.3, 0.8  # of the lane; matches beyond are drawn at its edge
KINDS: dict[Topic | None, str] = {ON: "on", OFF: "off", None: "between"}


@dataclass(frozen=True)
class RelevanceCell:
    """One sentence in a box of 1000 by 100: from 0 up, or down where the match is negative."""

    left: float
    width: float
    top: float
    height: float
    kind: str


@dataclass(frozen=True)
class RelevanceView:
    """What is shown of an answer's relevance.

    Attributes
    ----------
    reason : why nothing is; then all else is empty
    sentence : how the answer compares with others
    length : of the lane, seconds; 0 without times
    zero_y : where the match is 0
    cells : one a sentence with a time
    highlights : topic and its sentences, the clearest first
    """

    reason: str = ""
    sentence: str = ""
    length: float = 0.0
    zero_y: float = 0.0
    cells: tuple[RelevanceCell, ...] = ()
    highlights: tuple[tuple[Topic, tuple[SentenceRelevance, ...]], ...] = ()


def draw_relevance(answer: AnswerAssessment) -> RelevanceView | None:
    """The relevance of an answer; None where it was not looked at, as in older assessments."""
    relevance = answer.relevance
    if relevance is None:
        return None
    if relevance.percentile is None or relevance.percentile_of_others is None:
        return RelevanceView(reason=relevance.reason)
    length = max([answer.duration or 0.0, *(s.end or 0.0 for s in relevance.sentences)])
    return RelevanceView(
        sentence=relevance_sentence(relevance.percentile, relevance.percentile_of_others),
        length=length,
        zero_y=_y(0.0),
        cells=tuple(
            _cell(s, s.start, s.end, length)
            for s in relevance.sentences
            if s.start is not None and s.end is not None and length > 0
        ),
        highlights=tuple(
            (topic, chosen)
            for topic in (ON, OFF)
            if (chosen := _highlights(relevance.sentences, topic))
        ),
    )


def _highlights(
    sentences: Sequence[SentenceRelevance], topic: Topic
) -> tuple[SentenceRelevance, ...]:
    own = [s for s in sentences if s.topic == topic]
    return tuple(sorted(own, key=lambda s: -s.value if topic == ON else s.value)[:HIGHLIGHTS])


def _cell(sentence: SentenceRelevance, start: float, end: float, length: float) -> RelevanceCell:
    y, zero = _y(sentence.value), _y(0.0)
    return RelevanceCell(
        left=1000 * start / length,
        width=max(1000 * (end - start) / length, 1.0),
        top=min(y, zero),
        height=max(abs(y - zero), 1.0),
        kind=KINDS[sentence.topic],
    )


def _y(value: float) -> float:
    return 100 * (HIGH - min(max(value, LOW), HIGH)) / (HIGH - LOW)
