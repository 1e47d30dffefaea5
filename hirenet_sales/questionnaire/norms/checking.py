"""Check a rule base on a norm sample: mean score and share per level of every row.

A row whose cuts are the deciles of the sample has a mean of 5.5 and a tenth of the people on every
level. A row that has not may be meant for other people, or its cuts do not fit its own text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hirenet_sales.questionnaire.norms.norm_sample import NormSample
from hirenet_sales.rules import SCORES, RuleBase, TraitRules
from hirenet_sales.traits import TRAITS, flip_polarity

CENTRE = 5.5
OFF_CENTRE = 1.0  # a mean score this far from 5.5 earns a remark
CLOSE = 0.02  # cuts this near to deciles are taken for those deciles
DECILES = np.linspace(0.1, 0.9, 9)
DRAWS = 1000


@dataclass(frozen=True)
class RowCheck:
    """One trait's row."""

    direction: str  # as in the rule base
    # mean_score, interval: over the sample, and its 95 % bootstrap interval (over sources, where
    # the sample has them)
    mean_score: float
    interval: tuple[float, float]
    shares: list[float]  # share of the people on levels 1 to 10
    decile_difference: float  # largest difference between the row's cuts and the sample's deciles
    mirrored_difference: float  # the same for the deciles of 1 - trait
    remark: str  # "" or what a reader should know


@dataclass(frozen=True)
class RuleBaseCheck:
    """All five rows, and the sales score over the sample."""

    rule_base: RuleBase
    sample: NormSample
    rows: dict[str, RowCheck]
    score_mean: float
    score_sd: float

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "rule_base": self.rule_base.name,
            "rule_base_version": self.rule_base.version,
            "norms": self.sample.describe(),
            "expected": {"mean_score": CENTRE, "share": 0.1},
            "rows": {trait: vars(row) for trait, row in self.rows.items()},
            "score": {"mean": self.score_mean, "sd": self.score_sd},
            "remarks": self.remarks,
        }

    @property
    def remarks(self) -> list[str]:
        """Remarks about the sample and about rows."""
        return [*self.sample.remarks, *(row.remark for row in self.rows.values() if row.remark)]


def check_rule_base(rules: RuleBase, sample: NormSample) -> RuleBaseCheck:
    """Check every row of a rule base against a norm sample."""
    rows = {}
    for k, trait in enumerate(TRAITS):
        values = sample.traits[:, k]
        row = rules.traits[trait]
        scores = row.scores(values)
        direct = float(np.abs(row.cuts - np.quantile(values, DECILES)).max())
        mirrored = float(np.abs(row.cuts - np.quantile(flip_polarity(values), DECILES)).max())
        rows[trait] = RowCheck(
            direction=row.direction,
            mean_score=float(scores.mean()),
            interval=_interval(scores, sample.sources),
            shares=[float((scores == score).mean()) for score in SCORES],
            decile_difference=direct,
            mirrored_difference=mirrored,
            remark=_remark(trait, row, scores, direct, mirrored),
        )
    score = rules.scores(sample.traits)
    return RuleBaseCheck(rules, sample, rows, float(score.mean()), float(score.std()))


def _interval(scores: np.ndarray, sources: np.ndarray | None) -> tuple[float, float]:
    """95 % interval of the mean score, whole sources drawn with replacement."""
    groups = np.arange(len(scores))
    if sources is not None:
        groups = np.unique(sources, return_inverse=True)[1]
    sums, sizes = np.bincount(groups, weights=scores), np.bincount(groups)
    rng = np.random.default_rng(0)
    picks = (rng.integers(len(sums), size=len(sums)) for _ in range(DRAWS))
    means = [sums[pick].sum() / sizes[pick].sum() for pick in picks]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def _remark(trait: str, row: TraitRules, scores: np.ndarray, direct: float, mirrored: float) -> str:
    mean = scores.mean()
    if abs(mean - CENTRE) < OFF_CENTRE:
        return ""
    ends = f"{(scores == 1).mean():.1%} of people get a 1 and {(scores == 10).mean():.1%} a 10"
    remark = (
        f"{trait}: off centre on these norms, mean score {mean:.2f} instead of {CENTRE}; {ends}."
    )
    if mirrored <= CLOSE < direct:
        remark += (
            f" The cuts are the deciles of 1 - {trait} (to {mirrored:.3f}), yet the row is read on "
            f"{trait} itself: it does not fit its own text."
        )
    return remark
