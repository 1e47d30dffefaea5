"""Deletion curves tell an order that is right from one that is not."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.faithfulness.deletion import RANDOM, SHARES, deletion_curves, taken
from hirenet_sales.faithfulness.step_order import EFFECT, Steps, effect_scores
from tests.hirenet_sales.toy_explained import planted_text, subject_of, word_reader

RIGHT, WRONG = EFFECT, "wrong"


@pytest.fixture(scope="module")
def curves():
    data = planted_text(40)
    subject, steps = subject_of(word_reader(data), data), Steps.of(data, "text")
    right = effect_scores(subject, steps)
    scores = {RIGHT: right, WRONG: [-own for own in right]}
    return deletion_curves(subject, steps, scores, seed=0)


def test_the_right_order_changes_all_at_once(curves) -> None:
    right, wrong = (curves["orders"][name] for name in (RIGHT, WRONG))
    assert np.ptp(right["deletion"]) == pytest.approx(0)  # the first step is all that counts
    assert right["insertion"] == pytest.approx([0.0] * len(SHARES))
    assert wrong["deletion"] == pytest.approx([0.0] * len(SHARES))
    assert wrong["insertion"] == pytest.approx(right["deletion"])


def test_ratios_and_means_tell_orders_apart(curves) -> None:
    ratios, orders = curves["ratios"], curves["orders"]
    assert ratios[RIGHT]["removed"]["value"] > 4  # 5 of as many draws as one likes
    assert ratios[RIGHT]["replaced"]["value"] > 2  # other people's moments may come in
    for way in ("removed", "replaced"):
        right = ratios[RIGHT][way]
        assert right["low"] <= right["value"] <= right["high"]
        assert ratios[WRONG][way]["value"] < 0.5
    means = [orders[name]["comprehensiveness"]["value"] for name in (WRONG, RANDOM, RIGHT)]
    assert means == sorted(means) and means[0] < means[2]
    assert curves["deletion_ratio"] == ratios[RIGHT]["removed"]


def test_an_interview_of_one_step_is_left_out() -> None:
    data = planted_text(3)
    one = [Steps(i, "text", (1, 0, 0)) for i in range(3)]
    assert deletion_curves(subject_of(word_reader(data), data), one, {}, seed=0) == {}


@pytest.mark.parametrize("steps", [2, 3, 7, 100])
def test_a_share_takes_some_and_never_all(steps) -> None:
    assert all(1 <= taken(steps, share) < steps for share in (0.0, *SHARES, 1.0))
