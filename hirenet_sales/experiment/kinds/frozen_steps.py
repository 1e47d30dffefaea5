"""What a model learns from: the set as it is loaded, or what a CNN that stays frozen sees in it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.frame_interviews import STREAM
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.section import DataSection
from hirenet_sales.experiment.kind import RunPaths
from hirenet_sales.experiment.loading import load
from hirenet_sales.models.cnn_lstm import FROZEN_STREAM, CnnLstmOptions
from hirenet_sales.networks.backbones import LITE

CNN_LSTM = "cnn_lstm"


def load_steps(
    data: DataSection,
    model: str,
    options: Mapping[str, Any],
    paths: RunPaths,
    progress: Progress = no_progress,
) -> InterviewSet:
    """The interviews as a model of these options learns from them.

    A frozen CNN reads every picture once for all fits, and not in every epoch: its vectors, stream
    "frame_features", stand in place of pictures.
    """
    frozen = stream_of(model, options) == FROZEN_STREAM
    cnn = CnnLstmOptions.model_validate(options) if frozen else None
    return load(data, paths, progress, frozen=cnn)


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
    missing = find_spec("keras") is None
    return (
        f"{backbone} needs the extra keras: pip install 'hirenet-sales[keras]'" if missing else ""
    )
