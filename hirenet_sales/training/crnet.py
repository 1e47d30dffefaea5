"""CR-Net's two stages: classes first, then everything (Li et al. 2020, sections 3.5 and 4.2.1).

Stage 1 trains the cross-entropy (7) with SGD, stage 2 the sum (8) with Adam:

    (8) L = L1 + MSE + Bell + lambda * L_c      (9) lambda = 4 E_max / (E + 1)

The paper's 50 epochs are not told apart by stage: both have them here. A network without classes
(head "plain") has stage 2 alone, without L_c. The last epoch counts: nothing is chosen on held-out
clips. The order of the clips and their frames follow from the seed, the stage and the epoch: in
training a clip shows one random frame of each of its segments (section 3.1.1), else evenly spread
ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Literal, NamedTuple

import numpy as np
import torch
from pydantic import Field
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader

from hirenet_sales.networks.crnet import CrReading
from hirenet_sales.networks.frame_sampling import segment_frames
from hirenet_sales.networks.losses import (
    LOSSES,
    classification_loss,
    classification_weight,
    regression_loss,
)
from hirenet_sales.training.batches import EpochData, Order
from hirenet_sales.training.options import MachineOptions
from hirenet_sales.training.task import Optimised, Task

BETAS = (0.5, 0.999)  # of Adam
DECAY = 0.1  # of the learning rate


class StageOptions(MachineOptions):
    """How CR-Net is trained; the defaults are the paper's.

    Attributes
    ----------
    losses : of stage 2: any of "l1", "mse", "bell"; () leaves classification alone, which is the
        strategy "expectation" of table 6
    classification_epochs, regression_epochs : of stages 1 and 2
    decays : how often the learning rate falls to a tenth in a stage, after equal numbers of epochs
    batch : clips
    momentum : of stage 1
    """

    losses: tuple[str, ...] = tuple(LOSSES)
    classification_epochs: int = Field(default=50, ge=1)
    regression_epochs: int = Field(default=50, ge=1)
    decays: int = Field(default=4, ge=0)
    batch: int = Field(default=30, ge=2)
    learning_rate: float = Field(default=0.002, gt=0)
    weight_decay: float = Field(default=0.005, ge=0)
    momentum: float = Field(default=0.9, ge=0, lt=1)


@dataclass(frozen=True)
class Stage:
    """One of the two stages.

    Attributes
    ----------
    number : 1, classification alone, or 2
    epochs : how many it has
    """

    number: Literal[1, 2]
    epochs: int


def stage_optimizer(
    parameters: Iterable[nn.Parameter], options: StageOptions, stage: Stage
) -> tuple[Optimizer, StepLR]:
    """Optimiser of a stage, and its learning-rate schedule, to be stepped once an epoch."""
    o = options
    optimizer: Optimizer
    if stage.number == 1:
        optimizer = SGD(parameters, o.learning_rate, o.momentum, weight_decay=o.weight_decay)
    else:
        optimizer = Adam(parameters, o.learning_rate, BETAS, weight_decay=o.weight_decay)
    return optimizer, StepLR(optimizer, ceil(stage.epochs / (o.decays + 1)), DECAY)


def staged_loss(
    reading: CrReading, labels: Tensor, losses: Sequence[str], stage: Stage, epoch: int
) -> Tensor:
    """Loss of a stage; scalar.

    Parameters
    ----------
    labels : (B, P) on [0, 1], NaN = unknown
    losses : see StageOptions; a network without classes has some
    epoch : of the stage, from 0
    """
    if reading.class_logits is None:
        return regression_loss(losses, reading.estimates, labels)
    classify = classification_loss(reading.class_logits, labels)
    if stage.number == 1:
        return classify
    weighted = classification_weight(epoch, stage.epochs) * classify
    return regression_loss(losses, reading.estimates, labels) + weighted if losses else weighted


@dataclass(frozen=True, eq=False)
class FrameInputs:
    """Pictures of N clips, for the visual branches.

    Attributes
    ----------
    pictures : uint8 (T, S, S, 3), one array a clip, in order of time, may be memory-mapped; only
        the frames that are drawn are read
    side : S
    segments : frames of a clip in training
    shown : most frames of a clip in inference
    """

    pictures: Sequence[np.ndarray]
    side: int
    segments: int
    shown: int

    @property
    def present(self) -> np.ndarray:
        """Clips with at least one picture, bool (N,)."""
        return np.array([len(own) > 0 for own in self.pictures], dtype=bool)

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """Frames uint8 (B, segments, S, S, 3), one random one of each segment."""
        drawn = [
            self.pictures[row][segment_frames(len(self.pictures[row]), self.segments, random)]
            for row in rows
        ]
        return (torch.from_numpy(np.stack(drawn)),)

    def inference(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """Frames uint8 (B, T, S, S, 3), and which of them are real, bool (B, T)."""
        counts = [min(len(self.pictures[row]), self.shown) for row in rows]
        frames = np.zeros((len(rows), max(1, *counts), self.side, self.side, 3), np.uint8)
        valid = np.arange(frames.shape[1]) < np.array(counts)[:, None]
        for of_clip, row, count in zip(frames, rows, counts, strict=True):
            if count:
                own = self.pictures[row]
                of_clip[:count] = own[segment_frames(len(own), count)]
        return torch.from_numpy(frames), torch.from_numpy(valid)


@dataclass(frozen=True, eq=False)
class VectorInputs:
    """One vector of the sound and one of the words of each of N clips, for the other branches.

    Attributes
    ----------
    audio, text : float32 (N, A) and (N, D), standardised; zeros where a clip has none
    present : bool (N,), clips that have either
    """

    audio: np.ndarray
    text: np.ndarray
    present: np.ndarray

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """Sound (B, A) and words (B, D)."""
        return self.inference(rows)

    def inference(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """Sound (B, A) and words (B, D)."""
        return torch.from_numpy(self.audio[rows]), torch.from_numpy(self.text[rows])


BranchInputs = FrameInputs | VectorInputs


class BranchBatch(NamedTuple):
    """Clips: what the network's `forward` takes, and labels (B, P) on [0, 1], NaN = unknown."""

    inputs: tuple[Tensor, ...]
    targets: Tensor


class _Clips(EpochData):
    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> int:
        return int(self.rows[index])


class StageTask(Task):
    """One stage for one branch.

    Parameters
    ----------
    labels : (N, P) on [0, 1], of all clips of `inputs`; NaN = unknown
    rows : clips to learn from, which have the branch's inputs
    """

    def __init__(
        self,
        inputs: BranchInputs,
        labels: np.ndarray,
        rows: np.ndarray,
        options: StageOptions,
        stage: Stage,
        seed: int,
    ) -> None:
        self._inputs, self._labels, self._clips = inputs, labels, _Clips(rows)
        self._options, self._stage, self._seed = options, stage, seed
        self.epochs, self.partial = stage.epochs, stage.number == 1 or not options.losses

    def batches(self) -> DataLoader[Any]:
        """Clips in an order of their own in every epoch, with other frames."""
        clips, size, stage = self._clips, self._options.batch, self._stage.number

        def batch(indices: list[int]) -> BranchBatch:
            chosen = np.array(indices)
            seeds = [self._seed, stage, clips.epoch, 1 + int(chosen[0])]
            drawn = self._inputs.training(chosen, np.random.default_rng(seeds))
            return BranchBatch(drawn, torch.from_numpy(self._labels[chosen]).float())

        return DataLoader(
            clips,
            size,
            sampler=Order(clips, self._seed, stage),
            collate_fn=batch,
            drop_last=len(clips) > size,  # a rest of one clip has no variance for batch norm
        )

    def loss(self, net: nn.Module, batch: BranchBatch, epoch: int) -> Tensor:
        """See `staged_loss`."""
        reading = net(*batch.inputs)
        return staged_loss(reading, batch.targets, self._options.losses, self._stage, epoch)

    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        """See `stage_optimizer`."""
        return Optimised(*stage_optimizer(net.parameters(), self._options, self._stage), "epoch")
