"""Steps of an interview as one row, their masks, and scores of them."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.faithfulness.step_order import (
    FIRST,
    LAST,
    Steps,
    effect_scores,
    position_scores,
    step_weights,
)
from tests.hirenet_sales.toy_explained import planted_text, subject_of, word_reader
from tests.hirenet_sales.toy_model import checkpoint, interview_set

OWN = Steps(3, "text", (2, 0, 3))


@pytest.mark.parametrize(
    ("chosen", "mask"),
    [
        ([0], {(0, "text"): [0]}),
        ([0, 1], {(0, "text"): None}),
        ([4, 1], {(0, "text"): [1], (2, "text"): [2]}),
        ([], {}),
    ],
)
def test_masks_name_answers_and_their_steps(chosen, mask) -> None:
    made = OWN.mask(chosen)
    assert {key: None if steps is None else steps.tolist() for key, steps in made.items()} == mask


def test_values_are_shared_out_among_answers() -> None:
    assert [own.tolist() for own in OWN.by_answer(np.arange(5))] == [[0, 1], [], [2, 3, 4]]
    assert OWN.position.tolist() == [0, 1, 0, 0.5, 1]


def test_first_and_last_are_reverse_orders() -> None:
    scores = position_scores([OWN])
    assert np.array_equal(scores[FIRST][0], -scores[LAST][0])
    assert scores[FIRST][0].argmax() == 0


def test_the_effect_is_highest_where_the_moment_is_planted() -> None:
    data = planted_text(12)
    subject, steps = subject_of(word_reader(data), data), Steps.of(data, "text")
    scores = effect_scores(subject, steps)
    for i, (own, score) in enumerate(zip(steps, scores, strict=True)):
        q = data.planted.question[i]
        assert len(score) == len(own)
        if own.lengths[q]:
            at = sum(own.lengths[:q]) + data.planted.moments[i][q]
            change = 0.4 * abs(data.planted.worth[i]) / subject.spread.mean()
            assert score[at] == pytest.approx(change)
            assert np.delete(score, at) == pytest.approx(0, abs=1e-12)


def test_attention_is_in_the_order_of_the_steps() -> None:
    data, model = interview_set(np.random.default_rng(0), 5), checkpoint()
    weights = step_weights(model, data, of_answers=True)
    for stream, by_interview in weights.items():
        for own, weight in zip(Steps.of(data, stream), by_interview, strict=True):
            assert len(weight) == len(own)
    within = step_weights(model, data)
    for stream, by_interview in within.items():
        for own, weight in zip(Steps.of(data, stream), by_interview, strict=True):
            sums = [x.sum() for x in own.by_answer(weight) if len(x)]
            assert sums == pytest.approx([1.0] * len(sums), abs=1e-5)
    assert step_weights(word_reader(planted_text(3)), planted_text(3)) == {}
