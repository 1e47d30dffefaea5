"""Cross-modal attention: each step of a stream attends to the other streams of its answer.

After the answer encoder, every step asks all steps of the other streams, by scaled dot-product
attention with several heads, and adds what it learns to its own state (Tsai et al. 2019,
"Multimodal Transformer for Unaligned Multimodal Language Sequences", with GRU states in place of
transformer layers and all other streams asked at once). A word can so be heard with the voice and
seen with the face that went with it, although streams have steps of different length. Then HireNet
goes on as ever, and the answer states are fused by sum:

    h_t^m <- h_t^m + O_m attention(h_t^m, {V_n h_s^n : n is another stream, s any of its steps})
    f_i   =  tanh(sum_m valid_im P_m g_i^m + (1 - valid_im) e_m)

A place of zeros is always among what is asked, so a step can listen to nothing, and an answer that
has one stream alone is read as by that stream's HireNet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn

from hirenet_sales.networks.batch import InterviewBatch
from hirenet_sales.networks.fusion import FusedHireNet, FusedReading
from hirenet_sales.networks.hirenet import HireNet, HireNetConfig


class CrossModalHireNet(FusedHireNet):
    """A fused HireNet whose streams attend to each other, step by step.

    Parameters
    ----------
    configs : stream name to its HireNet's configuration
    hidden : size of f_i
    dropout : on f_i
    heads : of the attention between streams; they divide twice `answer_hidden`
    """

    def __init__(
        self,
        configs: Mapping[str, HireNetConfig],
        *,
        hidden: int = 64,
        dropout: float = 0.3,
        heads: int = 4,
    ) -> None:
        super().__init__(configs, hidden=hidden, dropout=dropout)
        widths = {name: 2 * c.answer_hidden for name, c in configs.items()}
        self.across = nn.ModuleDict(
            {
                # Without biases, so that listening to nothing adds nothing.
                name: nn.MultiheadAttention(
                    width, heads, bias=False, batch_first=True, add_zero_attn=True
                )
                for name, width in widths.items()
            }
        )

    def forward(self, batch: InterviewBatch) -> FusedReading:
        states = {
            name: cast(HireNet, net).encode(batch.streams[name])  # (B, Q, T, 2H)
            for name, net in self.streams.items()
        }
        readings = {}
        for name, net in self.streams.items():
            h = states[name] + self.attend(name, states, batch)
            valid = batch.streams[name].valid
            readings[name] = cast(HireNet, net).conclude(h, valid, batch.context)
        return self.fuse(readings, batch)

    def attend(self, name: str, states: Mapping[str, Tensor], batch: InterviewBatch) -> Tensor:
        """Attend from each step of a stream to the other streams, (B, Q, T, 2H)."""
        others = [other for other in states if other != name]
        if not others:
            return torch.zeros_like(states[name])
        keys = torch.cat([states[other] for other in others], 2).flatten(0, 1)  # (N, S, 2H)
        keys_valid = torch.cat([batch.streams[other].valid for other in others], 2).flatten(0, 1)
        attended, _ = self.across[name](
            states[name].flatten(0, 1), keys, keys, key_padding_mask=~keys_valid, need_weights=False
        )  # (N, T, 2H)
        valid = batch.streams[name].valid
        context: Tensor = attended.unflatten(0, valid.shape[:2]) * valid.unsqueeze(-1)
        return context
