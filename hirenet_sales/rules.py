"""Expert rule bases: from five traits to a traceable sales score.

A rule base gives each trait ten ranges with the scores 1 to 10; the sales score is the mean of the
five (Kassab et al. 2022, section IV-E and Table IV).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist
from typing import Literal

import numpy as np
from pydantic import Field, field_validator, model_validator

from hirenet_sales.errors import RuleBaseError
from hirenet_sales.shipped import read_shipped, shipped_names
from hirenet_sales.traits import TRAITS, TraitEstimate
from hirenet_sales.yaml_model import StrictModel, did_you_mean

DEFAULT_RULE_BASE = "kassab2022"
RULE_BASES = Path(str(files("hirenet_sales") / "rule_bases"))
SCORES = tuple(range(1, 11))

# Correlation between the errors of the five trait estimates, in the order of TRAITS: of a ridge
# regression on 26 clip statistics of the voice, on 7,488 clips of First Impressions V2, five folds
# of unseen source videos. The labels themselves correlate within .06 of it.
ERROR_CORRELATION = np.array(
    [
        [1.00, 0.52, 0.72, 0.61, -0.73],
        [0.52, 1.00, 0.54, 0.61, -0.68],
        [0.72, 0.54, 1.00, 0.69, -0.76],
        [0.61, 0.61, 0.69, 1.00, -0.69],
        [-0.73, -0.68, -0.76, -0.69, 1.00],
    ]
)
DRAWS = 8192


class RuleTrace(StrictModel):
    """The rule that fired for one trait."""

    trait: str
    value: float = Field(ge=0, le=1, description="the estimate that was looked up")
    range_low: float
    range_high: float
    score: int = Field(ge=1, le=10)
    direction: Literal["positive", "negative"] = Field(
        description="positive: a higher trait scores higher"
    )
    score_low: int | None = Field(
        default=None, ge=1, le=10, description="lowest score that the trait's interval reaches"
    )
    score_high: int | None = Field(default=None, ge=1, le=10, description="highest, likewise")
    reason: str = Field(default="", description="why the experts' rule runs this way, in words")
    caveat: str = Field(default="", description="what to know about this row of the rule base")


class SalesScore(StrictModel):
    """Mean of the five rule scores, with the interval carried over from the trait intervals."""

    score: float = Field(ge=1, le=10)
    low: float = Field(ge=1, le=10)
    high: float = Field(ge=1, le=10)
    rule_base: str
    rule_base_version: str
    trace: list[RuleTrace]


class TraitRules(StrictModel):
    """The ten ranges of one trait.

    Attributes
    ----------
    direction : "positive" if a higher trait scores higher
    ranges : score to (from, to), half-open; the one that ends at 1 is closed
    reason, caveat : for readers of a result, whole sentences
    """

    direction: Literal["positive", "negative"]
    reason: str = ""
    caveat: str = ""
    ranges: dict[int, tuple[float, float]]

    @field_validator("ranges")
    @classmethod
    def _contiguous(cls, ranges: dict[int, tuple[float, float]]) -> dict[int, tuple[float, float]]:
        if sorted(ranges) != list(SCORES):
            raise ValueError(f"scores {sorted(ranges)}, expected each of 1 to 10 once")
        ordered = sorted(ranges.items(), key=lambda item: item[1])
        if ordered[0][1][0] != 0 or ordered[-1][1][1] != 1:
            raise ValueError("the ranges do not cover 0 to 1")
        for score, (low, high) in ordered:
            if not low < high:
                raise ValueError(f"the range of score {score}, {low} to {high}, is empty")
        for (score, (_, high)), (after, (low, _)) in pairwise(ordered):
            if high != low:
                kind = "overlap" if low < high else "leave a gap"
                raise ValueError(f"the ranges of scores {score} and {after} {kind} at {high}")
        return dict(ordered)

    @model_validator(mode="after")
    def _monotone(self) -> TraitRules:
        expected = SCORES if self.direction == "positive" else SCORES[::-1]
        if tuple(self.ranges) != expected:
            raise ValueError(
                f"direction {self.direction}, but the scores from 0 to 1 are {list(self.ranges)}"
            )
        return self

    @property
    def cuts(self) -> np.ndarray:
        """The nine values (9,) where one range ends and the next begins, ascending."""
        return np.array([high for _, high in self.ranges.values()][:-1])

    def scores(self, values: np.ndarray) -> np.ndarray:
        """Scores 1..10 of trait values on [0, 1], any shape."""
        rank = 1 + np.searchsorted(self.cuts, values, side="right")
        return rank if self.direction == "positive" else 11 - rank

    def interpolated_scores(self, values: np.ndarray) -> np.ndarray:
        """Scores from 1 to 10 without steps: straight from the middle of a range to the next.

        Before the first middle and behind the last they are those of the range.
        """
        middles = [(low + high) / 2 for low, high in self.ranges.values()]
        scores: np.ndarray = np.interp(values, middles, list(self.ranges))
        return scores


class RuleBase(StrictModel):
    """A validated rule base.

    Attributes
    ----------
    name, version : named in every assessment
    source : where it was published
    notes : what a reader should know about it
    traits : the rules of each of the five traits
    """

    name: str
    version: str
    source: str
    notes: str = ""
    traits: dict[str, TraitRules]

    @field_validator("traits")
    @classmethod
    def _five(cls, traits: dict[str, TraitRules]) -> dict[str, TraitRules]:
        unknown = [
            f"unknown trait '{t}'{did_you_mean(t, TRAITS)}" for t in traits if t not in TRAITS
        ]
        missing = [f"no rules for {trait}" for trait in TRAITS if trait not in traits]
        if unknown or missing:
            raise ValueError("; ".join(unknown + missing))
        return {trait: traits[trait] for trait in TRAITS}

    def score(self, traits: Mapping[str, float]) -> tuple[float, list[RuleTrace]]:
        """The sales score, 1 to 10, and the rule that fired for each trait.

        Parameters
        ----------
        traits : the five traits by name, each on [0, 1], high neuroticism = less stable

        Raises
        ------
        RuleBaseError
            if a trait is missing or not on [0, 1].

        Examples
        --------
        >>> score, trace = load_rule_base("kassab2022").score(dict.fromkeys(TRAITS, 0.5))
        >>> score
        4.8
        >>> trace[0].trait
        'openness'
        """
        values = _vector(traits)
        trace = []
        for trait, value in zip(TRAITS, values.tolist(), strict=True):
            rules = self.traits[trait]
            score = int(rules.scores(np.array(value)))
            low, high = rules.ranges[score]
            rule = RuleTrace(
                trait=trait,
                value=value,
                range_low=low,
                range_high=high,
                score=score,
                direction=rules.direction,
                reason=rules.reason,
                caveat=rules.caveat,
            )
            trace.append(rule)
        return sum(rule.score for rule in trace) / len(trace), trace

    def scores(self, values: np.ndarray) -> np.ndarray:
        """Sales scores of many people.

        Parameters
        ----------
        values : array (..., 5) on [0, 1], traits in the order of `TRAITS`

        Returns
        -------
        array (...), 1 to 10.
        """
        each = [self.traits[trait].scores(values[..., i]) for i, trait in enumerate(TRAITS)]
        mean: np.ndarray = np.mean(each, axis=0)
        return mean

    def interpolated_scores(self, values: np.ndarray) -> np.ndarray:
        """Sales scores of many people with the steps of the rules interpolated; as for `scores`.

        A change of a trait that crosses no cut does not change the score of the rules. This one
        changes with it, continuously and in the same direction, and is that of the rules where
        every trait is in the middle of its range.
        """
        each = [
            self.traits[trait].interpolated_scores(values[..., i]) for i, trait in enumerate(TRAITS)
        ]
        mean: np.ndarray = np.mean(each, axis=0)
        return mean

    def score_interval(
        self,
        estimates: Mapping[str, TraitEstimate],
        coverage: float = 0.9,
        error_correlation: np.ndarray | None = None,
    ) -> tuple[float, float]:
        """Interval of the sales score implied by the trait intervals.

        The traits are drawn as `draw_traits` says; every draw is scored; the central `coverage` of
        the scores is the interval, widened to contain the score of the estimates.

        What it means: the trait intervals are conformal, this one is not, so its coverage is
        approximate. Held against the rule scores of the labels of about 3,700 clips of unseen
        videos, with 90 % trait intervals from the voice alone: this way covers 93 % (mean width
        4.8 of 9 points); without the correlation 80 %; root-sum-of-squares of the single changes
        77 %; all five traits at their ends at once 100 % (width 8.0, which says nothing). Labels
        as truth: what a crowd would have scored, not how well somebody sells.

        Parameters
        ----------
        estimates : the five trait estimates by name
        coverage : nominal coverage of the trait intervals, between 0 and 1
        error_correlation : array (5, 5) in the order of `TRAITS`, measured with the checkpoint;
            None = `ERROR_CORRELATION`

        Returns
        -------
        low, high : sales scores, 1 <= low <= score <= high <= 10.

        Raises
        ------
        RuleBaseError
            if a trait is missing or out of range, or an interval does not hold its estimate.
        """
        scores = self.scores(draw_traits(estimates, coverage, error_correlation))
        ends = np.quantile(scores, [0.5 - coverage / 2, 0.5 + coverage / 2])
        point = float(self.scores(_vector({trait: e.estimate for trait, e in estimates.items()})))
        return min(float(ends[0]), point), max(float(ends[1]), point)

    def assess(
        self,
        estimates: Mapping[str, TraitEstimate],
        coverage: float = 0.9,
        error_correlation: np.ndarray | None = None,
    ) -> SalesScore:
        """Score, interval and trace together; parameters as for `score_interval`."""
        score, trace = self.score({trait: e.estimate for trait, e in estimates.items()})
        low, high = self.score_interval(estimates, coverage, error_correlation)
        return SalesScore(
            score=score,
            low=low,
            high=high,
            rule_base=self.name,
            rule_base_version=self.version,
            trace=[self._with_range(rule, estimates[rule.trait]) for rule in trace],
        )

    def _with_range(self, rule: RuleTrace, interval: TraitEstimate) -> RuleTrace:
        ends = self.traits[rule.trait].scores(np.array([interval.low, interval.high]))
        return rule.model_copy(update={"score_low": int(ends.min()), "score_high": int(ends.max())})


def draw_traits(
    estimates: Mapping[str, TraitEstimate],
    coverage: float = 0.9,
    error_correlation: np.ndarray | None = None,
) -> np.ndarray:
    """Draw trait values from the estimates and their intervals, to propagate uncertainty.

    Each trait is drawn from a normal distribution about its estimate, its two halves scaled so that
    the trait interval is its central `coverage`; the five draws share the correlation of the
    estimates' errors. Draws are fixed: the same estimates give the same values.

    Parameters
    ----------
    estimates, coverage, error_correlation : as for `RuleBase.score_interval`

    Returns
    -------
    array (DRAWS, 5) on [0, 1], traits in the order of `TRAITS`.

    Raises
    ------
    RuleBaseError
        if a trait is missing or out of range, or an interval does not hold its estimate.
    """
    centre, low, high = (
        _vector({trait: getattr(e, end) for trait, e in estimates.items()})
        for end in ("estimate", "low", "high")
    )
    if (low > centre).any() or (high < centre).any():
        raise RuleBaseError("a trait's interval does not hold its estimate")
    correlation = ERROR_CORRELATION if error_correlation is None else error_correlation
    draws = _standard_draws(correlation.tobytes())  # (DRAWS, 5)
    reach = NormalDist().inv_cdf(0.5 + coverage / 2)
    spread = np.where(draws < 0, centre - low, high - centre) / reach
    possible: np.ndarray = np.clip(centre + draws * spread, 0, 1)
    return possible


def rule_base_names() -> list[str]:
    """Names of the shipped rule bases."""
    return shipped_names(RULE_BASES)


def load_rule_base(name_or_path: str | Path) -> RuleBase:
    """Read a shipped rule base by name, or any by the path of its YAML.

    Raises
    ------
    RuleBaseError
        if there is none such, or with every problem of the file.
    """
    return read_shipped(name_or_path, RULE_BASES, RuleBase, RuleBaseError, "rule base")


def _vector(traits: Mapping[str, float]) -> np.ndarray:
    """The five values (5,) in the order of TRAITS."""
    missing = [trait for trait in TRAITS if trait not in traits]
    if missing:
        raise RuleBaseError(
            f"no value for {', '.join(missing)}; a rule base scores all five traits"
        )
    values = np.array([traits[trait] for trait in TRAITS], dtype=float)
    for trait, value in zip(TRAITS, values, strict=True):
        if not 0 <= value <= 1:  # also refuses NaN
            raise RuleBaseError(f"{trait}: found {value}, expected a value from 0 to 1")
    return values


@lru_cache(maxsize=8)
def _standard_draws(correlation: bytes) -> np.ndarray:
    """Correlated standard normal draws (DRAWS, 5), mirrored in pairs, the same every time."""
    matrix = np.frombuffer(correlation).reshape(len(TRAITS), len(TRAITS))
    values, vectors = np.linalg.eigh(matrix)
    root = vectors * np.sqrt(np.clip(values, 0, None))  # measured matrices may be barely singular
    half = np.random.default_rng(0).standard_normal((DRAWS // 2, len(TRAITS))) @ root.T
    return np.concatenate([half, -half])
