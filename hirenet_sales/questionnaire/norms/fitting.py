"""Fit rule bases to data: a distribution fitted to a norm sample, cut at its deciles.

The recipe of Kassab et al. 2022, section IV-E: "the probability distribution that fits each
personality trait", divided into ten ranges by percentiles; which end scores 10 comes from experts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml
from scipy import stats

from hirenet_sales.errors import NormSampleError, RuleBaseError
from hirenet_sales.persist import write_whole
from hirenet_sales.questionnaire.norms.checking import DECILES
from hirenet_sales.questionnaire.norms.norm_sample import NormSample
from hirenet_sales.rules import SCORES, RuleBase, TraitRules, rule_base_names
from hirenet_sales.traits import TRAITS

Distribution = Literal["normal", "beta", "best"]
Direction = Literal["positive", "negative"]
MIN_PEOPLE = 50  # below, the outer deciles rest on fewer than five people
DIGITS = 3  # of a cut


@dataclass(frozen=True)
class TraitFit:
    """Fit of one trait's distribution, with its quality."""

    # distribution, parameters: normal: mean, sd; beta on [0, 1]: a, b
    distribution: str
    parameters: dict[str, float]
    aic: dict[str, float]  # Akaike's criterion by distribution tried; lower fits better
    # Kolmogorov-Smirnov distance, the largest gap between the cumulative shares of sample and fit.
    # There is no p-value beside it: parameters come from the same sample, clips of one video are
    # not independent, and with thousands of people any fit is refused.
    ks: float
    decile_difference: float  # largest difference between a fitted and an observed decile
    # share of the sample in the ten ranges from 0 to 1; .1 each would be perfect
    shares: list[float]


def fit_rule_base(
    sample: NormSample,
    directions: Mapping[str, Direction],
    name: str,
    distribution: Distribution = "best",
    directions_source: str = "",
) -> tuple[RuleBase, dict[str, TraitFit]]:
    """Fit a rule base to a norm sample.

    `directions` are "positive" (a higher trait scores higher) or "negative", `directions_source`
    says in the notes where they come from; the distribution "best" is for every trait the one with
    the lower AIC. NormSampleError if there are too few people, or a trait varies too little for ten
    ranges.
    """
    if len(sample.traits) < MIN_PEOPLE:
        raise NormSampleError(
            f"{sample.path}: {len(sample.traits)} people, expected at least {MIN_PEOPLE} to cut at "
            "deciles"
        )
    rows, fits = {}, {}
    for k, trait in enumerate(TRAITS):
        rows[trait], fits[trait] = _fit_trait(
            sample, trait, sample.traits[:, k], directions[trait], distribution
        )
    rules = RuleBase(
        name=name,
        version="1.0",
        source=(
            f"fitted to {len(sample.traits)} people of {sample.path.name} (sha256 "
            f"{sample.sha256[:12]}), {sample.kind}"
        ),
        notes=_notes(sample, fits, directions_source),
        traits=rows,
    )
    return rules, fits


def new_name(name: str) -> str:
    """Check that no shipped rule base has this name: names in assessments must be unambiguous."""
    if name in rule_base_names():
        raise RuleBaseError(f"rule base '{name}' ships already; give yours another name (--name)")
    return name


def write_rule_base(rules: RuleBase, path: Path) -> None:
    """Write a rule base as YAML, laid out like those that ship."""
    head = (
        "# score: [from, to); the range that ends at 1 is closed. Traits are on [0, 1]; high\n"
        "# neuroticism is low emotional stability.\n"
    )
    content: dict[str, Any] = rules.model_dump(exclude={"traits"})
    content["traits"] = {
        trait: {
            "direction": row.direction,
            "ranges": {score: list(row.ranges[score]) for score in SCORES},
        }
        for trait, row in rules.traits.items()
    }
    body = yaml.safe_dump(
        content, sort_keys=False, default_flow_style=None, width=96, allow_unicode=True
    )
    write_whole(path, head + body)


def _fit_trait(
    sample: NormSample,
    trait: str,
    values: np.ndarray,
    direction: Direction,
    distribution: Distribution,
) -> tuple[TraitRules, TraitFit]:
    different = len(np.unique(values))
    if different < len(SCORES):
        raise NormSampleError(
            f"{sample.path}: {trait} has {different} different values, expected at least "
            f"{len(SCORES)}"
        )
    mean, sd = stats.norm.fit(values)
    # Beta has no likelihood at 0 and 1: all values are squeezed by half an observation, as by
    # Smithson and Verkuilen 2006.
    inside = (values * (len(values) - 1) + 0.5) / len(values)
    a, b, _, _ = stats.beta.fit(inside, floc=0, fscale=1)
    tried = {"normal": stats.norm(mean, sd), "beta": stats.beta(a, b)}
    parameters = {"normal": {"mean": mean, "sd": sd}, "beta": {"a": a, "b": b}}
    aic = {name: float(4 - 2 * d.logpdf(inside).sum()) for name, d in tried.items()}
    name = min(aic, key=lambda n: aic[n]) if distribution == "best" else distribution
    deciles = tried[name].ppf(DECILES)
    cuts = np.round(deciles, DIGITS)
    edges = np.array([0.0, *cuts, 1.0])
    if (np.diff(edges) <= 0).any():
        raise NormSampleError(
            f"{sample.path}: {trait}: the fitted deciles {cuts.tolist()} do not make ten ranges "
            "between 0 and 1; the values lie too close together or at an end"
        )
    order = SCORES if direction == "positive" else SCORES[::-1]
    ranges = dict(zip(order, pairwise(edges.tolist()), strict=True))
    counts = np.bincount(np.searchsorted(cuts, values, "right"), minlength=len(SCORES))
    fit = TraitFit(
        distribution=name,
        parameters={key: float(value) for key, value in parameters[name].items()},
        aic=aic,
        ks=float(stats.ks_1samp(values, tried[name].cdf).statistic),
        decile_difference=float(np.abs(deciles - np.quantile(values, DECILES)).max()),
        shares=(counts / len(values)).tolist(),
    )
    return TraitRules(direction=direction, ranges=ranges), fit


def _notes(sample: NormSample, fits: Mapping[str, TraitFit], directions_source: str) -> str:
    fitted = []
    for trait, fit in fits.items():
        values = ", ".join(f"{name} {value:.3f}" for name, value in fit.parameters.items())
        fitted.append(f"{trait} {fit.distribution} ({values}), KS distance {fit.ks:.3f}")
    source = f" Directions: {directions_source}." if directions_source else ""
    return (
        f"Cuts are the deciles of fitted distributions: {'; '.join(fitted)}. Polarity: "
        f"{sample.polarity}.{source}"
    )
