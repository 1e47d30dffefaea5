"""Similarity of an estimated impression to job profiles, with the estimate's uncertainty.

The comparison of the Deep Impression demonstration (Gucluturk et al. 2017), which gives neither
profiles nor a measure; ours are the distance and the correlation of profiles (Cronbach and Gleser
1953: distance is level, scatter and shape together, correlation is shape alone).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hirenet_sales.assessment import Assessment
from hirenet_sales.questionnaire.job_profiles.profile import (
    AVERAGE,
    JobProfile,
    Reference,
    load_job_profile,
    load_reference,
)
from hirenet_sales.rules import draw_traits
from hirenet_sales.traits import TRAITS, TraitEstimate

USE = (
    "Similarity of an estimated first impression to a described profile. It does not say who can "
    "do a job or will do it well, and it is no ground to take or turn away anybody: it assists a "
    "person's judgement and never decides."
)
STILL = 1e-9  # a profile with less spread has no shape


@dataclass(frozen=True)
class Interval:
    """A value with the interval that the trait intervals imply."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ProfileSimilarity:
    """Similarity to one profile."""

    profile: JobProfile
    # root mean square over the traits, in standard deviations of the reference people; errors of
    # estimation mostly lengthen a distance, so its value lies near its low end
    distance: Interval
    # median distance of the reference people to this profile, the trivial baseline
    typical_distance: float
    # share of the reference people that are nearer to the profile than this person
    nearer_share: Interval
    # of the five values with the profile's, -1 to 1; None for a profile without shape. Five points:
    # read its interval
    correlation: Interval | None
    # share of draws that are nearer to this profile than to the average person; about .5 = the
    # estimate does not tell them apart; None for the average itself
    nearer_than_average: float | None
    differences: dict[str, float]  # trait to person minus profile, standard deviations

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        described = self.profile.model_dump(include={"name", "title", "status", "source", "notes"})
        return described | {k: v for k, v in asdict(self).items() if k != "profile"}


@dataclass(frozen=True)
class Comparison:
    """A person compared with several profiles, in the order requested, which is no ranking."""

    person: str
    coverage: float
    profiles: list[ProfileSimilarity]

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "person": self.person,
            "use": USE,
            "coverage": self.coverage,
            "unit": "standard deviations of the reference people",
            "references": sorted({p.profile.reference for p in self.profiles}),
            "profiles": [profile.as_dict() for profile in self.profiles],
        }


def compare(
    estimates: Mapping[str, TraitEstimate],
    profiles: Sequence[JobProfile],
    coverage: float = 0.9,
    person: str = "",
) -> Comparison:
    """Compare the estimates of five traits, by name, with profiles.

    Intervals come from the draws that also carry the trait intervals into the sales score, so they
    are approximate in the same way (see `RuleBase.score_interval`); `coverage` is the nominal one
    of the trait intervals and of those that come out.
    """
    draws = draw_traits(estimates, coverage)  # (DRAWS, 5)
    point = np.array([estimates[trait].estimate for trait in TRAITS])
    average = load_job_profile(AVERAGE)
    similarities = []
    for profile in profiles:
        reference = load_reference(profile.reference)
        z, drawn = reference.standardise(point), reference.standardise(draws)
        others = _people(reference)
        distance = _distance(z, profile)
        distances, typical = _distance(drawn, profile), np.sort(_distance(others, profile))
        nearer = np.searchsorted(typical, distances) / len(typical)
        shape = profile.vector.std() > STILL and z.std() > STILL
        nearer_than_average = None
        if profile.vector.any():
            nearer_than_average = float((distances < _distance(drawn, average)).mean())
        similarities.append(
            ProfileSimilarity(
                profile=profile,
                distance=_interval(distance, distances, coverage),
                typical_distance=float(np.median(typical)),
                nearer_share=_interval(
                    np.searchsorted(typical, distance) / len(typical), nearer, coverage
                ),
                correlation=(
                    _interval(_correlation(z, profile), _correlation(drawn, profile), coverage)
                    if shape
                    else None
                ),
                nearer_than_average=nearer_than_average,
                differences=dict(zip(TRAITS, (z - profile.vector).tolist(), strict=True)),
            )
        )
    return Comparison(person, coverage, similarities)


def compare_assessment(path: Path, profiles: Sequence[JobProfile]) -> Comparison:
    """Compare the person of an assessment.json with profiles; AssessmentError if it is none."""
    assessment = Assessment.read(path)
    return compare(assessment.traits, profiles, assessment.confidence, assessment.id)


def _people(reference: Reference) -> np.ndarray:
    """Simulated reference people in standard deviations (N, 5), the same every time."""
    rng = np.random.default_rng(0)
    correlation = np.array(reference.correlation)
    return rng.multivariate_normal(np.zeros(len(TRAITS)), correlation, 8192, method="eigh")


def _distance(z: np.ndarray, profile: JobProfile) -> Any:
    return np.sqrt(((z - profile.vector) ** 2).mean(-1))


def _correlation(z: np.ndarray, profile: JobProfile) -> Any:
    centred = z - z.mean(-1, keepdims=True)
    other = profile.vector - profile.vector.mean()
    length = np.sqrt((centred**2).sum(-1) * (other**2).sum())
    return (centred * other).sum(-1) / np.maximum(length, STILL)


def _interval(value: float, draws: np.ndarray, coverage: float) -> Interval:
    low, high = np.quantile(draws, [0.5 - coverage / 2, 0.5 + coverage / 2])
    return Interval(float(value), min(float(low), float(value)), max(float(high), float(value)))
