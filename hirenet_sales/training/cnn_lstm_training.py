"""Training of a frame network on single answers: batches, their order, the loss."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import lightning
import numpy as np
import torch
import torch.distributed
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor
from torch.utils.data import Dataset, Sampler

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.networks.cnn_lstm import CnnLstm
from hirenet_sales.training.options import TrainingOptions


@dataclass(frozen=True, eq=False)
class FrameBatch:
    """Answers: pictures or vectors (B, T, ...), valid (B, T), targets (B, K) on [0, 1] or NaN."""

    steps: Tensor
    valid: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> FrameBatch:
        """Lightning calls it."""
        return FrameBatch(*(part.to(device) for part in vars(self).values()))


class FrameAnswers(Dataset):
    """The answers of a set that have a picture and a label: its own, else its interview's.

    Attributes
    ----------
    steps : R times (T, ...), pictures or vectors
    targets : (R, K) on [0, 1], NaN = unknown
    """

    def __init__(self, interviews: InterviewSet, stream: str) -> None:
        self.steps: list[np.ndarray] = []
        labels = []
        for i, found in enumerate(interviews.streams[stream]):
            own = None if interviews.answer_labels is None else interviews.answer_labels[i]
            for q, steps in enumerate(found):
                label = interviews.labels[i] if own is None else own[q]
                if len(steps) and np.isfinite(label).any():
                    self.steps.append(steps)
                    labels.append(label)
        none = np.zeros((0, len(interviews.targets)))
        self.targets = to_unit(np.array(labels) if labels else none, interviews.targets)

    def digest(self) -> str:
        """sha256 of all that is learnt from."""
        state = hashlib.sha256(np.ascontiguousarray(self.targets).tobytes())
        for steps in self.steps:
            state.update(repr(steps.shape).encode())
            state.update(np.ascontiguousarray(steps).tobytes())
        return state.hexdigest()

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        return self.steps[row], self.targets[row]


def frame_batch(answers: Sequence[tuple[np.ndarray, np.ndarray]]) -> FrameBatch:
    """Answers (steps, targets) padded to the longest."""
    longest = max(len(steps) for steps, _ in answers)
    first = answers[0][0]
    steps = np.zeros((len(answers), longest, *first.shape[1:]), first.dtype)
    valid = np.zeros((len(answers), longest), bool)
    for row, (own, _) in enumerate(answers):
        steps[row, : len(own)], valid[row, : len(own)] = own, True
    targets = np.stack([target for _, target in answers]).astype(np.float32)
    return FrameBatch(torch.from_numpy(steps), torch.from_numpy(valid), torch.from_numpy(targets))


class FrameOrder(Sampler[int]):
    """An order that the seed and the epoch decide; with several processes each takes its share."""

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed, self.epoch = count, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls it before every epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.count // _world()[1])

    def __iter__(self) -> Iterator[int]:
        rank, world = _world()
        order = np.random.default_rng([self.seed, self.epoch]).permutation(self.count)
        yield from np.resize(order, len(self) * world)[rank::world].tolist()


def _world() -> tuple[int, int]:
    there = torch.distributed.is_available() and torch.distributed.is_initialized()
    return (torch.distributed.get_rank(), torch.distributed.get_world_size()) if there else (0, 1)


class FrameTraining(lightning.LightningModule):
    """Mean squared error over the labels that are known, as in the paper; AdamW, one cycle.

    Parameters
    ----------
    features : whether steps are vectors of the CNN instead of pictures
    seed : of dropout in every epoch
    """

    def __init__(self, net: CnnLstm, options: TrainingOptions, features: bool, seed: int) -> None:
        super().__init__()
        self.net, self.options, self.features, self.seed = net, options, features, seed

    def training_step(self, batch: FrameBatch, _: int) -> Tensor:
        loss = self._loss(batch)
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.valid))
        return loss

    def validation_step(self, batch: FrameBatch, _: int) -> None:
        self.log("validation_loss", self._loss(batch), batch_size=len(batch.valid), prog_bar=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        o = self.options
        learnt = [p for p in self.net.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(learnt, o.learning_rate, weight_decay=o.weight_decay)
        steps = int(self.trainer.estimated_stepping_batches) + 1
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, o.learning_rate, total_steps=steps, pct_start=0.15
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _loss(self, batch: FrameBatch) -> Tensor:
        known = ~batch.targets.isnan()
        errors = estimates_of(self.net, batch, self.features)[known] - batch.targets[known]
        return errors.square().sum() / known.sum().clamp(min=1)


def estimates_of(net: CnnLstm, batch: FrameBatch, features: bool) -> Tensor:
    """Estimates (B, K) on [0, 1]."""
    if features:
        return net.estimate(batch.steps, batch.valid)
    return net(batch.steps, batch.valid)
