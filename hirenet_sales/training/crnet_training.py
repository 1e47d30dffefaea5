"""CR-Net's two stages: classes first, then everything (Li et al. 2020, sections 3.5 and 4.2.1).

Stage 1 trains the cross-entropy (7) with SGD, stage 2 the sum (8) with Adam:

    (8) L = L1 + MSE + Bell + lambda * L_c      (9) lambda = 4 E_max / (E + 1)

The paper's 50 epochs are not told apart by stage: both have them here. A network without classes
(head "plain") has stage 2 alone, without L_c.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import StepLR

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
