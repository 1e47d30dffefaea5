"""Estimates of masked copies of interviews: what every explanation by masking is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import Mask, masked
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.rules import RuleBase

# Estimates (N, K) of N interviews: K targets, whatever they are.
Estimate = Callable[[InterviewSet], np.ndarray]
MOST_STEPS = 200_000  # padded steps that are read at once: an hour's words must fit into memory


def trait_and_sales_estimates(checkpoint: Checkpoint, rules: RuleBase) -> Estimate:
    """Estimates of the five traits on [0, 1], and of the interpolated sales score, (N, 6)."""

    def estimate(interviews: InterviewSet) -> np.ndarray:
        traits = checkpoint.traits(checkpoint.model.predict(interviews).interviews)
        return np.column_stack([traits, rules.interpolated_scores(traits)])

    return estimate


def masked_estimates(
    estimate: Estimate, interviews: InterviewSet, row: int, masks: Sequence[Mask]
) -> np.ndarray:
    """Estimates (R, K) of masked copies of one interview.

    Parameters
    ----------
    row : index of the interview
    masks : R masks
    """
    own = [answers[row] for answers in interviews.streams.values()]
    steps = max((len(x) for answers in own for x in answers), default=1)
    size = max(1, MOST_STEPS // max(1, steps * len(interviews.questions[row])))
    parts = [
        estimate(masked(interviews, [row] * len(some), some))
        for begin in range(0, len(masks), size)
        for some in [masks[begin : begin + size]]
    ]
    return np.concatenate(parts)
