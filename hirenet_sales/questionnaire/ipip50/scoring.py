"""Score answer sheets: five scale scores, and traits on [0, 1].

A scale's sum of ten keyed items runs from 10 to 50; the trait is (sum - 10) / 40. Neuroticism is
keyed as everywhere in the house: high = less emotionally stable. The IPIP's own scale is Emotional
Stability = 60 - that sum.

Missed answers: with at least `MIN_ANSWERED` of a scale's ten items answered the sum is prorated,
ten times the mean of what was answered; with fewer the scale is missing. Alpha and omega rest on
the sheets without a gap in that scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hirenet_sales.questionnaire.ipip50.items import (
    HIGHEST,
    HIGHEST_SUM,
    ITEMS_PER_SCALE,
    LOWEST,
    LOWEST_SUM,
    questionnaire,
)
from hirenet_sales.questionnaire.ipip50.reliability import cronbach_alpha
from hirenet_sales.traits import TRAITS, flip_polarity

MIN_ANSWERED = 8


@dataclass(frozen=True, eq=False)
class ScaleScores:
    """Scores of N sheets, traits in the order of TRAITS."""

    keyed: np.ndarray  # float (N, 5, 10), answers 1 to 5 after keying, NaN = missed
    sums: np.ndarray  # float (N, 5), 10 to 50, NaN = missing
    prorated: np.ndarray  # bool (N, 5), the sum stands in for a scale with gaps

    @property
    def traits(self) -> np.ndarray:
        """(N, 5) on [0, 1] in the polarity of `TRAITS`, NaN = missing."""
        return (self.sums - LOWEST_SUM) / (HIGHEST_SUM - LOWEST_SUM)

    def alpha(self, trait: str) -> float | None:
        """Cronbach's alpha of one scale."""
        return cronbach_alpha(self.keyed[:, TRAITS.index(trait)])


def score_sheets(answers: np.ndarray) -> ScaleScores:
    """Score answers (N, 50) in the order of the form, 1 to 5, NaN = missed."""
    form = questionnaire()
    turned = flip_polarity(answers, LOWEST, HIGHEST, where=form.keys < 0)
    keyed = np.stack([turned[:, form.indices(trait)] for trait in TRAITS], axis=1)  # (N, 5, 10)
    gaps = np.isnan(keyed)
    answered = (~gaps).sum(2)  # (N, 5)
    means = np.where(gaps, 0, keyed).sum(2) / np.maximum(answered, 1)
    sums = np.where(answered >= MIN_ANSWERED, ITEMS_PER_SCALE * means, np.nan)
    return ScaleScores(keyed, sums, (answered < ITEMS_PER_SCALE) & (answered >= MIN_ANSWERED))
