"""Joint fusion of several HireNets, with missing streams masked and trained for.

Hemamou et al. 2019 report that early and late fusion barely help and ask for more. Here the answer
states g_i of all streams are projected into one space and summed, a missing stream gives its own
learnt vector in place of data, and the same additive attention with the job title weighs the
answers:

    f_i  = tanh(sum_m valid_im P_m g_i^m + (1 - valid_im) e_m + b)
    w_i  = tanh(W_P f_i + W_J j + b_J),  beta = softmax_i(u_J . w_i),  z = sum_i beta_i f_i
    y    = sigmoid(W_y z + b_y)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor, nn

from hirenet_sales.networks.attention import SequenceEncoder
from hirenet_sales.networks.batch import Context, InterviewBatch
from hirenet_sales.networks.hirenet import (
    HireNet,
    HireNetConfig,
    StreamReading,
    job_encoder,
    pooling,
)


@dataclass(frozen=True)
class FusedReading:
    """Output of the fusion and of every stream.

    logits (B, K), answer_logits (B, Q, K), beta (B, Q); valid bool (B, Q), answers that have any
    stream; streams: name to StreamReading.
    """

    logits: Tensor
    answer_logits: Tensor
    beta: Tensor
    valid: Tensor
    streams: dict[str, StreamReading]


class JointHireNet(nn.Module):
    """Base of the networks that fuse the answer states of one HireNet a stream.

    Attributes
    ----------
    streams : stream name to its HireNet
    job, over_answers, head : what weighs the fused answers, and estimates from them
    """

    streams: nn.ModuleDict
    job: SequenceEncoder | None
    over_answers: nn.Module
    head: nn.Linear

    def read(self, batch: InterviewBatch) -> dict[str, StreamReading]:
        """Every stream by itself."""
        return {name: net(batch.streams[name], batch.context) for name, net in self.streams.items()}

    def conclude(
        self,
        f: Tensor,
        valid: Tensor,
        readings: dict[str, StreamReading],
        context: Context,
    ) -> FusedReading:
        """Weigh fused answers f (B, Q, hidden); valid: bool (B, Q)."""
        j = None if self.job is None else self.job.last(context.job, context.job_valid)  # (B, C)
        z, beta = self.over_answers(f, valid, j, context.match)  # (B, hidden), (B, Q)
        return FusedReading(self.head(z), self.head(f), beta, valid, readings)


class FusedHireNet(JointHireNet):
    """One HireNet a stream and a jointly trained fusion of their answer states.

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
        self.project = nn.ModuleDict(
            {name: nn.Linear(2 * c.interview_hidden, hidden) for name, c in configs.items()}
        )
        self.missing = nn.ParameterDict(
            {name: nn.Parameter(torch.zeros(hidden)) for name in configs}
        )
        self.dropout = nn.Dropout(dropout)
        self.job = job_encoder(first)
        self.over_answers = pooling(first, hidden)
        self.head = nn.Linear(hidden, first.targets)

    def forward(self, batch: InterviewBatch) -> FusedReading:
        return self.fuse(self.read(batch), batch)

    def fuse(self, readings: dict[str, StreamReading], batch: InterviewBatch) -> FusedReading:
        """The conclusion from those of all streams."""
        parts: list[Tensor] = []
        valid = torch.zeros_like(batch.answers_valid)
        for name, reading in readings.items():
            present = reading.valid.unsqueeze(-1)  # (B, Q, 1)
            own = self.project[name](reading.states)  # (B, Q, hidden)
            parts.append(torch.where(present, own, self.missing[name]))
            valid = valid | reading.valid
        f = self.dropout(torch.tanh(reduce(torch.add, parts)))  # (B, Q, hidden)
        return self.conclude(f, valid, readings, batch.context)
