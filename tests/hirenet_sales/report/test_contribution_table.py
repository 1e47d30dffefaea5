"""Tables of contributions: they add up, and a bar is as long as its figure says."""

from __future__ import annotations

import pytest
from toy_assessment import earlier_assessment, toy_assessment, withheld_assessment

from hirenet_sales.report.contribution_table import contribution_tables
from hirenet_sales.report.effect_lane import ESTIMATES

ASSESSMENT = toy_assessment()


@pytest.mark.parametrize("table", contribution_tables(ASSESSMENT), ids=lambda t: t.estimate)
def test_baseline_and_answers_add_up_to_the_estimate(table) -> None:
    total = table.baseline + sum(row.together.effect for row in table.rows)
    assert total == pytest.approx(table.result)
    for row in table.rows:
        shares = [bar.effect for bar in row.streams if bar]
        assert sum(shares) == pytest.approx(row.together.effect)


@pytest.mark.parametrize("table", contribution_tables(ASSESSMENT), ids=lambda t: t.estimate)
def test_bars_of_one_table_share_a_scale(table) -> None:
    bars = [bar for row in table.rows for bar in (*row.streams, row.together) if bar]
    top = max(abs(bar.effect) for bar in bars)
    for bar in bars:
        assert bar.width == pytest.approx(50 * abs(bar.effect) / top)
        assert bar.left == pytest.approx(50 if bar.effect >= 0 else 50 - bar.width)


def test_there_is_a_table_for_every_estimate_or_none_at_all() -> None:
    assert tuple(table.estimate for table in contribution_tables(ASSESSMENT)) == ESTIMATES
    assert contribution_tables(earlier_assessment()) == ()
    assert contribution_tables(withheld_assessment()) == ()


def test_an_answer_without_a_stream_has_no_share_of_it() -> None:
    sales, *_ = contribution_tables(ASSESSMENT)
    missing = {row.question: [bar is None for bar in row.streams] for row in sales.rows}
    assert missing == {
        "q1": [False] * 3,
        "q2": [True, False, False],
        "q3": [False] * 3,
        "q4": [False, True, False],
    }
