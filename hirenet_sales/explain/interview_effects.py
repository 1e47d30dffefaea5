"""All effects of one interview, as its Assessment holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.effect import (
    SALES,
    Contribution,
    Counterfactual,
    Direction,
    MomentEffect,
    ScoreStep,
    StreamName,
)
from hirenet_sales.explain.contributions import Contributions, contributions
from hirenet_sales.explain.masked_estimates import trait_and_sales_estimates
from hirenet_sales.explain.moment_effects import MomentEffects, moment_effects
from hirenet_sales.explain.stretches import stretches_of
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.rules import RuleBase
from hirenet_sales.traits import TRAITS

ESTIMATES = (*TRAITS, SALES)
SCALE = np.array([1.0] * len(TRAITS) + [9.0])  # from the lowest to the highest of each
Z = 1.96  # of the central 95 % of a normal distribution
Kind = Literal["without_stream", "without_question", "other_question"]
DIRECTIONS: dict[int, Direction] = {1: "raises", -1: "lowers", 0: "none"}


@dataclass(frozen=True, eq=False)
class InterviewEffects:
    """Effects of the parts of one interview on its traits and its interpolated sales score.

    Attributes
    ----------
    answers : ids of the Q answers that were read
    contributions, moments : of ESTIMATES
    others : id of an answer, another text of its question, and the estimates (6,) with it
    """

    answers: tuple[str, ...]
    contributions: Contributions
    moments: MomentEffects
    others: tuple[tuple[str, str, np.ndarray], ...] = ()

    @property
    def baseline(self) -> dict[str, float]:
        """Estimates of an interview of which nothing is known."""
        return _named(self.contributions.baseline)

    @property
    def sales_interpolated(self) -> float:
        """The sales score that contributions add up to."""
        return float(self.contributions.estimate[-1])

    @property
    def shares(self) -> list[Contribution]:
        """One contribution for every estimate, answer and stream."""
        c = self.contributions
        return [
            Contribution(
                trait=name,
                question=self.answers[answer],
                stream=cast(StreamName, stream),
                effect=float(c.effects[p, k]),
                low=float(c.effects[p, k] - Z * c.errors[p, k]),
                high=float(c.effects[p, k] + Z * c.errors[p, k]),
            )
            for k, name in enumerate(ESTIMATES)
            for p, (answer, stream) in enumerate(c.players)
        ]

    @property
    def counterfactuals(self) -> list[Counterfactual]:
        """Without each stream, without each question, and with the other questions."""
        c = self.contributions
        without_stream = [
            _counterfactual("without_stream", values, stream=cast(StreamName, name))
            for name, values in c.without_stream.items()
        ]
        without_question = [
            _counterfactual("without_question", values, question=self.answers[q])
            for q, values in c.without_answer.items()
        ]
        others = [
            _counterfactual("other_question", values, question=name, text=text)
            for name, text, values in self.others
        ]
        return [*without_stream, *without_question, *others]


def interview_effects(
    checkpoint: Checkpoint,
    rules: RuleBase,
    interview: InterviewSet,
    answers: Sequence[str],
    other_questions: Mapping[str, str],
) -> InterviewEffects:
    """Measure all effects of one interview.

    Parameters
    ----------
    interview : a set of one, as the model reads it
    answers : ids of its answers
    other_questions : id of an answer to another text of its question, of a model that reads them
    """
    estimate = trait_and_sales_estimates(checkpoint, rules)
    shares = contributions(estimate, interview, checkpoint.intake.senses)
    moments = moment_effects(estimate, interview, 0, stretches_of(interview), SCALE)
    others = []
    for name, text in other_questions.items():
        asked = list(interview.questions[0])
        asked[list(answers).index(name)] = text
        changed = replace(interview, questions=(tuple(asked),), question_ids=(tuple(asked),))
        others.append((name, text, estimate(changed)[0]))
    return InterviewEffects(tuple(answers), shares, moments, tuple(others))


def effects_of_moment(moments: MomentEffects, number: int) -> dict[str, MomentEffect]:
    """Effects of one of the measured moments, by trait and of the sales score."""
    m = moments
    return {
        name: MomentEffect(
            effect=float(m.effects[number, k]),
            low=float(m.low[number, k]),
            high=float(m.high[number, k]),
            direction=DIRECTIONS[int(m.signs[number, k])],
        )
        for k, name in enumerate(ESTIMATES)
    }


def score_steps(rules: RuleBase, traits: Mapping[str, float]) -> list[ScoreStep]:
    """What would move the sales score by one step of a rule, the smallest change first.

    Each trait moves by itself, to the next range above and to the next below, where one exists.
    """
    steps = []
    score, _ = rules.score(traits)
    for trait, value in traits.items():
        own = rules.traits[trait]
        rank = int(np.searchsorted(own.cuts, value, side="right"))
        up = 1 if own.direction == "positive" else -1
        for cut, change in ((rank, up), (rank - 1, -up)):
            if 0 <= cut < len(own.cuts):
                at = float(own.cuts[cut])
                sales = score + change / len(rules.traits)
                steps.append(ScoreStep(trait=trait, value=at, change=at - value, sales=sales))
    return sorted(steps, key=lambda step: abs(step.change))


def _named(values: np.ndarray) -> dict[str, float]:
    return dict(zip(ESTIMATES, map(float, values), strict=True))


def _counterfactual(
    kind: Kind,
    values: np.ndarray,
    *,
    stream: StreamName | None = None,
    question: str | None = None,
    text: str | None = None,
) -> Counterfactual:
    traits = _named(values)
    sales = traits.pop(SALES)
    return Counterfactual(
        kind=kind, stream=stream, question=question, text=text, traits=traits, sales=sales
    )
