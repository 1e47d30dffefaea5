"""Base of the models that train networks: targets, training means, weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import nn

from extractors.safe_weights import load_weights
from hirenet_sales.data.interview_set import Target
from hirenet_sales.errors import ConfigError
from hirenet_sales.models.model import SaveableModel
from hirenet_sales.training.options import NOT_IN_NUMBERS, Options

Learnt = TypeVar("Learnt")  # the result of a fit: a network, or several and their fusion
PREFIX = "net."  # of the network's weights among the arrays of a state
EDGE = 0.02  # a first estimate stays this far from the ends, where sigmoid and tanh are flat


class NetworkModel(SaveableModel, Generic[Learnt]):
    """Base of the models that train networks.

    Attributes
    ----------
    version : of the way of training: a finished fit of another version is not reused
    """

    version = 1

    def __init__(self, streams: tuple[str, ...], options: Options) -> None:
        self.streams, self.options = streams, options
        self._learnt: Learnt | None = None
        self._targets: tuple[Target, ...] = ()
        self._mean = np.zeros(0)

    def _fitted(self) -> Learnt:
        if self._learnt is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        return self._learnt

    def _metadata(self) -> dict[str, Any]:
        """What `ModelState.targets_and_means` reads, as JSON values."""
        targets = [asdict(target) for target in self._targets]
        return {"targets": targets, "mean": self._mean.tolist()}

    def _arguments(self, targets: Sequence[Target], seed: int, **digests: Any) -> dict[str, Any]:
        """JSON values of all that decides a fit."""
        return {
            "model": self.name,
            "streams": list(self.streams),
            "options": self.options.model_dump(mode="json", exclude=NOT_IN_NUMBERS),
            "targets": [asdict(target) for target in targets],
            "version": self.version,
            "seed": seed,
            **digests,
        }


def weights_of(net: nn.Module, prefix: str = PREFIX) -> dict[str, np.ndarray]:
    """The weights by their names, each behind `prefix`."""
    return {f"{prefix}{key}": value.numpy() for key, value in net.state_dict().items()}


def restore_weights(net: nn.Module, weights: Mapping[str, np.ndarray]) -> None:
    """Load what `weights_of` gave, without the prefix, for inference; see `load_weights`."""
    load_weights(net, {key: torch.as_tensor(value) for key, value in weights.items()})
    net.eval()
