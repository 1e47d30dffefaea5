"""The configuration of a training: a YAML with `kind: model`."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from hirenet_sales.data.card import card_names
from hirenet_sales.data.catalogue import encoding_of
from hirenet_sales.data.encoding import Encoding
from hirenet_sales.data.frame_interviews import Framing
from hirenet_sales.data.intake import SENSES, Intake
from hirenet_sales.data.interview_set import Level
from hirenet_sales.data.sets.planted import NAME as PLANTED
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.networks.frame_sampling import FRAMES
from hirenet_sales.yaml_model import did_you_mean

ENCODING = tuple(field.name for field in fields(Encoding))


class DataSection(BaseModel):
    """Which answers, and what is read of them.

    Attributes
    ----------
    name : of a data card whose set has recordings, portraits or transcripts of people
    level : what is labelled, answers or interviews; None = as the data set says
    size_px, per_answer : side of pictures, and how many of an answer; see Framing
    text, audio, visual, language, whisper : see Encoding; None = the data set's own
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    level: Level | None = None
    size_px: int = Field(64, ge=32)
    per_answer: int = Field(FRAMES, ge=1)
    text: str | None = None
    audio: Literal["egemaps", "spectral"] | None = None
    visual: Literal["cnn", "face"] | None = None
    language: str | None = None
    whisper: str | None = None

    @field_validator("name")
    @classmethod
    def _of_people(cls, name: str) -> str:
        known = [card for card in card_names() if card != PLANTED]
        if name == PLANTED:
            raise ValueError(f"'{name}' is generated; a model for use needs recordings of people")
        if name not in known:
            raise ValueError(f"no data set '{name}'{did_you_mean(name, known)}")
        return name

    def intake(self, streams: tuple[str, ...]) -> Intake:
        """How these streams are read."""
        given = {key: value for key in ENCODING if (value := getattr(self, key, None)) is not None}
        framing = Framing(size_px=self.size_px, per_answer=self.per_answer)
        return Intake(streams, encoding_of(self.name, given), framing)


class ModelConfig(BaseModel):
    """A model of the catalogue that is to become a checkpoint.

    Attributes
    ----------
    name : of the checkpoint
    model : a name of `hirenet-sales models`
    streams : what it reads: text, audio, visual, frames, scenes, waveform
    options : of the model
    split : the training part is learnt from, the validation part decides when to stop, and the
        test part calibrates the intervals and gives the numbers of the card
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["model"]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_\-]*$")
    model: str
    streams: tuple[str, ...]
    options: dict[str, Any] = Field(default_factory=dict)
    data: DataSection
    split: SplitSection = SplitSection()
    seed: int = Field(0, ge=0)

    @field_validator("model")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ENTRIES:
            raise ValueError(f"no model '{name}'{did_you_mean(name, list(ENTRIES))}")
        return name

    @field_validator("streams")
    @classmethod
    def _streams(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in SENSES:
                raise ValueError(f"no stream '{name}'{did_you_mean(name, list(SENSES))}")
        if not names or len(set(names)) < len(names):
            raise ValueError(f"found {list(names)}, expected some streams, each once")
        return names
