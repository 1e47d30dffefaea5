"""The task of networks that judge single answers by their pictures and sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.persist import digest
from hirenet_sales.training.batches import EpochData, Order
from hirenet_sales.training.options import TrainingOptions
from hirenet_sales.training.task import Measured, Optimise, Optimised, Task

# Of an answer: pictures, vectors or amplitudes (T, ...), one array a stream; some may be empty.
Sample = tuple[np.ndarray, ...]
Draw = Callable[[Sample, np.random.Generator], Sample]


class Padded(NamedTuple):
    """One stream of some answers: values (B, T, ...), and which of them are real, bool (B, T)."""

    values: Tensor
    valid: Tensor


class AnswerBatch(NamedTuple):
    """Answers: their streams, and targets (B, K) on [0, 1] or NaN."""

    streams: tuple[Padded, ...]
    targets: Tensor


Estimate = Callable[[nn.Module, AnswerBatch], Tensor]  # (B, K) on [0, 1]


class Answers(EpochData):
    """The answers of a set that have a sample and a label: their own, else their interview's.

    Parameters
    ----------
    samples : interview, answer and sample of each answer that has anything to read
    draw : augmentation of a sample, anew in every epoch; None = none
    seed : of the augmentation

    Attributes
    ----------
    samples : R of them
    targets : (R, K) on [0, 1], NaN = unknown
    """

    def __init__(
        self,
        interviews: InterviewSet,
        samples: Iterable[tuple[int, int, Sample]],
        draw: Draw | None = None,
        seed: int = 0,
    ) -> None:
        self.draw, self.seed = draw, seed
        self.samples: list[Sample] = []
        labels = []
        own = interviews.answer_labels
        for i, q, sample in samples:
            label = interviews.labels[i] if own is None else own[i][q]
            if np.isfinite(label).any():
                self.samples.append(sample)
                labels.append(label)
        none = np.zeros((0, len(interviews.targets)))
        self.targets = to_unit(np.array(labels) if labels else none, interviews.targets)

    def digest(self) -> str:
        """Digest of everything that is learnt from."""
        return digest(self.targets, self.samples)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, row: int) -> tuple[Sample, np.ndarray]:
        sample = self.samples[row]
        if self.draw is not None:
            sample = self.draw(sample, np.random.default_rng([self.seed, self.epoch, row]))
        return sample, self.targets[row]


def answer_batch(answers: Sequence[tuple[Sample, np.ndarray]]) -> AnswerBatch:
    """Samples and their targets, each stream padded to its longest."""
    streams = zip(*(sample for sample, _ in answers), strict=True)
    targets = np.stack([target for _, target in answers]).astype(np.float32)
    return AnswerBatch(tuple(_padded(arrays) for arrays in streams), torch.from_numpy(targets))


def _padded(arrays: Sequence[np.ndarray]) -> Padded:
    longest = max(arrays, key=len)
    values = np.zeros((len(arrays), *longest.shape), longest.dtype)
    valid = np.zeros(values.shape[:2], bool)
    for row, own in enumerate(arrays):
        if len(own):  # one that is empty may be of another shape
            values[row, : len(own)], valid[row, : len(own)] = own, True
    return Padded(torch.from_numpy(values), torch.from_numpy(valid))


class AnswerTask(Task):
    """Mean squared error over known labels.

    Parameters
    ----------
    inference_batch : held-out answers read at once
    seed : of the order
    """

    monitor = "loss"

    def __init__(
        self,
        learnt: Answers,
        held_out: Answers,
        *,
        estimate: Estimate,
        optimise: Optimise,
        options: TrainingOptions,
        inference_batch: int,
        seed: int,
    ) -> None:
        self._learnt, self._held_out, self._seed = learnt, held_out, seed
        self._estimate, self._optimise = estimate, optimise
        self._batch, self._inference_batch = options.batch, inference_batch
        self.epochs, self.patience, self.clip = options.epochs, options.patience, options.clip

    def batches(self) -> DataLoader[Any]:
        """Answers in an order of their own in every epoch."""
        order = Order(self._learnt, self._seed)
        return DataLoader(self._learnt, self._batch, sampler=order, collate_fn=answer_batch)

    def held_out(self) -> DataLoader[Any]:
        """Answers as they are."""
        return DataLoader(self._held_out, self._inference_batch, collate_fn=answer_batch)

    def loss(self, net: nn.Module, batch: AnswerBatch, epoch: int) -> Tensor:
        """The mean squared error."""
        labelled = ~batch.targets.isnan()
        errors = self._estimate(net, batch)[labelled] - batch.targets[labelled]
        return errors.square().mean()

    def measure(self, net: nn.Module, batch: AnswerBatch) -> Measured:
        """The mean squared error."""
        return Measured({"loss": self.loss(net, batch, 0)}, len(batch.targets))

    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        """As the model says."""
        return self._optimise(net, steps)
