"""Additive attention and the masked operations that every model shares.

Masks are called `valid`, True = real. An all-masked row yields 0, never NaN.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from hirenet_sales.networks.gru import Runs, run_gru


def masked_softmax(scores: Tensor, valid: Tensor) -> Tensor:
    """Softmax over the last dimension among valid entries; an all-masked row gives zeros.

    Parameters
    ----------
    scores : (..., T)
    valid : bool (..., T)
    """
    scores = scores.masked_fill(~valid, torch.finfo(scores.dtype).min)
    weights = torch.softmax(scores, dim=-1) * valid
    # The sum is 1, or 0 for an all-masked row. The floor is far from both, and not so small that
    # the gradient of such a row, which is divided by it, overflows and turns to NaN.
    return weights / weights.sum(-1, keepdim=True).clamp_min(1e-6)


def matched(scores: Tensor, valid: Tensor, match: Tensor) -> Tensor:
    """Scores with the match added; what has no match keeps its weight exactly.

    So the match moves weight between entries that have one, and an answer is neither rewarded nor
    punished for a question that nobody wrote down.

    Parameters
    ----------
    scores : (..., T)
    valid : bool (..., T)
    match : (..., T), NaN = none
    """
    some = valid & ~match.isnan()
    match = torch.where(some, match, 0.0)
    lowest = torch.finfo(scores.dtype).min
    before = scores.masked_fill(~some, lowest).logsumexp(-1, keepdim=True)
    after = (scores + match).masked_fill(~some, lowest).logsumexp(-1, keepdim=True)
    return torch.where(some, scores + match + before - after, scores)


def masked_mean_weights(valid: Tensor) -> Tensor:
    """Equal weights over valid entries, used by HN_AVG instead of attention."""
    weights = valid.float()
    return weights / weights.sum(-1, keepdim=True).clamp_min(1.0)


class AdditiveAttention(nn.Module):
    """Additive attention with an optional context (Bahdanau et al.; Hemamou et al. 2019).

    u_t = tanh(W_A h_t + W_Q q + b),  alpha = softmax_t(u_p . u_t),  pooled = sum_t alpha_t h_t

    Parameters
    ----------
    width : size of h_t
    context_width : size of the context q, or None for self-attention (HN_SATT)
    hidden : size of u_t
    """

    def __init__(self, width: int, context_width: int | None, hidden: int) -> None:
        super().__init__()
        self.from_state = nn.Linear(width, hidden)  # W_A and b
        self.from_context = (
            None if context_width is None else nn.Linear(context_width, hidden, bias=False)
        )
        self.score = nn.Linear(hidden, 1, bias=False)  # u_p

    def forward(
        self, states: Tensor, valid: Tensor, context: Tensor | None, match: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Pool `states` over time.

        Parameters
        ----------
        states : (..., T, width)
        valid : bool (..., T)
        context : (..., context_width); self-attention ignores it, and it may be None
        match : (..., T), see `matched`

        Returns
        -------
        pooled (..., width), weights (..., T) that sum to one, or to zero where nothing is valid.
        """
        hidden = self.from_state(states)  # (..., T, hidden)
        if self.from_context is not None:
            assert context is not None
            hidden = hidden + self.from_context(context).unsqueeze(-2)
        scores = self.score(torch.tanh(hidden)).squeeze(-1)  # (..., T)
        if match is not None:
            scores = matched(scores, valid, match)
        weights = masked_softmax(scores, valid)  # (..., T)
        return (weights.unsqueeze(-1) * states).sum(-2), weights


class MeanPooling(nn.Module):
    """The mean over valid steps, with the interface of attention (HN_AVG)."""

    def forward(
        self, states: Tensor, valid: Tensor, context: Tensor | None, match: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        weights = masked_mean_weights(valid)
        return (weights.unsqueeze(-1) * states).sum(-2), weights


class SequenceEncoder(nn.Module):
    """A GRU or LSTM over the valid steps of each row, at any positions.

    Invalid steps are skipped, not read as zeros, so padding never changes a result. Rows without a
    valid step give zeros.

    Parameters
    ----------
    cell : "gru" or "lstm"
    width, hidden : sizes of input and of one direction's state
    bidirectional : whether to concatenate both directions
    """

    CELLS: ClassVar[dict[str, type[nn.GRU] | type[nn.LSTM]]] = {"gru": nn.GRU, "lstm": nn.LSTM}

    def __init__(self, cell: str, width: int, hidden: int, *, bidirectional: bool) -> None:
        super().__init__()
        self.recurrent = self.CELLS[cell](
            width, hidden, batch_first=True, bidirectional=bidirectional
        )
        self.width_out = hidden * (2 if bidirectional else 1)

    def forward(self, x: Tensor, valid: Tensor) -> Tensor:
        """States of every step.

        Parameters
        ----------
        x : (N, T, width)
        valid : bool (N, T)

        Returns
        -------
        (N, T, width_out), zero at invalid steps.
        """
        indices = valid.flatten().nonzero().squeeze(1)  # (S,)
        run = self.run(x.flatten(0, 1).index_select(0, indices), valid.sum(1))
        return scatter_valid(run, indices, valid.shape)

    def run(self, x: Tensor, lengths: Tensor) -> Tensor:
        """States of rows without any padding between them.

        Parameters
        ----------
        x : (S, width), the valid steps of row after row
        lengths : whole numbers (N,), the valid steps of each row; S in all

        Returns
        -------
        (S, width_out)
        """
        if len(x) == 0:
            return x.new_zeros(0, self.width_out)
        runs = Runs.of(lengths)
        if isinstance(self.recurrent, nn.GRU) and torch.is_grad_enabled() and x.is_cpu:
            return run_gru(self.recurrent, x, runs)
        packed = PackedSequence(x.index_select(0, runs.order[0]), torch.tensor(runs.sizes))
        states: Tensor = self.recurrent(packed)[0].data
        return states.index_select(0, runs.inverse[0])

    def last(self, x: Tensor, valid: Tensor, *, both_ends: bool = False) -> Tensor:
        """State at the last valid step, (N, width_out); zeros for an all-masked row.

        With `both_ends` each direction gives the state at its own last step: the backward one has
        read the whole row at the first.
        """
        lengths = valid.sum(1)
        indices = valid.flatten().nonzero().squeeze(1)
        states = self.run(x.flatten(0, 1).index_select(0, indices), lengths)
        rows = lengths.nonzero().squeeze(1)
        ends = lengths.cumsum(0)[rows] - 1
        state = states.index_select(0, ends)
        if both_ends:
            first = states.index_select(0, ends - lengths[rows] + 1)
            half = self.width_out // 2
            state = torch.cat([state[:, :half], first[:, half:]], 1)
        return scatter_valid(state, rows, lengths.shape)


def scatter_valid(values: Tensor, indices: Tensor, shape: Sequence[int]) -> Tensor:
    """Scatter values (S, D) to flat `indices` (S,) of a tensor of zeros (*shape, D)."""
    zeros = values.new_zeros(math.prod(shape), values.shape[-1])
    return zeros.index_copy(0, indices, values).view(*shape, values.shape[-1])
