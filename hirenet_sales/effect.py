"""Effects of parts of an interview on its estimates, as an Assessment holds them.

A contribution says by how much a question's stream moved an estimate away from what is expected of
an interview of which nothing is known; the effect of a moment says by how much the estimate changes
when that moment is masked. Neither is attention, and neither is relevance.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hirenet_sales.yaml_model import StrictModel

StreamName = Literal["visual", "audio", "text"]
Direction = Literal["raises", "lowers", "none"]
SALES = "sales"  # beside the names of traits: the sales score, with the rule's steps interpolated


class Effect(StrictModel):
    """A signed change of one estimate: above zero, the part raises it."""

    effect: float = Field(description="estimate with the part minus estimate without it")
    low: float = Field(description="of its interval")
    high: float


class Contribution(Effect):
    """Share of one stream of one answer in an estimate (Shapley value over answers x streams).

    For every trait, and for the interpolated sales score, the baseline and all contributions sum to
    the estimate. The interval is that of the sampling: `low` and `high` are `effect` where the
    values are exact.
    """

    trait: str = Field(
        description="a trait, or 'sales' for the sales score with interpolated steps"
    )
    question: str = Field(description="id of the answer")
    stream: StreamName


class MomentEffect(Effect):
    """Effect of masking one moment on one estimate.

    The interval is that of masking random moments of the same length in the same answer, about
    zero: a moment is measurable where its effect lies outside.
    """

    direction: Direction = Field(description="none: not measurable against random moments")


class MeasuredMoment(StrictModel):
    """A stretch of one stream that was masked, and what that changed."""

    start: float = Field(ge=0, description="seconds from the start of the answer; as read")
    end: float = Field(ge=0)
    first_word: int | None = Field(
        default=None, ge=0, description="place in the transcript, from 0"
    )
    last_word: int | None = Field(default=None, ge=0)
    effects: dict[str, MomentEffect] = Field(description="by trait, and 'sales'")

    @property
    def measurable(self) -> bool:
        """Whether it measurably changes any trait."""
        return any(e.direction != "none" for name, e in self.effects.items() if name != SALES)


class Standing(StrictModel):
    """Where an estimate and its interval lie among the labels of the people of the training data.

    Each is the percentage of those people whose label is lower.
    """

    estimate: float = Field(ge=0, le=100)
    low: float = Field(ge=0, le=100)
    high: float = Field(ge=0, le=100)


class Counterfactual(StrictModel):
    """What the estimates come to under one change."""

    kind: Literal["without_stream", "without_question", "other_question", "other_job_title"]
    stream: StreamName | None = None
    question: str | None = Field(default=None, description="id of the answer")
    text: str | None = Field(default=None, description="the other question or job title")
    traits: dict[str, float]
    sales: float = Field(description="sales score with interpolated steps")


class ScoreStep(StrictModel):
    """How far one trait is from moving the sales score by one step of its rule."""

    trait: str
    value: float = Field(ge=0, le=1, description="the value at which the next range begins")
    change: float = Field(description="that value minus the estimate")
    sales: float = Field(ge=1, le=10, description="the sales score then")
