"""Contributions sum to the estimate, and are captum's where they are exact."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import ShapleyValues
from toy_model import WIDTHS, ensemble, interview_set

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.explain.contributions import contributions
from hirenet_sales.explain.masked_estimates import Estimate, masked_estimates

SENSES = {name: (name,) for name in WIDTHS}


def whole(seed: int, answers: int) -> InterviewSet:
    """One interview of so many answers, none of which lacks a stream."""
    rng = np.random.default_rng(seed)
    while True:
        interviews = interview_set(rng, 1, missing=0.0)
        if len(interviews.questions[0]) == answers:
            return interviews


def presence(interviews: InterviewSet) -> np.ndarray:
    """Which streams of answers each interview has, (N, P), in the order of the players."""
    return np.array(
        [
            [len(interviews.streams[n][i][q]) > 0 for q in range(len(asked)) for n in WIDTHS]
            for i, asked in enumerate(interviews.questions)
        ],
        float,
    )


def game(seed: int, players: int, *, interaction: float = 1.0) -> Estimate:
    """An estimate (N, 2) that depends on what is present, also on pairs of it."""
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(players, 2))
    pair = interaction * rng.normal(size=(players, players, 2))
    return lambda own: (
        presence(own) @ weight + np.einsum("np,nq,pqk->nk", presence(own), presence(own), pair)
    )


def fused(interviews: InterviewSet) -> np.ndarray:
    return ensemble().predict(interviews).interviews


@pytest.mark.parametrize("answers", [1, 2, 4])
@pytest.mark.parametrize("exact", [0, 12])
def test_baseline_and_contributions_sum_to_the_estimate(answers: int, exact: int) -> None:
    interviews = whole(answers, answers)
    c = contributions(fused, interviews, SENSES, exact=exact, pairs=4)
    assert c.baseline + c.effects.sum(0) == pytest.approx(c.estimate, abs=1e-9)
    assert c.baseline == pytest.approx(np.full(5, 0.5))
    assert c.estimate == pytest.approx(fused(interviews)[0], abs=1e-6)
    assert len(c.players) == 3 * answers and np.abs(c.effects).max() > 1e-4


def test_exact_values_are_captum_s() -> None:
    estimate, interviews = game(5, 6), whole(0, 2)
    ours = contributions(estimate, interviews, SENSES)

    def forward(present: torch.Tensor) -> torch.Tensor:
        masks = [
            {p: None for p, one in zip(ours.players, row, strict=True) if not one}
            for row in present.tolist()
        ]
        return torch.from_numpy(masked_estimates(estimate, interviews, 0, masks))

    for k in range(2):
        theirs = ShapleyValues(forward).attribute(torch.ones(1, 6), target=k)
        assert ours.effects[:, k] == pytest.approx(theirs.numpy()[0], abs=1e-5)
    assert not ours.errors.any()


@pytest.mark.parametrize("seed", range(3))
def test_sampled_values_lie_within_their_error_of_the_exact_ones(seed: int) -> None:
    estimate, interviews = game(seed, 9), whole(seed, 3)
    rng = np.random.default_rng(seed)
    cubic = rng.normal(size=9)

    def curved(own: InterviewSet) -> np.ndarray:  # pairs of orders alone would be exact otherwise
        return estimate(own) + np.tanh(presence(own) @ cubic)[:, None] ** 3

    exact = contributions(curved, interviews, SENSES)
    drawn = contributions(curved, interviews, SENSES, exact=0, pairs=40, seed=seed)
    assert (np.abs(drawn.effects - exact.effects) <= 4.5 * drawn.errors + 1e-9).all()
    assert drawn.errors.max() > 1e-3
    few = contributions(curved, interviews, SENSES, exact=0, pairs=5, seed=seed)
    assert few.errors.mean() > drawn.errors.mean()


def test_what_adds_up_is_exact_however_few_orders_are_drawn() -> None:
    estimate, interviews = game(1, 12, interaction=0.0), whole(2, 4)
    c = contributions(estimate, interviews, SENSES, pairs=2)
    alone = masked_estimates(
        estimate, interviews, 0, [{p: None for p in c.players if p != own} for own in c.players]
    )
    assert c.effects == pytest.approx(alone - c.baseline)
    assert c.errors == pytest.approx(np.zeros_like(c.errors), abs=1e-9)


def test_what_is_left_out_is_masked() -> None:
    interviews = whole(3, 3)
    c = contributions(fused, interviews, SENSES)
    for name, values in c.without_stream.items():
        (masked,) = masked_estimates(fused, interviews, 0, [{(q, name): None for q in range(3)}])
        assert values == pytest.approx(masked, abs=1e-6)
    for q, values in c.without_answer.items():
        (masked,) = masked_estimates(fused, interviews, 0, [{(q, name): None for name in WIDTHS}])
        assert values == pytest.approx(masked, abs=1e-6)
    assert set(c.without_stream) == set(WIDTHS) and set(c.without_answer) == {0, 1, 2}


def test_a_stream_that_an_answer_lacks_is_no_player() -> None:
    interviews = whole(4, 2)
    interviews.streams["audio"][0][1] = np.zeros((0, WIDTHS["audio"]), np.float32)
    c = contributions(fused, interviews, SENSES)
    assert (1, "audio") not in c.players and len(c.players) == 5
