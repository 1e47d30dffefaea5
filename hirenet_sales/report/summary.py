"""The first screen of a report: what moved an estimate the most, in which answer and moment."""

from __future__ import annotations

from dataclasses import dataclass

from hirenet_sales.assessment import AnswerAssessment, Assessment, Highlight
from hirenet_sales.effect import SALES, Contribution

REASONS = 3  # each way
LEAST = {SALES: 0.05}  # what is shown as 0.0 moves nothing
LEAST_OF_TRAIT = 0.005


@dataclass(frozen=True)
class Reason:
    """A stream of an answer that moved an estimate, with the moment that did so most.

    Attributes
    ----------
    contribution : its share in the estimate
    number : of the question, from 1
    answer : the answer
    moment : the highlight that moves the estimate the same way by most; None if none does
    """

    contribution: Contribution
    number: int
    answer: AnswerAssessment
    moment: Highlight | None


@dataclass(frozen=True)
class Reasons:
    """What raised and what lowered one estimate, the largest contributions first."""

    raising: tuple[Reason, ...]
    lowering: tuple[Reason, ...]

    def __bool__(self) -> bool:
        return bool(self.raising or self.lowering)


def strongest_reasons(assessment: Assessment, target: str = SALES, count: int = REASONS) -> Reasons:
    """At most `count` contributions each way; those within the error of sampling are left out."""
    by_id = {a.id: (number, a) for number, a in enumerate(assessment.answers, start=1)}
    least = LEAST.get(target, LEAST_OF_TRAIT)
    clear = sorted(
        (
            c
            for c in assessment.contributions
            if c.trait == target
            and c.question in by_id
            and abs(c.effect) >= least
            and (c.low > 0 or c.high < 0)
        ),
        key=lambda c: -abs(c.effect),
    )

    def reasons(sign: int) -> tuple[Reason, ...]:
        chosen = [c for c in clear if c.effect * sign > 0][:count]
        return tuple(
            Reason(c, *by_id[c.question], _moment(by_id[c.question][1], c)) for c in chosen
        )

    return Reasons(reasons(1), reasons(-1))


def _moment(answer: AnswerAssessment, contribution: Contribution) -> Highlight | None:
    direction = "raises" if contribution.effect > 0 else "lowers"
    own = [
        highlight
        for highlight in answer.highlights
        if highlight.stream == contribution.stream
        and (effect := highlight.effect.get(contribution.trait))
        and effect.direction == direction
    ]
    return max(own, key=lambda h: abs(h.effect[contribution.trait].effect), default=None)
