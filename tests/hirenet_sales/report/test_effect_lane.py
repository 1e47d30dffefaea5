"""Effects over time: lane, table and JSON are one, unread time is told from read time."""

from __future__ import annotations

import re

import pytest
from toy_assessment import earlier_assessment, toy_assessment

from hirenet_sales.assessment import STREAM_NAMES, MeasuredMoment, StreamAssessment
from hirenet_sales.effect import MomentEffect
from hirenet_sales.report.effect_lane import (
    ESTIMATES,
    draw_effects,
    spoken,
    strongest_effects,
    ticks,
)
from hirenet_sales.report.page import write_report
from hirenet_sales.report.wording import effect_text, span

ASSESSMENT = toy_assessment()
TOPS = strongest_effects(ASSESSMENT)
READ = [answer for answer in ASSESSMENT.answers if answer.status != "failed"]


@pytest.mark.parametrize("answer", READ, ids=lambda a: a.id)
def test_every_measured_moment_is_in_its_lane_once(answer) -> None:
    view = draw_effects(answer, TOPS)
    assert view is not None
    for lane in view.lanes:
        assert [item.moment for item in lane.moments] == answer.streams[lane.stream].moments
        for bars in lane.bars:
            ways = [m.effects[bars.estimate].direction for m in answer.streams[lane.stream].moments]
            paths = (bars.raises, bars.lowers, bars.unmeasurable)
            drawn = [path.count("M") for path in paths]
            assert drawn == [ways.count(way) for way in ("raises", "lowers", "none")]
            assert bars.measurable == len(ways) - ways.count("none")


@pytest.mark.parametrize("answer", READ, ids=lambda a: a.id)
def test_bars_stand_where_the_moment_was_read_and_rise_with_its_effect(answer) -> None:
    view = draw_effects(answer, TOPS)
    assert view is not None
    for lane in view.lanes:
        for item in lane.moments:
            assert item.left <= 100 * item.moment.start / view.length + 1e-9
            assert item.left + item.width >= 100 * item.moment.end / view.length - 1e-9
        for bars in lane.bars:
            for path, sign in ((bars.raises, 1), (bars.lowers, -1)):
                heights = [50 - float(y) for y in re.findall(r"M\S+ 50V([-\d.]+)H", path)]
                assert all(0 <= sign * height <= 47 for height in heights)


def test_the_table_of_the_page_has_the_figures_of_the_json(tmp_path) -> None:
    html = write_report(ASSESSMENT, tmp_path / "r.html").read_text(encoding="utf-8")
    tables = re.findall(r'<table class="features moments-table">.*?</table>', html, re.DOTALL)
    assert len(tables) == len(READ)
    for answer, table in zip(READ, tables, strict=True):
        rows = re.findall(r"<tr><th scope=\"row\">\w+</th><td>(.*?)</td>(.*?)</tr>", table)
        moments = [m for name in STREAM_NAMES for m in answer.streams[name].moments]
        assert [when for when, _ in rows] == [span(m.start, m.end) for m in moments]
        for (_, cells), moment in zip(rows, moments, strict=True):
            figures = re.findall(r'<td class="num">(\S+) [▲▼·]</td>', cells)
            assert figures == [effect_text(moment.effects[n].effect, n) for n in ESTIMATES]


def test_time_that_nobody_read_is_told_apart() -> None:
    first = ASSESSMENT.answers[0]
    view = draw_effects(first, TOPS)
    assert view is not None
    lanes = {lane.stream: lane for lane in view.lanes}
    (gap, rest) = lanes["audio"].unread  # the voice of 0 to 7 s and of 15 to 21 s is read
    ends = [
        value * view.length / 100 for left, width in (gap, rest) for value in (left, left + width)
    ]
    assert ends == pytest.approx([7.0, 15.0, 21.0, view.length])
    assert lanes["text"].unread == ()
    stills = [m.start for m in first.streams["visual"].moments]
    assert len(lanes["visual"].unread) == len(stills)  # a still is an instant


def _still(effect: float, direction) -> MeasuredMoment:
    one = MomentEffect(effect=effect, low=-1, high=1, direction=direction)
    return MeasuredMoment(start=1.0, end=1.0, effects=dict.fromkeys(ESTIMATES, one))


@pytest.mark.parametrize(
    ("stream", "sentence"),
    [
        (
            StreamAssessment(available=True, moments=[_still(0.1, "none")] * 3),
            "None of the 3 moments",
        ),
        (StreamAssessment(available=True, moments=[_still(0.1, "none")]), "The one moment"),
        (StreamAssessment(available=True, unmeasured="One window alone."), "One window alone."),
    ],
)
def test_where_nothing_is_measurable_one_line_says_so(stream, sentence) -> None:
    answer = READ[0].model_copy(update={"streams": {"visual": stream}})
    view = draw_effects(answer, TOPS)
    assert view is not None and not view.drawn
    (lane,) = view.lanes
    assert lane.reason.startswith(sentence) and not lane.bars


def test_before_version_1_4_and_where_nothing_was_read_there_are_no_lanes() -> None:
    earlier = earlier_assessment()
    assert [draw_effects(a, strongest_effects(earlier)) for a in earlier.answers] == [None] * 5
    assert draw_effects(ASSESSMENT.answers[-1], TOPS) is None


def test_a_moment_is_named_by_its_time_its_words_and_what_it_does() -> None:
    answer = READ[0]
    view = draw_effects(answer, TOPS)
    assert view is not None
    for lane in view.lanes:
        for item in lane.moments:
            assert item.name.startswith("Play 0:")
            assert item.words == spoken(answer, item.moment)
            for name, effect in item.moment.effects.items():
                label = "the sales score" if name == "sales" else name
                raises = f"raises {label}" in item.name
                assert raises is (effect.direction == "raises")


@pytest.mark.parametrize("length", [0.0, 0.4, 3.0, 13.0, 60.0, 3600.0, 9000.0])
def test_an_axis_names_few_times_and_none_beyond_its_end(length) -> None:
    times = ticks(length)
    assert len(times) <= 8 and all(0 <= t <= length for t in times)
