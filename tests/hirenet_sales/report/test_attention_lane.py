"""Attention over time: what is drawn is what the table lists, and even weights are not drawn."""

from __future__ import annotations

from itertools import pairwise

import pytest
from toy_assessment import toy_assessment

from hirenet_sales.assessment import Moment, StreamAssessment
from hirenet_sales.report.attention_lane import MAX_STEPS, aggregate, draw_attention

ANSWERS = toy_assessment().answers


@pytest.mark.parametrize("count", [1, 7, MAX_STEPS, MAX_STEPS + 1, 10_000])
def test_aggregation_preserves_mean_peak_and_order(count) -> None:
    moments = [Moment(start=i, end=i + 1, value=i % 13) for i in range(count)]
    steps = aggregate(moments, count)
    assert len(steps) <= MAX_STEPS
    assert max(step.peak for step in steps) == max(m.value for m in moments)
    assert all(a.end <= b.start for a, b in pairwise(steps))
    weighted = sum(step.mean * (step.end - step.start) for step in steps)
    assert weighted == pytest.approx(sum(m.value for m in moments))


def test_a_failed_answer_draws_nothing_and_a_missing_stream_has_no_lane() -> None:
    assert draw_attention(ANSWERS[4]) is None
    view = draw_attention(ANSWERS[1])
    assert view and [lane.stream for lane in view.lanes] == ["audio", "text"]


def test_a_lane_draws_a_bar_a_step_and_names_its_true_peak() -> None:
    answer = toy_assessment(minutes=60).answers[0]
    view = draw_attention(answer)
    assert view
    for lane in view.lanes:
        moments = answer.streams[lane.stream].timeline
        assert lane.aggregated and lane.peak.value == max(m.value for m in moments)
        assert lane.mean_path.count("H") == len(lane.steps) <= MAX_STEPS


@pytest.mark.parametrize(("spread", "even"), [(0.0, True), (0.01, True), (0.5, False)])
def test_a_lane_where_all_weigh_the_same_is_even(spread, even) -> None:
    moments = [Moment(start=i, end=i + 1, value=1 + spread * (i % 2)) for i in range(10)]
    stream = StreamAssessment(available=True, timeline=moments)
    view = draw_attention(ANSWERS[0].model_copy(update={"streams": {"visual": stream}}))
    assert view and view.lanes[0].even is even
