"""What a model learns from: the set as it is loaded, or what a CNN that stays frozen sees in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from extractors.callbacks import Progress
from hirenet_sales.data.frame_interviews import STREAM
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.section import DataSection
from hirenet_sales.experiment.fits import cache_of
from hirenet_sales.experiment.kind import RunPaths
from hirenet_sales.experiment.loading import load
from hirenet_sales.models.cnn_lstm import FROZEN_STREAM, CnnLstmOptions
from hirenet_sales.models.frozen_features import frozen_features
from hirenet_sales.networks.backbones import LITE

CNN_LSTM = "cnn_lstm"


@dataclass(frozen=True)
class _Request:
    section: str
    paths: RunPaths
    cnn: str
    progress: Progress | None = field(default=None, compare=False)


def load_steps(
    data: DataSection,
    model: str,
    options: Mapping[str, Any],
    paths: RunPaths,
    progress: Progress | None = None,
) -> InterviewSet:
    """The interviews as a model of these options learns from them.

    A frozen CNN reads every picture once for all fits, and not in every epoch: its vectors, stream
    "frame_features", stand in place of pictures.
    """
    if stream_of(model, options) == STREAM:
        return load(data, paths, progress)
    cnn = CnnLstmOptions.model_validate(options).model_dump_json(
        include={"backbone", "weights", "inputs", "pool", "input_px", "freeze_before", "start"}
    )
    return _frozen(_Request(data.model_dump_json(), paths, cnn, progress))


def stream_of(model: str, options: Mapping[str, Any]) -> str:
    """Where a model of these options finds what it sees of pictures."""
    frozen = model == CNN_LSTM and options.get("freeze_before") == "all"
    return FROZEN_STREAM if frozen else STREAM


def check_pictures(data: DataSection, options: CnnLstmOptions) -> None:
    """Check that pictures are loaded, of the size that a CNN-LSTM reads.

    Raises
    ------
    ValueError
        if they are not.
    """
    if data.streams != (STREAM,):
        raise ValueError(f"data.streams are {', '.join(data.streams)}, expected {STREAM} alone")
    if options.input_px != data.size_px:
        raise ValueError(
            f"input_px {options.input_px}, the pictures {data.size_px}; give both the same"
        )


def keras_problem(options: object) -> str:
    """What is missing for options of a CNN-LSTM; "" if nothing is."""
    backbone = options.get("backbone") if isinstance(options, dict) else None
    if not isinstance(backbone, str) or backbone in (LITE, "efficientnet_lite2"):
        return ""
    if find_spec("keras") is None:
        return f"{backbone} needs the extra keras: pip install 'hirenet-sales[keras]'"
    return ""


@lru_cache(maxsize=2)
def _frozen(request: _Request) -> InterviewSet:
    paths = RunPaths(Path(), request.paths.root, request.paths.cache)
    pictures = load(DataSection.model_validate_json(request.section), paths, request.progress)
    options = CnnLstmOptions.model_validate_json(request.cnn)
    return frozen_features(pictures, options, cache_of(paths), request.progress)
