"""What moved an estimate most: questions by their contributions, moments by their effects."""

from __future__ import annotations

from dataclasses import dataclass

from hirenet_sales.assessment import AnswerAssessment, Assessment
from hirenet_sales.effect import SALES, Effect, MeasuredMoment, MomentEffect, StreamName

SHOWN = 3  # that raise, and as many that lower


@dataclass(frozen=True)
class StrongMoment:
    """A moment that measurably moves one estimate.

    Attributes
    ----------
    number : of its question, from 1
    answer : id of the answer
    words : spoken in it; "" where there are none
    effect : on the one estimate, in its unit
    """

    number: int
    answer: str
    stream: StreamName
    moment: MeasuredMoment
    words: str
    effect: MomentEffect


def strongest(
    assessment: Assessment, name: str = SALES, count: int = SHOWN
) -> tuple[list[StrongMoment], list[StrongMoment]]:
    """Up to `count` moments that raise an estimate most, and as many that lower it most.

    `name` is a trait or 'sales'. Only measurable moments count, see `MomentEffect`.
    """
    moments = [
        moment
        for number, answer in enumerate(assessment.answers, 1)
        for moment in measured_moments(number, answer, name)
        if moment.effect.direction != "none"
    ]
    moments.sort(key=lambda m: -abs(m.effect.effect))
    raising = [m for m in moments if m.effect.direction == "raises"]
    lowering = [m for m in moments if m.effect.direction == "lowers"]
    return raising[:count], lowering[:count]


def measured_moments(number: int, answer: AnswerAssessment, name: str) -> list[StrongMoment]:
    """The moments of an answer whose effect on an estimate was measured, in order of time."""
    moments = [
        StrongMoment(
            number, answer.id, stream, moment, spoken(answer, moment), moment.effects[name]
        )
        for stream, result in answer.streams.items()
        for moment in result.moments
        if name in moment.effects
    ]
    return sorted(moments, key=lambda m: (m.moment.start, m.moment.end))


def spoken(answer: AnswerAssessment, moment: MeasuredMoment) -> str:
    """The words of a moment: its own, or those that begin in it."""
    if moment.first_word is not None and moment.last_word is not None:
        words = answer.transcript[moment.first_word : moment.last_word + 1]
    else:
        words = [
            word
            for word in answer.transcript
            if word.start is not None and moment.start <= word.start < moment.end
        ]
    return " ".join(word.text.strip() for word in words)


def question_contribution(
    assessment: Assessment, question: str, name: str, stream: StreamName | None = None
) -> Effect | None:
    """By how much an answer moved an estimate, over its streams or by one; None = not measured.

    The ends of the streams' intervals are added, which makes the interval of a sum too wide rather
    than too narrow.
    """
    parts = [
        c
        for c in assessment.contributions
        if c.question == question and c.trait == name and stream in (None, c.stream)
    ]
    if not parts:
        return None
    return Effect(
        effect=sum(c.effect for c in parts),
        low=sum(c.low for c in parts),
        high=sum(c.high for c in parts),
    )
