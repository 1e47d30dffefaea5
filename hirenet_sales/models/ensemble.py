"""An ensemble of fused HireNets with their fixed inputs: what a checkpoint holds.

Members differ in their seed alone. Estimates are the mean over members, and so are the attention
weights: a mean of weights that each sum to one sums to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from hirenet_sales.data.stream_inputs import StreamInput
from hirenet_sales.models.conclusion import Conclusion, StreamConclusion
from hirenet_sales.networks.batch import Example, InterviewBatch, collate
from hirenet_sales.networks.fusion import FusedHireNet, FusedReading

BATCH = 64


class Ensemble:
    """Members and inputs together.

    Parameters
    ----------
    inputs : stream name to its fixed map
    members : trained networks over the same streams
    word_width : columns of question and job word vectors
    """

    def __init__(
        self,
        inputs: Mapping[str, StreamInput],
        members: Sequence[FusedHireNet],
        word_width: int,
    ) -> None:
        self.inputs = dict(inputs)
        self.members = list(members)
        self.word_width = word_width
        for member in self.members:
            member.eval()

    @property
    def streams(self) -> tuple[str, ...]:
        """Names of the streams that it reads."""
        return tuple(self.inputs)

    def prepare(self, tables: Mapping[str, Sequence[np.ndarray]]) -> dict[str, list[np.ndarray]]:
        """Raw rows of every answer, (T, D), to model inputs, (T, R)."""
        return {
            name: [self.inputs[name].apply(rows) for rows in tables[name]] for name in self.inputs
        }

    def read(self, examples: Sequence[Example]) -> list[Conclusion]:
        """Read interviews whose streams `prepare` made."""
        conclusions: list[Conclusion] = []
        for begin in range(0, len(examples), BATCH):
            some = examples[begin : begin + BATCH]
            batch = collate(some, {n: i.width for n, i in self.inputs.items()}, self.word_width)
            with torch.inference_mode():
                readings = [member(batch) for member in self.members]
            conclusions += _conclude(some, batch, readings)
        return conclusions


def _conclude(
    examples: Sequence[Example], batch: InterviewBatch, readings: Sequence[FusedReading]
) -> list[Conclusion]:
    def mean(tensors: Sequence[torch.Tensor]) -> np.ndarray:
        return torch.stack(list(tensors)).mean(0).numpy()

    estimates = mean([r.logits.sigmoid() for r in readings])  # (B, K)
    answers = mean([r.answer_logits.sigmoid() for r in readings])  # (B, Q, K)
    beta, valid = mean([r.beta for r in readings]), readings[0].valid.numpy()  # (B, Q)
    streams = {}
    for name in readings[0].streams:
        own = [r.streams[name] for r in readings]
        streams[name] = (
            mean([r.alpha for r in own]),  # (B, Q, T)
            mean([r.beta for r in own]),
            own[0].valid.numpy(),
        )
    result = []
    for b, example in enumerate(examples):
        q = len(example.questions)
        by_stream = {}
        for name, (alpha, own_beta, own_valid) in streams.items():
            steps = [len(x) for x in example.streams.get(name, [])] or [0] * q
            by_stream[name] = StreamConclusion(
                own_valid[b, :q], [alpha[b, i, : steps[i]] for i in range(q)], own_beta[b, :q]
            )
        result.append(
            Conclusion(estimates[b], answers[b, :q], valid[b, :q], by_stream, beta[b, :q])
        )
    return result
