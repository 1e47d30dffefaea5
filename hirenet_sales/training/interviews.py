"""The task of networks that read whole interviews: answers and interviews are judged at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn
from torch.utils.data import DataLoader

from hirenet_sales.networks.batch import INFERENCE_BATCH, Example, InterviewBatch, Shape
from hirenet_sales.networks.fusion import FusedReading
from hirenet_sales.training.batches import Interviews, SimilarLength
from hirenet_sales.training.objective import Objective
from hirenet_sales.training.options import FittingOptions, Losses
from hirenet_sales.training.task import Measured, Optimised, Task, one_cycle


class InterviewTask(Task):
    """AdamW, one cycle, and the errors of `objective`, as `losses` weight them.

    Parameters
    ----------
    seed : of the order of interviews, and of their variation
    """

    def __init__(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        *,
        shape: Shape,
        objective: Objective,
        options: FittingOptions,
        losses: Losses,
        seed: int,
    ) -> None:
        from torchmetrics.classification import BinaryF1Score

        self.train, self.validation, self.shape, self.seed = train, validation, shape, seed
        self.objective, self.options, self.losses = objective, options, losses
        self.epochs, self.patience, self.clip = options.epochs, options.patience, options.clip
        self.monitor = options.monitor
        self.f1 = BinaryF1Score()
        self.parts = {"objective": objective, "f1": self.f1}

    def batches(self) -> DataLoader[Any]:
        """Interviews of similar length together."""
        interviews = Interviews(self.train, self.seed if self.options.vary else None)
        order = SimilarLength(interviews, self.options.batch, self.seed)
        return DataLoader(
            interviews, self.options.batch, sampler=order, collate_fn=self.shape.batch
        )

    def held_out(self) -> DataLoader[Any]:
        """Interviews as they are."""
        return DataLoader(Interviews(self.validation), INFERENCE_BATCH, collate_fn=self.shape.batch)

    def loss(self, net: nn.Module, batch: InterviewBatch, epoch: int) -> Tensor:
        """The fusion's error, and those of its streams by themselves."""
        batch = batch.with_stream_dropout(self.losses.stream_dropout)
        reading: FusedReading = net(batch)
        loss = self._error(reading.logits, reading.answer_logits, reading.valid, batch)
        for stream in reading.streams.values() if self.losses.stream_loss else ():
            own = self._error(stream.logits, stream.answer_logits, stream.valid, batch, stream=True)
            loss = loss + self.losses.stream_loss * own
        return loss

    def measure(self, net: nn.Module, batch: InterviewBatch) -> Measured:
        """Loss, mean absolute error on a scale of 0 to 1, and F1 of binary targets."""
        reading: FusedReading = net(batch)
        logits, targets, present = self._counted(reading, batch)
        labelled = ~targets.isnan() & present.unsqueeze(-1)
        count = int(labelled.sum())
        if not count:
            return Measured({}, 0)
        error = (logits.sigmoid() - targets)[labelled].abs().mean()
        values = {"loss": self.objective(logits, targets, present), "mae": error}
        binary = labelled & self.objective.binary
        if binary.any():
            self.f1.update(logits[binary].sigmoid(), targets[binary].long())
            values["f1"] = self.f1
        return Measured(values, count)

    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        """AdamW, one cycle."""
        o = self.options
        return one_cycle([(list(net.parameters()), o.learning_rate)], o.weight_decay, steps)

    def _error(
        self, logits: Tensor, answers: Tensor, valid: Tensor, batch: InterviewBatch, *,
        stream: bool = False,
    ) -> Tensor:  # fmt: skip
        assert batch.targets is not None
        targets = batch.answer_targets
        if self.losses.per_answer:
            if targets is None:
                targets = batch.targets.unsqueeze(1).expand_as(answers)
            alone: Tensor = self.objective(answers, targets, valid)
            return alone
        whole: Tensor = self.objective(logits, batch.targets, valid.any(-1))
        if targets is None:
            return whole
        by_answer: Tensor = self.objective(answers, targets, valid)
        return by_answer if stream else by_answer + self.options.interview_loss * whole

    def _counted(
        self, reading: FusedReading, batch: InterviewBatch
    ) -> tuple[Tensor, Tensor, Tensor]:
        assert batch.targets is not None
        if self.losses.by_answer and batch.answer_targets is not None:
            return reading.answer_logits, batch.answer_targets, reading.valid
        return reading.logits, batch.targets, reading.valid.any(-1)
