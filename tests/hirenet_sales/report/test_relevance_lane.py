"""Relevance in the report: a lane, two lists, and a sentence that says what it is not."""

from __future__ import annotations

import pytest
from toy_assessment import toy_assessment

from hirenet_sales.assessment import RelevanceAssessment, SentenceRelevance
from hirenet_sales.report import write_report
from hirenet_sales.report.relevance_lane import HIGHLIGHTS, draw_relevance

VALUES = (0.62, 0.5, 0.41, 0.55, 0.1, -0.2, -0.9)


def sentence(row: int, value: float, *, timed: bool = True) -> SentenceRelevance:
    topic = "on the question" if value > 0.3 else "off the question" if value < 0 else None
    return SentenceRelevance(
        start=2.0 * row if timed else None,
        end=2.0 * row + 2 if timed else None,
        first_word=5 * row,
        last_word=5 * row + 4,
        text=f"Sentence {row} <b>of</b> this answer.",
        value=value,
        topic=topic,
    )


def with_relevance(relevance: RelevanceAssessment | None):
    assessment = toy_assessment()
    first = assessment.answers[0].model_copy(update={"relevance": relevance})
    return assessment.model_copy(update={"answers": [first, *assessment.answers[1:]]})


def whole(percentile: float = 72.4, *, timed: bool = True) -> RelevanceAssessment:
    return RelevanceAssessment(
        available=True,
        value=0.5,
        percentile=percentile,
        percentile_of_others=99.6,
        sentences=[sentence(row, value, timed=timed) for row, value in enumerate(VALUES)],
    )


@pytest.fixture
def page(tmp_path):
    def write(relevance: RelevanceAssessment | None) -> str:
        path = write_report(with_relevance(relevance), tmp_path / "report.html")
        return path.read_text(encoding="utf-8")

    return write


def test_the_page_shows_how_the_answer_compares_and_its_sentences(page):
    html = page(whole())
    assert "those of 72 % of reference answers are to their own" in html
    assert "nearer than more than 99 % of answers to other questions" in html
    assert "nor the person" in html and "It plays no part in the estimates" in html
    assert "<h4>On the question</h4>" in html and "<h4>Off the question</h4>" in html
    assert "Sentence 0 &lt;b&gt;of&lt;/b&gt; this answer." in html
    assert html.count('class="relevance-lane"') == 1


def test_each_list_holds_the_clearest_sentences_first():
    view = draw_relevance(with_relevance(whole()).answers[0])
    assert {topic: [s.value for s in chosen] for topic, chosen in view.highlights} == {
        "on the question": sorted(VALUES, reverse=True)[:HIGHLIGHTS],
        "off the question": [-0.9, -0.2],
    }
    assert len(view.cells) == len(VALUES)
    for cell, value in zip(view.cells, VALUES, strict=True):
        assert 0 <= cell.top <= cell.top + cell.height <= 101
        assert (cell.top < view.zero_y) == (value > 0)


def test_words_without_times_have_no_lane(page):
    html = page(whole(timed=False))
    assert 'class="relevance-lane"' not in html and "<h4>Off the question</h4>" in html


def test_a_reason_takes_the_place_of_figures(page):
    html = page(RelevanceAssessment(available=False, reason="The transcript is in 'de'."))
    assert "The transcript is in &#39;de&#39;." in html and "reference answers" not in html


def test_an_older_assessment_has_no_such_section(page):
    assert 'class="relevance"' not in page(None)
