"""Gated fusion: for every answer, a weight for each stream.

Hemamou et al. 2019 report that concatenating streams or averaging their scores hardly helps, and
ask for "more sophisticated fusion schemes". Here the streams of an answer compete, as in the gated
multimodal unit of Arevalo et al. 2017, with a softmax over any number of streams and the question
as context:

    o_im = tanh(P_m g_i^m)
    s_im = u_g . tanh(W_m g_i^m + W_C q_i),    gate_i = softmax_m(s_im), missing streams left out
    f_i  = sum_m gate_im o_im
    w_i  = tanh(W_P f_i + W_J j + b_J),  beta = softmax_i(u_J . w_i),  z = sum_i beta_i f_i
    y    = sigmoid(W_y z + b_y)
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from hirenet_sales.networks.attention import SequenceEncoder, masked_softmax
from hirenet_sales.networks.batch import InterviewBatch
from hirenet_sales.networks.fusion import FusedReading, JointHireNet
from hirenet_sales.networks.hirenet import (
    HireNet,
    HireNetConfig,
    StreamReading,
    job_encoder,
    pooling,
)


class GatedHireNet(JointHireNet):
    """One HireNet a stream and a gate over their answer states, trained jointly.

    Parameters
    ----------
    configs : stream name to its HireNet's configuration
    hidden : size of f_i
    dropout : on f_i
    """

    def __init__(
        self, configs: Mapping[str, HireNetConfig], *, hidden: int = 64, dropout: float = 0.3
    ) -> None:
        super().__init__()
        first = next(iter(configs.values()))
        self.streams = nn.ModuleDict({name: HireNet(c) for name, c in configs.items()})
        widths = {name: 2 * c.interview_hidden for name, c in configs.items()}
        size = first.attention_hidden
        self.project = nn.ModuleDict({n: nn.Linear(w, hidden) for n, w in widths.items()})
        self.from_state = nn.ModuleDict({n: nn.Linear(w, size) for n, w in widths.items()})
        self.question = SequenceEncoder(
            "gru", first.word_width, first.context_hidden, bidirectional=False
        )
        self.from_question = nn.Linear(first.context_hidden, size, bias=False)
        self.score = nn.Linear(size, 1, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.job = job_encoder(first)
        self.over_answers = pooling(first, hidden)
        self.head = nn.Linear(hidden, first.targets)

    def forward(self, batch: InterviewBatch) -> FusedReading:
        readings = self.read(batch)
        present = torch.stack([r.valid for r in readings.values()], -1)  # (B, Q, M)
        gates = self.gates(readings, present, batch)  # (B, Q, M)
        projected = [torch.tanh(self.project[name](r.states)) for name, r in readings.items()]
        f = (gates.unsqueeze(-1) * torch.stack(projected, -2)).sum(-2)  # (B, Q, hidden)
        return self.conclude(self.dropout(f), present.any(-1), readings, batch.context)

    def gates(
        self, readings: Mapping[str, StreamReading], present: Tensor, batch: InterviewBatch
    ) -> Tensor:
        """Weights of the streams of each answer, (B, Q, M); they sum to 1, or 0 without any."""
        c = batch.context
        q = self.question.last(c.questions.flatten(0, 1), c.questions_valid.flatten(0, 1))
        question = self.from_question(q).unflatten(0, present.shape[:2])  # (B, Q, A)
        scores = [
            self.score(torch.tanh(self.from_state[name](r.states) + question)).squeeze(-1)
            for name, r in readings.items()
        ]
        return masked_softmax(torch.stack(scores, -1), present)
