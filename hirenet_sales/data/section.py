"""The `data:` of every YAML: which interviews, and what is read of them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from extractors.callbacks import Progress, no_progress
from extractors.raw_media import Framing
from hirenet_sales.data.card import card_names, load_card
from hirenet_sales.data.catalogue import PLANTED, STREAMS, encoding_of, folder_of, load_dataset
from hirenet_sales.data.encoding import Encoding
from hirenet_sales.data.intake import SENSES, Intake
from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.data.sets.planted import NAME as GENERATED
from hirenet_sales.networks.frame_sampling import FRAMES
from hirenet_sales.yaml_model import StrictModel, did_you_mean

ENCODING = tuple(field.name for field in fields(Encoding))


class DataSection(StrictModel):
    """Which interviews, and what is read of them.

    Attributes
    ----------
    name : of a data card
    streams : what is loaded: text, audio and visual (rows), frames (aligned faces), scenes (whole
        pictures), waveform (sound)
    level : what is labelled and counted, answers or interviews; None = the data set's own
    targets : of the data card; None = those that it names first
    size_px, per_answer : side of pictures, and how many of an answer; see Framing
    text, audio, visual, language, whisper : see Encoding; None = the data set's own
    options : of a generated data set, such as its sizes; see `planted_interviews`
    """

    name: str
    streams: tuple[str, ...] = STREAMS
    level: Level | None = None
    targets: tuple[str, ...] | None = None
    size_px: int = Field(default=64, ge=32)
    per_answer: int = Field(default=FRAMES, ge=1)
    text: str | None = None
    audio: Literal["egemaps", "spectral"] | None = None
    visual: Literal["cnn", "face", "face+shape"] | None = None
    language: str | None = None
    whisper: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _has_card(cls, name: str) -> str:
        if name not in card_names():
            raise ValueError(f"no data set '{name}'{did_you_mean(name, card_names())}")
        return name

    @field_validator("streams")
    @classmethod
    def _can_be_read(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in SENSES:
                raise ValueError(f"no stream '{name}'{did_you_mean(name, list(SENSES))}")
        if not names or len(set(names)) < len(names):
            raise ValueError(f"found {list(names)}, expected some streams, each once")
        return names

    @model_validator(mode="after")
    def _fits_the_card(self) -> Self:
        card = load_card(self.name)
        for stream in self.streams:
            if stream not in STREAMS and (
                self.name == GENERATED or SENSES[stream] not in card.streams
            ):
                raise ValueError(f"data set '{self.name}' has no stream '{stream}'")
        for target in self.targets or ():
            if target not in card.targets:
                raise ValueError(f"no target '{target}'{did_you_mean(target, card.targets)}")
        sizes = [name for name in PLANTED if name != "streams"] if self.name == GENERATED else []
        for option in self.options:
            if option not in sizes:
                raise ValueError(f"options: unknown option '{option}'{did_you_mean(option, sizes)}")
        return self

    def intake(self) -> Intake:
        """How the streams are read."""
        given = {key: value for key in ENCODING if (value := getattr(self, key, None)) is not None}
        framing = Framing(size_px=self.size_px, per_answer=self.per_answer)
        return Intake(self.streams, encoding_of(self.name, given), framing)

    def load(
        self,
        root: str | Path | None,
        *,
        cache: Path | None = None,
        progress: Progress = no_progress,
    ) -> InterviewSet:
        """The interviews with their streams.

        Raises
        ------
        DatasetError
            if the folder is missing, or does not match the card.
        """
        if self.name == GENERATED:
            return load_dataset(self.name, streams=self.streams, level=self.level, **self.options)
        return self.intake().load(
            self.name,
            folder_of(self.name, root),
            level=self.level,
            targets=self.targets,
            cache=cache,
            progress=progress,
        )

    def load_labels(self, root: str | Path | None, *, cache: Path | None = None) -> InterviewSet:
        """The interviews without any stream."""
        options = {"targets": self.targets, **self.options}
        if self.name == GENERATED:
            del options["targets"]
        return load_dataset(self.name, root, streams=(), level=self.level, cache=cache, **options)
