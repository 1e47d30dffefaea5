"""CR-Net's two stages: classes first, then everything (Li et al. 2020, sections 3.5 and 4.2.1).

Stage 1 trains the cross-entropy (7) with SGD, stage 2 the sum (8) with Adam:

    (8) L = L1 + MSE + Bell + lambda * L_c      (9) lambda = 4 E_max / (E + 1)

The paper's 50 epochs are not told apart by stage: both have them here. A network without classes
(head "plain") has stage 2 alone, without L_c. The last epoch counts: nothing is chosen on held-out
clips. The order of the clips and their frames follow from the seed, the stage and the epoch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader

from hirenet_sales.errors import ConfigError
from hirenet_sales.networks.crnet import CrReading
from hirenet_sales.networks.losses import (
    GAMMA,
    SCALE,
    SIGMA,
    classification_loss,
    classification_weight,
    regression_loss,
)
from hirenet_sales.training.batches import EpochData, Order
from hirenet_sales.training.loop import train_net
from hirenet_sales.training.options import MachineOptions
from hirenet_sales.training.task import Optimised, Task

Stage = Literal[1, 2]


@dataclass(frozen=True)
class TwoStageConfig:
    """How CR-Net is trained; the defaults are the paper's.

    Attributes
    ----------
    losses : of stage 2: any of "l1", "mse", "bell"; () leaves classification alone, which is the
        strategy "expectation" of table 6
    classification_epochs, regression_epochs : of stages 1 and 2
    batch : clips
    learning_rate, weight_decay : of both stages
    momentum : of stage 1
    betas : of stage 2
    decay_every, decay : the learning rate is multiplied by `decay` after so many epochs
    scale, sigma, gamma : of the labels and the Bell loss
    classification_factor : 4 in (9)
    """

    losses: tuple[str, ...] = ("l1", "mse", "bell")
    classification_epochs: int = 50
    regression_epochs: int = 50
    batch: int = 30
    learning_rate: float = 0.002
    weight_decay: float = 0.005
    momentum: float = 0.9
    betas: tuple[float, float] = (0.5, 0.999)
    decay_every: int = 10
    decay: float = 0.1
    scale: float = SCALE
    sigma: float = SIGMA
    gamma: float = GAMMA
    classification_factor: float = 4.0

    def epochs(self, stage: Stage) -> int:
        """Epochs of a stage."""
        return self.classification_epochs if stage == 1 else self.regression_epochs


def stage_optimizer(
    parameters: Iterable[nn.Parameter], config: TwoStageConfig, stage: Stage
) -> tuple[Optimizer, StepLR]:
    """Optimiser of a stage, and its learning-rate schedule, to be stepped once an epoch."""
    c = config
    optimizer: Optimizer
    if stage == 1:
        optimizer = SGD(parameters, c.learning_rate, c.momentum, weight_decay=c.weight_decay)
    else:
        optimizer = Adam(parameters, c.learning_rate, c.betas, weight_decay=c.weight_decay)
    return optimizer, StepLR(optimizer, c.decay_every, c.decay)


def staged_loss(
    reading: CrReading, labels: Tensor, config: TwoStageConfig, stage: Stage, epoch: int
) -> Tensor:
    """What a stage minimises; scalar.

    Parameters
    ----------
    labels : (B, P) on [0, 1], NaN = unknown
    epoch : of the stage, from 0

    Raises
    ------
    ConfigError
        if nothing is left to minimise: no losses, or stage 1, for a network without classes.
    """
    c = config
    if reading.class_logits is None and (stage == 1 or not c.losses):
        raise ConfigError(
            "a network without classes (head plain) has stage 2 alone, with at least one of the "
            f"losses l1, mse, bell; found stage {stage} with {list(c.losses)}"
        )
    regress = (
        regression_loss(c.losses, scale=c.scale, sigma=c.sigma, gamma=c.gamma) if c.losses else None
    )
    if reading.class_logits is None:
        assert regress is not None
        return regress(reading.estimates, labels)
    classify = classification_loss(reading.class_logits, labels)
    if stage == 1:
        return classify
    weight = classification_weight(epoch, c.epochs(2), c.classification_factor)
    if regress is None:
        return weight * classify
    return regress(reading.estimates, labels) + weight * classify


class BranchInputs(Protocol):
    """What a branch reads of N clips.

    Attributes
    ----------
    present : bool (N,), clips that have any of it
    """

    @property
    def present(self) -> np.ndarray: ...

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """What the network's `forward` takes, of the clips at `rows`, with frames drawn anew."""

    def reading(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """The same without chance."""


class BranchBatch(NamedTuple):
    """Clips: what the network's `forward` takes, and labels (B, P) on [0, 1], NaN = unknown."""

    inputs: tuple[Tensor, ...]
    targets: Tensor


class _Rows(EpochData):
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
    rows : clips to learn from
    """

    def __init__(
        self,
        inputs: BranchInputs,
        labels: np.ndarray,
        rows: np.ndarray,
        config: TwoStageConfig,
        stage: Stage,
        seed: int,
    ) -> None:
        self._inputs, self._labels, self._rows = inputs, labels, _Rows(rows)
        self._config, self._stage, self._seed = config, stage, seed
        self.epochs, self.partial = config.epochs(stage), stage == 1 or not config.losses

    def batches(self) -> DataLoader[Any]:
        """Clips in an order of their own in every epoch, with other frames."""
        rows, size = self._rows, self._config.batch

        def batch(clips: list[int]) -> BranchBatch:
            chosen = np.array(clips)
            seeds = [self._seed, self._stage, rows.epoch, 1 + int(chosen[0])]
            drawn = self._inputs.training(chosen, np.random.default_rng(seeds))
            return BranchBatch(drawn, torch.from_numpy(self._labels[chosen]).float())

        return DataLoader(
            rows,
            size,
            sampler=Order(rows, self._seed, self._stage),
            collate_fn=batch,
            drop_last=len(rows) > size,  # a rest of one clip has no variance for batch norm
        )

    def loss(self, net: nn.Module, batch: BranchBatch, epoch: int) -> Tensor:
        """See `staged_loss`."""
        return staged_loss(net(*batch.inputs), batch.targets, self._config, self._stage, epoch)

    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        """See `stage_optimizer`."""
        return Optimised(*stage_optimizer(net.parameters(), self._config, self._stage), "epoch")


def fit_branch(
    net: nn.Module,
    inputs: BranchInputs,
    labels: np.ndarray,
    rows: np.ndarray,
    stages: Mapping[Stage, TwoStageConfig],
    *,
    options: MachineOptions,
    seed: int,
    folder: Path,
    arguments: dict[str, Any],
) -> None:
    """Train a branch through its stages, or go on with it, or read what a finished fit left.

    Parameters
    ----------
    labels, rows : see StageTask; clips that lack what the network reads are left out
    stages : how each is trained, in order
    seed, folder, arguments : see `train_net`

    Raises
    ------
    ConfigError
        if the folder holds a fit of other arguments, or no clip is left to learn from.
    FittingError
        if the loss is no finite number.
    """
    readable = rows[inputs.present[rows]]
    if not len(readable):
        raise ConfigError(f"none of {len(rows)} clips has what the network reads")
    tasks = [
        StageTask(inputs, labels, readable, config, stage, seed) for stage, config in stages.items()
    ]
    train_net(net, tasks, options=options, seed=seed, folder=folder, arguments=arguments)
