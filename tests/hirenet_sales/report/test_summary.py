"""The first screen: what moved the score, and what it says when nothing can be said."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_assessment import earlier_assessment, toy_assessment, withheld_assessment

from hirenet_sales.effect import SALES
from hirenet_sales.report import write_report
from hirenet_sales.report.summary import LEAST, LEAST_OF_TRAIT, REASONS, strongest_reasons
from hirenet_sales.traits import TRAITS


@pytest.mark.parametrize("target", [*TRAITS, SALES])
def test_reasons_are_the_largest_contributions_of_their_sign(target: str) -> None:
    assessment, least = toy_assessment(), LEAST.get(target, LEAST_OF_TRAIT)
    effects = sorted(
        c.effect
        for c in assessment.contributions
        if c.trait == target and (c.low > 0 or c.high < 0) and abs(c.effect) >= least
    )
    reasons = strongest_reasons(assessment, target)
    raising = [r.contribution.effect for r in reasons.raising]
    lowering = [r.contribution.effect for r in reasons.lowering]
    assert raising == [e for e in effects[::-1] if e > 0][:REASONS]
    assert lowering == [e for e in effects if e < 0][:REASONS]


def test_a_reason_within_the_error_of_sampling_is_none() -> None:
    assessment = toy_assessment()
    unsure = [c.model_copy(update={"low": -9.0, "high": 9.0}) for c in assessment.contributions]
    assert not strongest_reasons(assessment.model_copy(update={"contributions": unsure}))


def test_the_moment_of_a_reason_moves_the_estimate_the_same_way() -> None:
    assessment = toy_assessment()
    moments = []
    for target in (*TRAITS, SALES):
        reasons = strongest_reasons(assessment, target)
        for reason in (*reasons.raising, *reasons.lowering):
            if reason.moment:
                assert reason.moment.stream == reason.contribution.stream
                assert reason.moment.effect[target].effect * reason.contribution.effect > 0
                moments.append(reason.moment)
    assert moments


def test_an_assessment_without_contributions_has_no_reasons(tmp_path: Path) -> None:
    assert not strongest_reasons(earlier_assessment())
    page = write_report(earlier_assessment(), tmp_path / "report.html").read_text("utf-8")
    assert "Raised the score most" not in page


def test_a_withheld_estimate_gives_its_reason_in_place_of_figures(tmp_path: Path) -> None:
    assessment = withheld_assessment()
    page = write_report(assessment, tmp_path / "report.html").read_text("utf-8")
    assert "Not enough to say" in page
    assert assessment.withheld in page
    assert "Sales score" not in page
