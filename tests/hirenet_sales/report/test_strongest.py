"""What moved an estimate most: only what is measurable, the strongest first, sums that add up."""

from __future__ import annotations

import pytest
from toy_assessment import BASELINE, earlier_assessment, toy_assessment

from hirenet_sales.effect import SALES
from hirenet_sales.report.strongest import (
    SHOWN,
    measured_moments,
    question_contribution,
    spoken,
    strongest,
)
from hirenet_sales.traits import TRAITS

NAMES = (*TRAITS, SALES)


@pytest.mark.parametrize("name", NAMES)
def test_the_strongest_are_measurable_and_in_order(name: str) -> None:
    toy = toy_assessment()
    raising, lowering = strongest(toy, name)
    everything = [m for n, a in enumerate(toy.answers, 1) for m in measured_moments(n, a, name)]
    for shown, direction in ((raising, "raises"), (lowering, "lowers")):
        all_of_it = [m.effect for m in everything if m.effect.direction == direction]
        sizes = sorted((abs(e.effect) for e in all_of_it), reverse=True)
        assert [abs(m.effect.effect) for m in shown] == sizes[:SHOWN]
        assert all(m.effect.direction == direction for m in shown)


def test_moments_have_the_words_that_are_theirs() -> None:
    answer = toy_assessment().answers[0]
    for name in ("text", "audio"):
        for moment in answer.streams[name].moments:
            words = spoken(answer, moment).split()
            assert words, "an answer that is spoken from beginning to end"
            if moment.first_word is not None:
                assert len(words) == moment.last_word - moment.first_word + 1


@pytest.mark.parametrize("name", NAMES)
def test_contributions_of_questions_add_up_to_the_estimate(name: str) -> None:
    toy = toy_assessment()
    parts = [question_contribution(toy, answer.id, name) for answer in toy.answers]
    assert parts[-1] is None, "nothing was read of the last answer"
    total = BASELINE[name] + sum(part.effect for part in parts if part)
    estimate = toy.sales_interpolated if name == SALES else toy.traits[name].estimate
    assert total == pytest.approx(estimate)
    assert all(part.low <= part.effect <= part.high for part in parts if part)


def test_an_assessment_without_effects_has_none() -> None:
    earlier = earlier_assessment()
    assert strongest(earlier) == ([], [])
    assert question_contribution(earlier, "q1", SALES) is None
