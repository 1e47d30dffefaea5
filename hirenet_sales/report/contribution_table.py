"""Contributions of an interview's answers and streams, as rows of signed bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hirenet_sales.assessment import STREAM_NAMES, Assessment
from hirenet_sales.effect import SALES, Contribution
from hirenet_sales.report.effect_lane import ESTIMATES


@dataclass(frozen=True)
class SignedBar:
    """A signed effect and its bar.

    Attributes
    ----------
    estimate : a trait, or the sales score
    effect : in its unit
    error : half the width of the interval of the sampling, 0 where the value is exact
    left, width : of the bar in its cell, 0 to 100; 50 is no effect
    """

    estimate: str
    effect: float
    error: float
    left: float
    width: float


@dataclass(frozen=True)
class ContributionRow:
    """One answer's share in one estimate: by stream, in the order of STREAM_NAMES, and together.

    A cell is None where the answer has no such stream.
    """

    estimate: str
    question: str
    streams: tuple[SignedBar | None, ...]
    together: SignedBar


@dataclass(frozen=True)
class ContributionTable:
    """How one estimate comes about: baseline + the answers = estimate."""

    estimate: str
    baseline: float
    rows: tuple[ContributionRow, ...]
    result: float


def contribution_tables(assessment: Assessment) -> tuple[ContributionTable, ...]:
    """One table an estimate, in the order of ESTIMATES; none where nothing was measured."""
    baseline = assessment.baseline
    if baseline is None:
        return ()
    results = {name: trait.estimate for name, trait in assessment.traits.items()}
    if assessment.sales_interpolated is not None:
        results[SALES] = assessment.sales_interpolated
    return tuple(
        ContributionTable(name, baseline[name], rows, results[name])
        for name in ESTIMATES
        if name in baseline and name in results and (rows := _rows(assessment, name))
    )


def _rows(assessment: Assessment, estimate: str) -> tuple[ContributionRow, ...]:
    own: dict[str, dict[str, Contribution]] = {}
    for share in assessment.contributions:
        if share.trait == estimate:
            own.setdefault(share.question, {})[share.stream] = share
    sums = {question: sum(s.effect for s in shares.values()) for question, shares in own.items()}
    top = max(
        [abs(s.effect) for shares in own.values() for s in shares.values()]
        + [abs(value) for value in sums.values()],
        default=0.0,
    )
    return tuple(
        ContributionRow(
            estimate,
            answer.id,
            _cells(own[answer.id], STREAM_NAMES, top),
            _bar(estimate, sums[answer.id], 0.0, top),
        )
        for answer in assessment.answers
        if answer.id in own
    )


def _cells(
    shares: Mapping[str, Contribution], streams: Sequence[str], top: float
) -> tuple[SignedBar | None, ...]:
    return tuple(
        _bar(s.trait, s.effect, (s.high - s.low) / 2, top) if (s := shares.get(name)) else None
        for name in streams
    )


def _bar(estimate: str, effect: float, error: float, top: float) -> SignedBar:
    reach = 50 * effect / top if top else 0.0
    return SignedBar(estimate, effect, error, 50 + min(reach, 0.0), abs(reach))
