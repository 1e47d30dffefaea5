"""What the match of questions is trained for: which answer is it, then whose traits are they.

Inverse cloze (Lee, Chang, Toutanova 2019, "Latent retrieval for weakly supervised open domain
question answering"): a sentence that was taken out of a passage stands for a question to it. Its
loss is the cross-entropy of the right answer among those of a batch, and of the right question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from torch.utils.data import DataLoader

from hirenet_sales.networks.batch import INFERENCE_BATCH, Example, InterviewBatch, Shape
from hirenet_sales.networks.question_match import QuestionMatched
from hirenet_sales.training.batches import Interviews, Order
from hirenet_sales.training.interviews import InterviewTask
from hirenet_sales.training.options import TrainingOptions
from hirenet_sales.training.task import Measured, Optimised, Task, one_cycle

TEMPERATURE = 0.05  # of cosines, as sentence encoders of this kind are trained


class ClozeTask(Task):
    """Learns the projection of a match; its gains are of no matter here.

    Parameters
    ----------
    train, validation : each with passages of one answer or more, all by the person who was asked
    seed : of the order
    """

    monitor = "loss"
    partial = True

    def __init__(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        *,
        shape: Shape,
        options: TrainingOptions,
        seed: int,
    ) -> None:
        self.train, self.validation, self.shape, self.seed = train, validation, shape, seed
        self.options = options
        self.epochs, self.patience, self.clip = options.epochs, options.patience, options.clip

    def batches(self) -> DataLoader[Any]:
        """Interviews in an order of their own in every epoch."""
        data = Interviews(self.train)
        order = Order(data, self.seed)
        return DataLoader(data, self.options.batch, sampler=order, collate_fn=self.shape.batch)

    def held_out(self) -> DataLoader[Any]:
        """Interviews as they are."""
        return DataLoader(Interviews(self.validation), INFERENCE_BATCH, collate_fn=self.shape.batch)

    def loss(self, net: nn.Module, batch: InterviewBatch, epoch: int) -> Tensor:
        """Mean of both cross-entropies, over the answers of a batch."""
        return self._compared(net, batch)[0]

    def measure(self, net: nn.Module, batch: InterviewBatch) -> Measured:
        """The loss, and how often the right answer is the nearest."""
        loss, right = self._compared(net, batch)
        return Measured({"loss": loss, "right": right.float().mean()}, len(right))

    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        """AdamW, one cycle."""
        assert isinstance(net, QuestionMatched)
        o = self.options
        return one_cycle([(list(net.match.parameters()), o.learning_rate)], o.weight_decay, steps)

    def _compared(self, net: nn.Module, batch: InterviewBatch) -> tuple[Tensor, Tensor]:
        assert isinstance(net, QuestionMatched) and batch.passages is not None
        p = batch.passages
        there = p.asked & (p.words > 0).any(-1)  # (B, Q)
        question, answer, _ = net.match.vectors(p)
        likeness = normalize(question[there], dim=-1) @ normalize(answer[there], dim=-1).T  # (N, N)
        people = there.nonzero()[:, 0]
        own = people[:, None] == people[None, :]
        own.fill_diagonal_(False)
        scores = (likeness / TEMPERATURE).masked_fill(own, torch.finfo(likeness.dtype).min)
        right = torch.arange(len(scores), device=scores.device)
        loss = (cross_entropy(scores, right) + cross_entropy(scores.T, right)) / 2
        return loss, scores.argmax(1) == right


class QuestionTask(InterviewTask):
    """Learns the gains of a match, and its projection, by the error of the traits.

    Parameters
    ----------
    projection_rate : learning rate of the projection
    """

    partial = True  # the reader stays as it is

    def __init__(self, *arguments: Any, projection_rate: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.projection_rate = projection_rate

    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        """AdamW, one cycle."""
        assert isinstance(net, QuestionMatched)
        match, o = net.match, self.options
        projection = [*match.down.parameters(), *match.up.parameters()]
        groups = [([match.gains], o.learning_rate), (projection, self.projection_rate)]
        return one_cycle(groups, o.weight_decay, steps)
