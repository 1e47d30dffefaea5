"""Agreement of readers' ratings with each other and with what the answers moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from hirenet_sales.assessment import Assessment
from hirenet_sales.effect import SALES
from hirenet_sales.errors import AssessmentError
from hirenet_sales.rating import LEAST_RANKED, Rating

CONTRIBUTIONS = "contribution to the sales score"


@dataclass(frozen=True)
class Pair:
    """Two readings of the same answers.

    Attributes
    ----------
    answers : that both have
    rank_correlation : Spearman's, -1 to 1; None of fewer than `LEAST_RANKED` answers, or where one
        reading is the same for all
    difference : mean absolute difference in points of the scale from 1 to 5; None where one of the
        readings is on another scale, or they share no answer
    """

    one: str
    other: str
    answers: int
    rank_correlation: float | None
    difference: float | None


@dataclass(frozen=True)
class Agreement:
    """Readings by name, each a figure by id of the answer, and all pairs of them."""

    readings: dict[str, dict[str, float]]
    pairs: list[Pair]


def agreement(assessment: Assessment, ratings: Sequence[Rating]) -> Agreement:
    """Compare ratings with each other and with the contributions of the answers.

    Raises
    ------
    AssessmentError
        if a rating is of another interview or of answers that it lacks, or two are by one rater.
    """
    _check(assessment, ratings)
    readings = {rating.rater: rating.means for rating in ratings}
    moved: dict[str, float] = {}
    for part in assessment.contributions:
        if part.trait == SALES:
            moved[part.question] = moved.get(part.question, 0.0) + part.effect
    if moved:
        readings[CONTRIBUTIONS] = moved
    pairs = [_pair(one, other, readings) for one, other in combinations(readings, 2)]
    return Agreement(readings, pairs)


def rank_correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Spearman's rank correlation; None where it says nothing, see `Pair`.

    >>> rank_correlation([1, 2, 3, 4], [10, 20, 40, 30])
    0.8
    """
    from scipy.stats import spearmanr  # late: the readings alone do not need it

    if len(one) < LEAST_RANKED or len(set(one)) == 1 or len(set(other)) == 1:
        return None
    return round(float(spearmanr(one, other).statistic), 12)


def _pair(one: str, other: str, readings: Mapping[str, Mapping[str, float]]) -> Pair:
    shared = [question for question in readings[one] if question in readings[other]]
    first, second = ([readings[name][q] for q in shared] for name in (one, other))
    comparable = CONTRIBUTIONS not in (one, other) and shared
    return Pair(
        one,
        other,
        len(shared),
        rank_correlation(first, second),
        fmean(abs(a - b) for a, b in zip(first, second, strict=True)) if comparable else None,
    )


def _check(assessment: Assessment, ratings: Sequence[Rating]) -> None:
    ids = {answer.id for answer in assessment.answers}
    raters: set[str] = set()
    for rating in ratings:
        if rating.interview != assessment.id:
            raise AssessmentError(
                f"the ratings by '{rating.rater}' are of interview '{rating.interview}', and the "
                f"assessment is of '{assessment.id}'; give ratings of the same interview"
            )
        others = [a.question for a in rating.answers if a.question not in ids]
        if others:
            raise AssessmentError(
                f"the ratings by '{rating.rater}' are of an answer '{others[0]}', which interview "
                f"'{assessment.id}' lacks"
            )
        if rating.rater in raters or rating.rater == CONTRIBUTIONS:
            raise AssessmentError(
                f"two ratings by '{rating.rater}'; every rater needs a name of their own"
            )
        raters.add(rating.rater)
