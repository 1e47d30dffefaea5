"""One layer of gated recurrent units, with fast training on CPUs.

torch.nn.GRU records every small operation of every step and direction and then repeats all of them
backwards; on short rows and small states that is nearly all of the time. Here both directions run
as one, rows of different length without padding, and only what truly depends on the step before is
done step by step:

    r_t = s(W_ir x_t + b_ir + W_hr h + b_hr)        z_t = s(W_iz x_t + b_iz + W_hz h + b_hz)
    n_t = tanh(W_in x_t + b_in + r_t (W_hn h + b_hn))        h_t = n_t + z_t (h_{t-1} - n_t)

All that the way back needs of a step is linear in dh_t: its factors are computed for all steps at
once, and so are all gradients of weights. The equations and parameters are those of torch.nn.GRU
(Cho et al. 2014 with two biases), whose results it gives up to rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable


@dataclass(frozen=True)
class Runs:
    """Positions of the steps of rows of different length, in step order and in reading order.

    Reading order is row after row, S steps in all. In step order all first steps come first, then
    all second steps, and so on, longer rows before shorter ones, as in torch's PackedSequence.

    Attributes
    ----------
    order : (2, S), reading positions in step order: forwards, and each row from its end
    inverse : (2, S), the way back
    sizes : rows that have a first step, a second step, and so on
    """

    order: Tensor
    inverse: Tensor
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, lengths: Tensor) -> Runs:
        """Of rows with these many steps, (N,); rows of 0 have none."""
        starts = lengths.cumsum(0) - lengths
        lengths, rank = lengths.sort(descending=True, stable=True)
        starts = starts[rank]
        step = torch.arange(int(lengths[0]) if len(lengths) else 0, device=lengths.device)
        running = step[:, None] < lengths  # (T, N)
        forwards = (starts + step[:, None])[running]
        backwards = (starts + lengths - 1 - step[:, None])[running]
        order = torch.stack([forwards, backwards])  # (2, S)
        return cls(order, order.argsort(1), tuple(running.sum(1).tolist()))


def run_gru(layer: nn.GRU, x: Tensor, runs: Runs) -> Tensor:
    """States of all steps, (S, directions * hidden), in reading order.

    Parameters
    ----------
    layer : of one layer, with biases
    x : (S, inputs), in reading order
    """
    suffixes = ("", "_reverse") if layer.bidirectional else ("",)
    weights = [
        torch.stack([getattr(layer, f"{kind}_l0{suffix}") for suffix in suffixes])
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    states: Tensor = _Gru.apply(x, *weights, runs)  # type: ignore[no-untyped-call]
    return states


class _Gru(torch.autograd.Function):
    """x (S, I), weights (D, 3H, I), (D, 3H, H), (D, 3H), (D, 3H) to states (S, D * H).

    Columns stand by gate, then direction, then unit, so that each gate of all directions is one
    block, and one product with a block-diagonal matrix serves them all.
    """

    @staticmethod
    @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)  # type: ignore[untyped-decorator]
    def forward(
        ctx: Any,
        x: Tensor,
        w_in: Tensor,
        w_hidden: Tensor,
        b_in: Tensor,
        b_hidden: Tensor,
        runs: Runs,
    ) -> Tensor:
        d, _, width = w_hidden.shape
        every = d * width  # E
        block = x.new_zeros(d, width, 3, d, width)
        for k in range(d):
            block[k, :, :, k] = w_hidden[k].unflatten(0, (3, width)).permute(2, 0, 1)
        block = block.view(every, 3 * every)
        bias = _by_gate(b_hidden.unsqueeze(0), d).flatten()
        read = torch.addmm(_by_gate(b_in.unsqueeze(0), d).flatten(), x, _by_gate(w_in.mT, d))
        gates = _reordered(read.view(-1, 3, d, width), runs.order).flatten(1)  # (S, 3E)
        from_hidden = torch.empty_like(gates)
        states = gates.new_empty(len(x), every)
        before = torch.zeros_like(states)  # the state that each step starts from
        begin = last = 0
        for size in runs.sizes:
            now = slice(begin, begin + size)
            h = before[now]
            if begin:
                h.copy_(states[begin - last : begin - last + size])
            g, gh = gates[now], torch.addmm(bias, h, block, out=from_hidden[now])
            rz = g[:, : 2 * every].add_(gh[:, : 2 * every]).sigmoid_()
            n = g[:, 2 * every :].addcmul_(rz[:, :every], gh[:, 2 * every :]).tanh_()
            torch.lerp(n, h, rz[:, every:], out=states[now])
            begin, last = begin + size, size
        hn = from_hidden[:, 2 * every :]
        ctx.save_for_backward(x, w_in, block, gates, hn, before)
        ctx.runs, ctx.width = runs, width
        return _reordered(states.view(-1, 1, d, width), runs.inverse).flatten(1)

    @staticmethod
    @once_differentiable
    @torch.amp.custom_bwd(device_type="cpu")  # type: ignore[untyped-decorator]
    def backward(ctx: Any, grad: Tensor) -> Sequence[Tensor | None]:  # type: ignore[override]
        x, w_in, block, gates, hn, before = ctx.saved_tensors
        runs, d, width = ctx.runs, len(w_in), ctx.width
        r, z, n = gates.chunk(3, 1)  # (S, E) each
        to_n = (1 - z) * (1 - n * n)  # d(argument of tanh) / dh_t
        factors = torch.cat(
            [to_n * hn * r * (1 - r), (before - n) * z * (1 - z), to_n * r], 1
        ).unflatten(1, (3, -1))  # (S, 3, E): d(W_h h + b_h) / dh_t
        # (S, E), in step order; what later steps send back is added on the way.
        dh = _reordered(grad.view(-1, 1, d, width), runs.order).flatten(1)
        turned = block.mT.contiguous()
        carry = dh[:0]
        end = len(dh)
        for size in reversed(runs.sizes):
            now = slice(end - size, end)
            own = dh[now]
            own[: len(carry)] += carry
            back = (factors[now] * own.unsqueeze(1)).flatten(1)  # (size, 3E)
            carry = torch.addmm(z[now] * own, back, turned)  # (size, E)
            end -= size
        d_hidden = (factors * dh.unsqueeze(1)).unflatten(2, (d, width))  # (S, 3, D, H)
        d_in = torch.cat([d_hidden[:, :2], (dh * to_n).view(-1, 1, d, width)], 1)
        d_in = _by_direction(_reordered(d_in, runs.inverse))  # (D, S, 3H), in reading order
        d_hidden = _by_direction(d_hidden)  # (D, S, 3H)
        h = before.view(-1, d, width).transpose(0, 1)  # (D, S, H)
        return (
            (d_in @ w_in).sum(0),
            d_in.mT @ x,
            d_hidden.mT @ h,
            d_in.sum(1),
            d_hidden.sum(1),
            None,
        )


def _by_gate(values: Tensor, d: int) -> Tensor:
    """(D, I, 3H), or (1, D, 3H) of biases, to (I, 3 * D * H) with the columns by gate."""
    values = values.reshape(d, -1, 3, values.shape[-1] // 3)  # (D, I, 3, H)
    return values.permute(1, 2, 0, 3).flatten(1)


def _by_direction(values: Tensor) -> Tensor:
    """(S, 3, D, H) to (D, S, 3H)."""
    return values.permute(2, 0, 1, 3).flatten(2)


def _reordered(values: Tensor, order: Tensor) -> Tensor:
    """(S, G, D, H) with the steps of each direction at its `order`."""
    directions = [
        v.contiguous().index_select(0, i)  # of a strided one: ten times as slow
        for v, i in zip(values.unbind(2), order, strict=False)
    ]
    return torch.stack(directions, 2)
