"""Untrusted network weights: safetensors only, finite numbers, matching shapes.

A pickle is a program, so no file of PyTorch's own kind (.pt, .pth, .ckpt, .bin) is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from extractors.errors import WeightsError

SUFFIX = ".safetensors"
LARGEST = 1e9  # no weight, mean or scale comes near; far beyond it products are not finite
DTYPES = (torch.float16, torch.float32, torch.float64, torch.int32, torch.int64)


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read the tensors of a safetensors file, by name.

    Raises
    ------
    WeightsError
        if there is no such file, it is not safetensors, or a number is not finite or above LARGEST.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"{path}: no such file; give the path of a {SUFFIX} file")
    if path.suffix != SUFFIX:
        raise WeightsError(
            f"{path}: expected a {SUFFIX} file, since files of other kinds may run programs; "
            "convert the weights with safetensors.torch.save_file"
        )
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise WeightsError(
            f"{path}: not a {SUFFIX} file, or one that is cut off or damaged ({reason}); copy it "
            "again"
        ) from error
    for name, tensor in tensors.items():
        if problem := _problem(tensor):
            raise WeightsError(f"{path}: tensor {name} {problem}; copy the file again")
    return tensors


def load_weights(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Load weights into a network, at its precision; ValueError as `check_shapes`.

    It may be on the meta device: built there, a network whose description asks for absurd sizes
    takes no memory before its shapes are held against the weights.
    """
    check_shapes(network, weights)
    expected = network.state_dict()
    # A copy, since a file that is mapped into memory may be written anew.
    exact = {
        name: weights[name].to(own.dtype, copy=True).reshape(own.shape)
        for name, own in expected.items()
    }
    network.load_state_dict(exact, assign=any(own.is_meta for own in expected.values()))


def check_shapes(network: nn.Module, weights: Mapping[str, Tensor]) -> None:
    """Check that weights fit a network, by name and shape; the network is not changed.

    Raises
    ------
    ValueError
        naming the first tensor that is missing, too many, or of another shape or kind.
    """
    expected = network.state_dict()
    for name, own in expected.items():
        if name not in weights:
            raise ValueError(f"tensor {name} is missing")
        shape, wanted = tuple(weights[name].shape), tuple(own.shape)
        if shape != wanted and (wanted, shape) != ((), (1,)):  # so are counters that numpy wrote
            raise ValueError(f"tensor {name} has shape {shape}, expected {wanted}")
        if weights[name].is_floating_point() != own.is_floating_point():
            raise ValueError(f"tensor {name} is of {weights[name].dtype}, expected {own.dtype}")
    for name in weights:
        if name not in expected:
            raise ValueError(f"tensor {name} belongs to another network")


def _problem(tensor: Tensor) -> str:
    if tensor.dtype not in DTYPES:
        kinds = ", ".join(str(dtype).removeprefix("torch.") for dtype in DTYPES)
        return f"is of {str(tensor.dtype).removeprefix('torch.')}, expected one of {kinds}"
    if not tensor.is_floating_point() or not tensor.numel():
        return ""
    largest = float(tensor.abs().max())  # NaN where one is
    if not largest <= LARGEST:
        return f"holds the number {largest:g}, expected finite ones of at most {LARGEST:g}"
    return ""
