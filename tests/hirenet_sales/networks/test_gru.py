"""The fast GRU is torch's GRU: states, gradients, rows of any length."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from hirenet_sales.networks.attention import SequenceEncoder
from hirenet_sales.networks.gru import Runs, run_gru

LENGTHS = [[3, 0, 5, 1, 5], [1], [4, 4, 4], [0, 0, 2]]


def by_torch(layer: nn.GRU, x: Tensor, lengths: list[int]) -> Tensor:
    """States of every row by itself, without padding."""
    return torch.cat([layer(row[None])[0][0] for row in x.split(lengths) if len(row)])


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("bidirectional", [True, False])
def test_states_and_gradients_are_torchs(lengths, bidirectional) -> None:
    torch.manual_seed(sum(lengths))
    layer = nn.GRU(4, 3, bidirectional=bidirectional, batch_first=True).double()
    x = torch.randn(sum(lengths), 4, dtype=torch.double, requires_grad=True)
    weight = torch.randn(sum(lengths), 6 if bidirectional else 3, dtype=torch.double)
    inputs = [x, *layer.parameters()]
    expected = by_torch(layer, x, lengths)
    result = run_gru(layer, x, Runs.of(torch.tensor(lengths)))
    torch.testing.assert_close(result, expected)
    torch.testing.assert_close(
        torch.autograd.grad((result * weight).sum(), inputs),
        torch.autograd.grad((expected * weight).sum(), inputs),
    )


@pytest.mark.parametrize("lengths", LENGTHS)
def test_step_order_and_back(lengths) -> None:
    runs = Runs.of(torch.tensor(lengths))
    assert sum(runs.sizes) == sum(lengths)
    assert list(runs.sizes) == sorted(runs.sizes, reverse=True)
    for order, inverse in zip(runs.order, runs.inverse, strict=True):
        assert order[inverse].tolist() == list(range(sum(lengths)))
    first = [sum(lengths[:row]) for row in range(len(lengths))]
    begins = {first[row] for row, length in enumerate(lengths) if length}
    ends = {first[row] + length - 1 for row, length in enumerate(lengths) if length}
    assert set(runs.order[0, : runs.sizes[0]].tolist()) == begins
    assert set(runs.order[1, : runs.sizes[0]].tolist()) == ends


@pytest.mark.parametrize("bidirectional", [True, False])
def test_training_and_reading_see_the_same(bidirectional) -> None:
    torch.manual_seed(0)
    encoder = SequenceEncoder("gru", 4, 3, bidirectional=bidirectional)
    x, valid = torch.randn(6, 7, 4), torch.rand(6, 7) < 0.5
    valid[0] = False
    with torch.inference_mode():  # torch.nn.GRU
        read, last = encoder(x, valid), encoder.last(x, valid)
    assert encoder(x, valid).grad_fn is not None
    torch.testing.assert_close(encoder(x, valid), read)
    torch.testing.assert_close(encoder.last(x, valid), last)


def test_state_at_both_ends() -> None:
    torch.manual_seed(0)
    encoder = SequenceEncoder("gru", 4, 3, bidirectional=True)
    x, valid = torch.randn(5, 7, 4), torch.rand(5, 7) < 0.5
    valid[0], valid[1] = False, True
    result = encoder.last(x, valid, both_ends=True)
    assert (result[0] == 0).all()
    for row in range(1, 5):
        _, last = encoder.recurrent(x[row][valid[row]][None])  # (2, 1, 3)
        torch.testing.assert_close(result[row], last.flatten())


def test_no_step_at_all() -> None:
    encoder = SequenceEncoder("gru", 4, 3, bidirectional=True)
    assert encoder.run(torch.zeros(0, 4), torch.tensor([0, 0])).shape == (0, 6)
