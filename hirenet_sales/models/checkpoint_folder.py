"""The files of a checkpoint folder, as they come from outside, and how they are checked.

Nothing is trusted: a file lies in the folder, JSON has finite numbers, weights are safetensors of
finite numbers. Whatever is wrong is raised as a CheckpointError, one sentence about its file.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from torch import Tensor

from extractors.errors import ExtractionError
from extractors.inside_folder import resolve_inside
from extractors.recipe import VECTORS
from extractors.safe_weights import read_weights
from hirenet_sales.errors import CheckpointError, HirenetSalesError
from hirenet_sales.standing import PERCENTS
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import AGAIN
from hirenet_sales.yaml_model import read_values

MODEL, CONFIG, CALIBRATION, METRICS, CARD, CNN = (
    "model.safetensors",
    "config.json",
    "calibration.json",
    "metrics.json",
    "card.md",
    "cnn.safetensors",
)
LONGEST = 300  # characters of a reason that are shown: a damaged file may hold anything
Value = TypeVar("Value")
DAMAGE = (
    AttributeError,
    ArithmeticError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    ExtractionError,
    HirenetSalesError,
)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Report whatever goes wrong in reading a file as one sentence about it."""
    try:
        yield
    except CheckpointError:
        raise
    except DAMAGE as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        reason = reason.removeprefix(f"{path}: ") or type(error).__name__
        short = textwrap.shorten(reason, LONGEST, placeholder=" ...")
        raise CheckpointError(
            f"{path}: damaged or of another version ({short}); {AGAIN}"
        ) from error


def check_parts(folder: Path) -> None:
    """Check that a folder holds all files that a checkpoint is read from."""
    parts = (CONFIG, MODEL, CALIBRATION)
    with reading(folder):
        missing = [part for part in parts if not (folder / part).exists()]
    if missing:
        raise CheckpointError(f"{folder}: no {', '.join(missing)}; the checkpoint is incomplete")
    for part in parts:
        with reading(folder / part):
            resolve_inside(folder, part)


def read_config(folder: Path) -> dict[str, Any]:
    """What config.json holds; every number is finite."""
    with reading(folder / CONFIG):
        try:
            return read_values(resolve_inside(folder, CONFIG), CheckpointError)
        except CheckpointError as error:
            raise CheckpointError(f"{error} (damaged or of another version); {AGAIN}") from error


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """All that the model has learnt."""
    with reading(folder / MODEL):
        return read_weights(resolve_inside(folder, MODEL))


def read_training_mean(value: Any) -> np.ndarray:
    """The mean label (5,) of the training split, on [0, 1], from config.json."""
    mean = np.array(value)
    if mean.shape != (len(TRAITS),) or mean.dtype.kind not in "fi":
        raise ValueError(f"a training mean of shape {mean.shape}, expected {len(TRAITS)} numbers")
    if mean.min() < 0 or mean.max() > 1:
        raise ValueError(f"a training mean of {mean.min():g} to {mean.max():g}, expected 0 to 1")
    return mean.astype(float)


def read_quantiles(value: Any) -> np.ndarray | None:
    """Quantiles (101, 5) of training labels, ascending, from config.json; None if not known."""
    if value is None:
        return None
    quantiles = np.array([value[trait] for trait in TRAITS]).T
    expected = (len(PERCENTS), len(TRAITS))
    if quantiles.shape != expected or quantiles.dtype.kind not in "fi":
        raise ValueError(f"label_quantiles of shape {quantiles.shape}, expected {expected}")
    if (np.diff(quantiles, axis=0) < 0).any() or quantiles.min() < 0 or quantiles.max() > 1:
        raise ValueError("label_quantiles are not ascending from 0 to 1")
    return quantiles.astype(float)


def read_value(config: Mapping[str, Any], key: str, kind: type[Value], expected: str) -> Value:
    """A value of config.json."""
    value = config[key]
    if not isinstance(value, kind) or value == "":
        raise ValueError(f"{key} is {value!r:.80}, expected {expected}")
    return value


def save_vectors(words: str, folder: Path) -> str:
    """The name of word vectors as a checkpoint has it; a file is copied, for none lies outside."""
    return words if words in VECTORS else copy_into(folder, Path(words))


def copy_into(folder: Path, source: Path) -> str:
    """The name of a file's copy in a folder, where it may lie already."""
    copy = folder / source.name
    if not (copy.exists() and copy.samefile(source)):
        shutil.copyfile(source, copy)
    return source.name
