"""A network's weights as arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from extractors.safe_weights import load_weights

PREFIX = "net."


def weights_of(net: nn.Module, prefix: str = PREFIX) -> dict[str, np.ndarray]:
    """The weights by their names, each behind `prefix`."""
    return {f"{prefix}{key}": value.numpy() for key, value in net.state_dict().items()}


def take_weights(net: nn.Module, weights: Mapping[str, np.ndarray]) -> None:
    """Give a network, ready for use, the weights that `weights_of` gave, without the prefix.

    It may be on the meta device, see `load_weights`.

    Raises
    ------
    ValueError
        if they are another network's.
    """
    load_weights(net, {key: torch.as_tensor(value) for key, value in weights.items()})
    net.eval()
