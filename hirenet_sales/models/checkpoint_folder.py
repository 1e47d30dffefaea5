"""The files of a checkpoint folder, as they come from outside, and how they are checked.

Nothing is believed: a file lies in the folder, JSON has finite numbers, weights are safetensors of
finite numbers. Whatever is wrong is one sentence about the file that it is wrong with.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from extractors.errors import ExtractionError
from extractors.inside_folder import resolve_inside
from extractors.recipe import VECTORS
from extractors.safe_weights import read_weights
from hirenet_sales.errors import CheckpointError, HirenetSalesError
from hirenet_sales.persist import write_json, write_whole
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import AGAIN, Calibration
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
    """Whatever goes wrong while the content of a file is made use of, as one sentence about it.

    Raises
    ------
    CheckpointError
    """
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
    """Whether a folder holds what a checkpoint is read from.

    Raises
    ------
    CheckpointError
        naming what is missing, or is no file of the folder.
    """
    parts = (CONFIG, MODEL, CALIBRATION)
    with reading(folder):
        missing = [part for part in parts if not (folder / part).exists()]
    if missing:
        raise CheckpointError(f"{folder}: no {', '.join(missing)}; the checkpoint is incomplete")
    for part in parts:
        with reading(folder / part):
            resolve_inside(folder, part)


def read_config(folder: Path) -> dict[str, Any]:
    """What config.json holds; every number is finite.

    Raises
    ------
    CheckpointError
        if it is not JSON, or too large.
    """
    with reading(folder / CONFIG):
        try:
            return read_values(resolve_inside(folder, CONFIG), CheckpointError)
        except CheckpointError as error:
            raise CheckpointError(f"{error} (damaged or of another version); {AGAIN}") from error


def read_tensors(folder: Path, name: str = MODEL) -> dict[str, Tensor]:
    """The tensors of a file of the folder.

    Raises
    ------
    CheckpointError
        if it is no safetensors file of finite numbers.
    """
    with reading(folder / name):
        return read_weights(resolve_inside(folder, name))


def read_training_mean(value: Any) -> np.ndarray:
    """The mean label (5,) of the training split, on [0, 1], from config.json.

    Raises
    ------
    ValueError
        if it is something else.
    """
    mean = np.array(value)
    if mean.shape != (len(TRAITS),) or mean.dtype.kind not in "fi":
        raise ValueError(f"a training mean of shape {mean.shape}, expected {len(TRAITS)} numbers")
    if mean.min() < 0 or mean.max() > 1:
        raise ValueError(f"a training mean of {mean.min():g} to {mean.max():g}, expected 0 to 1")
    return mean.astype(float)


def read_text(config: Mapping[str, Any], key: str) -> str:
    """A text of config.json.

    Raises
    ------
    KeyError, ValueError
        if there is none.
    """
    if not isinstance(config[key], str) or not config[key]:
        raise ValueError(f"{key} is {config[key]!r:.80}, expected a text")
    return str(config[key])


def read_switch(config: Mapping[str, Any], key: str) -> bool:
    """True or false of config.json.

    Raises
    ------
    KeyError, ValueError
        if it is neither.
    """
    if not isinstance(config[key], bool):
        raise ValueError(f"{key} is {config[key]!r:.80}, expected true or false")
    return bool(config[key])


def keep_vectors(words: str, folder: Path) -> str:
    """The name of word vectors as a checkpoint has it; a file is copied, for none lies outside.

    Raises
    ------
    OSError
        if the file cannot be read, or not be written.
    """
    return words if words in VECTORS else copied(Path(words), folder)


def copied(source: Path, folder: Path) -> str:
    """The name of a file's copy in a folder, where it may lie already.

    Raises
    ------
    OSError
        if the file cannot be read, or not be written.
    """
    copy = folder / source.name
    if not (copy.exists() and copy.samefile(source)):
        shutil.copyfile(source, copy)
    return source.name


def write_parts(
    folder: Path,
    config: Mapping[str, Any],
    calibration: Calibration,
    metrics: Mapping[str, Any],
    card: str,
) -> None:
    """Write what stands beside the weights."""
    calibration.write(folder / CALIBRATION)
    for name, content in ((CONFIG, config), (METRICS, metrics)):
        write_json(folder / name, content)
    write_whole(folder / CARD, card)
