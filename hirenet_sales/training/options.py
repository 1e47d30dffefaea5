"""Options of models and of their training.

Nothing here imports what training needs: a model in use has options, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """Base of every model's options: unknown keys are refused, defaults are what we selected."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MachineOptions(Options):
    """Hardware and logging of a training.

    All but the loggers and the bar are Lightning's own.
    """

    accelerator: str = "auto"
    devices: int | str = 1
    num_nodes: int = Field(default=1, ge=1)
    strategy: str = "auto"
    precision: str = "32-true"
    loggers: tuple[Literal["csv", "tensorboard"], ...] = ("csv", "tensorboard")
    progress: bool = Field(default=True, description="a bar, where a terminal shows it")


class TrainingOptions(MachineOptions):
    """How a network is trained until its monitor gets no better; `batch` counts for each device."""

    epochs: int = Field(30, ge=1)
    patience: int = Field(6, ge=1, description="epochs without a better monitor before the end")
    batch: int = Field(32, ge=1)
    learning_rate: float = Field(2e-3, gt=0)
    weight_decay: float = Field(0.05, ge=0)
    clip: float = Field(1.0, gt=0, description="longest gradient")


class FittingOptions(TrainingOptions):
    """How a network that reads interviews is trained: AdamW, one cycle, early stopping.

    Losses: see Objective. `monitor` decides which epoch is kept and when to stop: the validation
    loss, the mean absolute error on a scale of 0 to 1, or F1 of binary targets.
    """

    monitor: Literal["loss", "mae", "f1"] = "loss"
    absolute_loss: float = Field(0.5, ge=0, description="weight beside the squared error")
    interview_loss: float = Field(0.5, ge=0, description="weight beside labelled answers")
    vary: bool = Field(False, description="other parts of labelled answers in each epoch")


NOT_IN_NUMBERS = {"loggers", "progress"}  # options that change no result


@dataclass(frozen=True)
class Losses:
    """What counts in the loss of a network.

    Attributes
    ----------
    per_answer : the network judges answers one by one: an answer without a label of its own has
        that of its interview
    by_answer : the monitor counts answers, as labels are per answer
    stream_loss : weight of the loss of every stream of a fusion by itself
    stream_dropout : how often a stream of an answer is hidden in training, never all that it has
    """

    per_answer: bool = False
    by_answer: bool = False
    stream_loss: float = 0.0
    stream_dropout: float = 0.0


class FinetuningConfig(Options):
    """How the face CNN is tuned.

    Attributes
    ----------
    epochs : in each, one random portrait of every clip is seen
    folds : of training sources for the cross-fitted outputs
    input_px : side of the picture the CNN sees
    batch, learning_rate, weight_decay, dropout : as the names say; AdamW, one cycle
    ema : decay of the averaged weights, which are the result
    ridge : penalty of the linear head that the training starts from
    """

    epochs: int = 4
    folds: int = 2
    input_px: int = 112
    batch: int = 32
    learning_rate: float = 1.2e-4
    weight_decay: float = 0.05
    dropout: float = 0.2
    ema: float = 0.995
    ridge: float = 10.0
