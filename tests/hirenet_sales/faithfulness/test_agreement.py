"""Rank agreement of scores of steps."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.faithfulness.agreement import LEAST_STEPS, rank_agreement

PEOPLE = np.array([f"p{i}" for i in range(30)])


def test_equal_orders_agree_and_reverse_ones_do_not() -> None:
    rng = np.random.default_rng(0)
    one = [rng.random(10) for _ in PEOPLE]
    scores = {"a": one, "b": [np.exp(x) for x in one], "c": [-x for x in one]}
    scores["d"] = [rng.random(10) for _ in PEOPLE]
    agreement = rank_agreement(scores, PEOPLE)
    assert agreement["a, b"]["value"] == pytest.approx(1)
    assert agreement["a, c"]["value"] == pytest.approx(-1)
    assert agreement["a, d"]["low"] < 0 < agreement["a, d"]["high"]


def test_what_has_no_order_is_left_out() -> None:
    short = [np.arange(LEAST_STEPS - 1)] * len(PEOPLE)
    assert rank_agreement({"a": short, "b": short}, PEOPLE) == {}
    same = [np.ones(10)] * len(PEOPLE)
    assert rank_agreement({"a": same, "b": [np.arange(10)] * len(PEOPLE)}, PEOPLE) == {}
    some = [np.arange(10)] * 2 + short[2:]
    assert rank_agreement({"a": some, "b": some}, PEOPLE)["a, b"]["n"] == 2
