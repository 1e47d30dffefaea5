"""What a training run is told: a YAML, validated, every problem reported at once."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hirenet_sales.data.card import load_card
from hirenet_sales.data.sets.first_impressions import NAME
from hirenet_sales.training.finetuning import FinetuningConfig
from hirenet_sales.yaml_model import did_you_mean

STREAMS = ("visual", "audio", "text")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelSection(_Section):
    """Sizes; see HireNetConfig. `dropout_in` and `cells` are by stream."""

    projection: int = 48
    answer_hidden: int = 24
    interview_hidden: int = 24
    context_hidden: int = 8
    attention_hidden: int = 16
    fusion_hidden: int = 48
    dropout: float = 0.3
    dropout_in: dict[str, float]
    cells: dict[str, Literal["gru", "lstm"]]
    components: int = Field(96, description="principal components kept of the CNN embedding")

    @field_validator("dropout_in", "cells")
    @classmethod
    def _every_stream(cls, by_stream: dict[str, Any]) -> dict[str, Any]:
        if set(by_stream) != set(STREAMS):
            raise ValueError(f"found {', '.join(by_stream)}, expected {', '.join(STREAMS)}")
        return by_stream


class OptimisationSection(_Section):
    """AdamW with one cycle; early stopping on the validation loss of clips."""

    epochs: int = 15
    patience: int = 5
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    absolute_loss: float = Field(0.5, description="weight of the absolute beside the squared error")
    stream_loss: float = 0.3
    interview_loss: float = 0.5
    stream_dropout: float = 0.15


class TrainingConfig(_Section):
    """A release or a training run."""

    name: str
    dataset: str
    train: str
    validation: str
    calibration: str
    seed: int
    members: int
    words: str = "glove"
    teacher: float = Field(
        0.0, ge=0, le=1, description="share of the teacher's estimates in the labels of training"
    )
    cnn: dict[str, Any] | None = Field(None, description="FinetuningConfig; null = ImageNet only")
    model: ModelSection
    optimisation: OptimisationSection

    @field_validator("dataset")
    @classmethod
    def _there(cls, name: str) -> str:
        if name != NAME:
            raise ValueError(f"no data set '{name}' for a release; there is {NAME}")
        return name

    @field_validator("train", "validation", "calibration")
    @classmethod
    def _disjoint(cls, name: str) -> str:
        known = load_card(NAME).split_names
        if name not in known:
            raise ValueError(f"'{name}' is not a source-disjoint split{did_you_mean(name, known)}")
        return name

    @field_validator("cnn")
    @classmethod
    def _known(cls, section: dict[str, Any] | None) -> dict[str, Any] | None:
        names = [field.name for field in fields(FinetuningConfig)]
        for key in section or ():
            if key not in names:
                raise ValueError(f"unknown key '{key}'{did_you_mean(key, names)}")
        return section
