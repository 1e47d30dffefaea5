"""A training task: data, loss and optimiser of one stage; the loop does the rest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR
from torch.utils.data import DataLoader

if TYPE_CHECKING:
    from lightning.pytorch.callbacks import Callback


class Batch(Protocol):
    """Result of a collate function: anything with targets (B, ...), which Lightning can move."""

    @property
    def targets(self) -> Tensor: ...


class Measured(NamedTuple):
    """Measures of a held-out batch by name, scalars or metrics of `Task.parts`, and their weight.

    `weight` is how many labels or answers they are means over.
    """

    values: dict[str, Any]
    weight: int


class Optimised(NamedTuple):
    """An optimiser, and its learning-rate schedule with when it steps."""

    optimizer: Optimizer
    schedule: LRScheduler | None = None
    every: Literal["step", "epoch"] = "step"


class Task(ABC):
    """One stage of a training; most networks have one.

    Attributes
    ----------
    epochs : at most
    monitor : measure that the best epoch is chosen by, the smallest, of F1 the largest; "" = the
        last epoch counts, and there is nothing held out
    patience : epochs without a better monitor before the end
    clip : longest gradient, None = any
    partial : whether the loss leaves some parameters without a gradient, which several devices
        have to know
    parts : modules that go to the network's device with it, such as metrics
    """

    epochs: int
    monitor: str = ""
    patience: int = 0
    clip: float | None = None
    partial: bool = False
    parts: Mapping[str, nn.Module] = MappingProxyType({})

    def __deepcopy__(self, memo: dict[int, Any]) -> Task:
        return self  # to average weights Lightning copies a module, and need not copy its data

    @abstractmethod
    def batches(self) -> DataLoader[Any]:
        """Training batches; the sampler gives each process its share and knows the epoch."""

    def held_out(self) -> DataLoader[Any] | None:
        """Batches that the best epoch is chosen on."""
        return None

    @abstractmethod
    def loss(self, net: nn.Module, batch: Any, epoch: int) -> Tensor:
        """Loss of a batch, a scalar; epochs count from 0."""

    def measure(self, net: nn.Module, batch: Any) -> Measured:
        """Measures of a held-out batch."""
        raise NotImplementedError

    @abstractmethod
    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        """How the loss is minimised in so many steps."""

    def callbacks(self) -> Sequence[Callback]:
        """Lightning's, beside those of the loop."""
        return ()


def one_cycle(
    groups: Sequence[tuple[Sequence[nn.Parameter], float]],
    weight_decay: float,
    steps: int,
    warm: float = 0.15,
) -> Optimised:
    """AdamW whose learning rate rises in a share `warm` of the steps, then falls.

    Parameters
    ----------
    groups : parameters, each with its highest learning rate
    """
    rates = [rate for _, rate in groups]
    optimizer = torch.optim.AdamW(
        [{"params": parameters, "lr": rate} for parameters, rate in groups],
        weight_decay=weight_decay,
    )
    return Optimised(optimizer, OneCycleLR(optimizer, rates, total_steps=steps + 1, pct_start=warm))


Optimise = Callable[[nn.Module, int], Optimised]
