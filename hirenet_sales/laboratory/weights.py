"""A network's weights as arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

PREFIX = "net."


def weights_of(net: nn.Module, prefix: str = PREFIX) -> dict[str, np.ndarray]:
    """The weights by their names, each behind `prefix`."""
    return {f"{prefix}{key}": value.numpy() for key, value in net.state_dict().items()}


def take_weights(net: nn.Module, weights: Mapping[str, np.ndarray]) -> None:
    """Give a network, ready for use, the weights that `weights_of` gave, without the prefix.

    Raises
    ------
    RuntimeError
        if they are another network's.
    """
    net.load_state_dict({key: torch.tensor(value) for key, value in weights.items()})
    net.eval()
