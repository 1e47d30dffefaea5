"""The data of an experiment with frame networks: pictures, or what a frozen CNN sees in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, field_validator

from extractors.raw_media import Framing, Kind
from extractors.store import default_store_root
from hirenet_sales.data.card import card_names, load_card
from hirenet_sales.data.frame_interviews import STREAM, frame_interviews
from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.data.sets.planted import NAME as PLANTED
from hirenet_sales.errors import DatasetError
from hirenet_sales.experiment.kind import Place, Progress, Section
from hirenet_sales.models.cnn_lstm import FROZEN_STREAM, CnnLstmOptions
from hirenet_sales.models.frozen_features import frozen_features
from hirenet_sales.networks.backbones import LITE
from hirenet_sales.networks.frame_sampling import FRAMES


class FrameData(Section):
    """Which answers, and which pictures of them.

    Attributes
    ----------
    name : of a data card whose set has recordings or portraits
    level : what is counted, answers or interviews; None = as the data set says
    kind, size_px, per_answer : see Framing
    """

    name: str
    level: Level | None = None
    kind: Kind = "face"
    size_px: int = Field(64, ge=48)
    per_answer: int = Field(FRAMES, ge=1)

    @field_validator("name")
    @classmethod
    def _has_pictures(cls, name: str) -> str:
        if name == PLANTED or (name in card_names() and "visual" not in load_card(name).streams):
            raise ValueError(f"data set '{name}' has no pictures")
        return name


@dataclass(frozen=True)
class _Request:
    data: FrameData
    root: Path | None
    cache: Path | None
    tell: Progress | None = field(default=None, compare=False)


def load_pictures(data: FrameData, place: Place, tell: Progress | None = None) -> InterviewSet:
    """The set with stream "frames"; a process loads the same one once."""
    return _load(_Request(data, place.root, place.cache, tell))


@lru_cache(maxsize=1)
def _load(request: _Request) -> InterviewSet:
    d = request.data
    if request.root is None:
        raise DatasetError(f"data set {d.name} needs its folder: --root DIR")
    return frame_interviews(
        d.name,
        request.root,
        Framing(d.kind, d.size_px, d.per_answer),
        level=d.level,
        cache=request.cache,
        progress=request.tell,
    )


def load_steps(
    data: FrameData, options: CnnLstmOptions, place: Place, tell: Progress | None = None
) -> InterviewSet:
    """What a CNN-LSTM of these options reads: pictures, or its frozen CNN's vectors of them."""
    if stream_of(options) == STREAM:
        return load_pictures(data, place, tell)
    return _load_frozen(_Request(data, place.root, place.cache, tell), _cnn_of(options))


def stream_of(options: CnnLstmOptions) -> str:
    """The stream that a CNN-LSTM of these options reads."""
    return FROZEN_STREAM if options.freeze_before == "all" else STREAM


def _cnn_of(options: CnnLstmOptions) -> str:
    """The options that decide what a frozen CNN sees, as JSON."""
    names = {"backbone", "weights", "inputs", "pool", "input_px", "freeze_before", "start"}
    return options.model_dump_json(include=names)


@lru_cache(maxsize=2)
def _load_frozen(request: _Request, cnn: str) -> InterviewSet:
    pictures = load_pictures(request.data, Place(Path(), request.root, request.cache), request.tell)
    cache = request.cache or default_store_root().parent / "training"
    return frozen_features(pictures, CnnLstmOptions.model_validate_json(cnn), cache, request.tell)


def some_answers(interviews: InterviewSet, most: int | None) -> InterviewSet:
    """Whole interviews, drawn without a seed of the run, until at least `most` answers are there.

    The same answers whatever the model and the seed; None = all.
    """
    if most is None:
        return interviews
    order = np.random.default_rng(0).permutation(len(interviews))
    counts = np.cumsum([len(interviews.questions[i]) for i in order])
    return interviews.take(np.sort(order[: int(np.searchsorted(counts, most)) + 1]))


def with_pictures(interviews: InterviewSet) -> InterviewSet:
    """Only answers of which there is anything to see, and interviews with such an answer."""
    (steps,) = interviews.streams.values()
    kept = [[k for k, rows in enumerate(found) if len(rows)] for found in steps]
    rows = [i for i, answers in enumerate(kept) if answers]
    return interviews.take(rows).take_answers([kept[i] for i in rows])


def answers_in(interviews: InterviewSet) -> int:
    """How many answers there are of which anything can be seen."""
    return interviews.answers_with(tuple(interviews.streams))


def keras_problem(options: Any) -> str:
    """What is missing for a row's options; "" if nothing is."""
    backbone = options.get("backbone") if isinstance(options, dict) else None
    if not isinstance(backbone, str) or backbone in (LITE, "efficientnet_lite2"):
        return ""
    if find_spec("keras") is None:
        return f"{backbone} needs the extra keras: pip install 'hirenet-sales[keras]'"
    return ""
