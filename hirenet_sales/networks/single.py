"""Single-stream networks with the interface of a fusion, for training and prediction."""

from __future__ import annotations

import torch
from torch import nn

from hirenet_sales.networks.attention import SequenceEncoder, masked_mean_weights
from hirenet_sales.networks.batch import InterviewBatch
from hirenet_sales.networks.fusion import FusedReading
from hirenet_sales.networks.hirenet import HireNet, HireNetConfig


class SingleHireNet(nn.Module):
    """A HireNet that reads one stream of a batch."""

    def __init__(self, stream: str, config: HireNetConfig) -> None:
        super().__init__()
        self.stream = stream
        self.net = HireNet(config)

    def forward(self, batch: InterviewBatch) -> FusedReading:
        own = self.net(batch.streams[self.stream], batch.context)
        return FusedReading(own.logits, own.answer_logits, own.beta, own.valid, {self.stream: own})


class AnswerBiGru(nn.Module):
    """A bidirectional GRU for each answer by itself (H1 of Hemamou et al. 2019).

    The last state of both directions gives an answer's estimate; no question, no job title and no
    other answer is seen. An interview's estimate is the mean over its answers.

    Parameters
    ----------
    stream : name of the stream
    config : its sizes; those of attention, context and interview are not used
    """

    def __init__(self, stream: str, config: HireNetConfig) -> None:
        super().__init__()
        c = config
        self.stream = stream
        self.project = nn.Sequential(
            nn.Dropout(c.dropout_in), nn.Linear(c.width, c.projection), nn.Tanh()
        )
        self.answer = SequenceEncoder(c.cell, c.projection, c.answer_hidden, bidirectional=True)
        self.dropout = nn.Dropout(c.dropout)
        self.head = nn.Linear(2 * c.answer_hidden, c.targets)

    def forward(self, batch: InterviewBatch) -> FusedReading:
        stream = batch.streams[self.stream]
        valid = stream.valid.any(-1)  # (B, Q)
        x = self.project(stream.values.flatten(0, 1))  # (B*Q, T, P)
        last = self.answer.last(x, stream.valid.flatten(0, 1), both_ends=True)  # (B*Q, 2H)
        answers = self.head(self.dropout(last)).unflatten(0, valid.shape)  # (B, Q, K)
        weights = masked_mean_weights(valid)  # (B, Q)
        mean = (weights.unsqueeze(-1) * answers.sigmoid()).sum(1)  # (B, K)
        return FusedReading(torch.logit(mean, eps=1e-6), answers, weights, valid, {})
