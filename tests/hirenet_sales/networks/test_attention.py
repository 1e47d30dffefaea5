"""Masked pooling and encoders: padding changes nothing, and nothing valid gives 0, never NaN."""

from __future__ import annotations

import pytest
import torch

from hirenet_sales.networks.attention import (
    AdditiveAttention,
    MeanPooling,
    SequenceEncoder,
    masked_mean_weights,
    masked_softmax,
)


def random_masks(rows: int, steps: int) -> torch.Tensor:
    """Masks with gaps anywhere; the first row has no valid step, the second only valid ones."""
    valid = torch.rand(rows, steps) < 0.5
    valid[0], valid[1] = False, True
    return valid


@pytest.fixture(autouse=True, params=range(3), ids="seed{}".format)
def seed(request) -> int:
    torch.manual_seed(request.param)
    return request.param


@pytest.mark.parametrize("weigh", [masked_softmax, lambda s, valid: masked_mean_weights(valid)])
def test_weights_sum_to_one_over_valid_steps(weigh) -> None:
    valid = random_masks(8, 6)
    weights = weigh(50 * torch.randn(8, 6), valid)
    assert (weights[~valid] == 0).all()
    assert (weights >= 0).all()
    torch.testing.assert_close(weights.sum(-1), valid.any(-1).float())


def test_softmax_is_that_of_the_valid_scores_alone() -> None:
    scores, valid = torch.randn(8, 6), random_masks(8, 6)
    weights = masked_softmax(scores, valid)
    for row in range(1, 8):
        expected = scores[row][valid[row]].softmax(-1)
        torch.testing.assert_close(weights[row][valid[row]], expected)


@pytest.mark.parametrize("context_width", [None, 3])
def test_nothing_valid_pools_to_zero_with_finite_gradients(context_width) -> None:
    attention = AdditiveAttention(5, context_width, 4)
    states = torch.randn(8, 6, 5, requires_grad=True)
    pooled, weights = attention(states, random_masks(8, 6), torch.randn(8, 3))
    assert (pooled[0] == 0).all()
    assert (weights[0] == 0).all()
    (1e6 * pooled.sum()).backward()  # large: a floor of 1e-38 overflowed here
    gradients = [states.grad, *(p.grad for p in attention.parameters())]
    assert all(torch.isfinite(g).all() for g in gradients)


def test_context_moves_the_weights_only_where_it_is_read() -> None:
    states, valid = torch.randn(4, 6, 5), torch.ones(4, 6, dtype=torch.bool)
    one, other = torch.randn(4, 3), torch.randn(4, 3)
    for context_width, moves in ((3, True), (None, False)):
        attention = AdditiveAttention(5, context_width, 4)
        first, second = attention(states, valid, one)[1], attention(states, valid, other)[1]
        assert (not torch.allclose(first, second)) == moves


def test_mean_pooling_is_the_mean_of_valid_states() -> None:
    states, valid = torch.randn(8, 6, 5), random_masks(8, 6)
    pooled, _ = MeanPooling()(states, valid, torch.zeros(8, 0))
    for row in range(1, 8):
        torch.testing.assert_close(pooled[row], states[row][valid[row]].mean(0))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_encoder_reads_valid_steps_as_if_nothing_else_were_there(cell, bidirectional) -> None:
    encoder = SequenceEncoder(cell, 4, 3, bidirectional=bidirectional)
    x, valid = torch.randn(8, 6, 4), random_masks(8, 6)
    x[~valid] = torch.nan  # not even looked at
    states, last = encoder(x, valid), encoder.last(x, valid)
    assert states.shape == (8, 6, encoder.width_out)
    assert (states[~valid] == 0).all()
    assert (last[0] == 0).all()
    for row in range(1, 8):
        remaining = x[row][valid[row]]
        if len(remaining):
            alone, _ = encoder.recurrent(remaining[None])
            torch.testing.assert_close(states[row][valid[row]], alone[0])
            torch.testing.assert_close(last[row], alone[0, -1])


def test_encoder_minds_the_order_of_steps() -> None:
    encoder = SequenceEncoder("gru", 4, 3, bidirectional=False)
    x, valid = torch.randn(1, 5, 4), torch.ones(1, 5, dtype=torch.bool)
    assert not torch.allclose(encoder.last(x, valid), encoder.last(x.flip(1), valid))


@pytest.mark.parametrize("shape", [(2, 0, 4), (2, 3, 4)])
def test_encoder_without_any_valid_step(shape) -> None:
    encoder = SequenceEncoder("gru", 4, 3, bidirectional=True)
    valid = torch.zeros(shape[:2], dtype=torch.bool)
    assert (encoder(torch.randn(shape), valid) == 0).all()
    assert (encoder.last(torch.randn(shape), valid) == 0).all()


def test_encoder_gradients_are_finite_beside_empty_rows() -> None:
    encoder = SequenceEncoder("lstm", 4, 3, bidirectional=True)
    encoder(torch.randn(8, 6, 4), random_masks(8, 6)).sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in encoder.parameters())
