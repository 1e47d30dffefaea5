"""From recorded answers to the streams of one model: the same in training and in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from extractors.answer.extract import AnswerFeatures
from extractors.callbacks import Progress, no_progress
from extractors.errors import MediaError
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.raw_media import Framing, take_pictures, take_waveform
from extractors.recipe import SHORTEST_S, Recipe
from hirenet_sales.data.catalogue import STREAMS, load_dataset
from hirenet_sales.data.encoding import WHOLE_ANSWER_S, Encoding
from hirenet_sales.data.frame_interviews import PICTURES, STREAM, WAVEFORM, frame_interviews
from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.data.splits import part_of
from hirenet_sales.data.stream_inputs import StreamTable
from hirenet_sales.errors import ConfigError
from hirenet_sales.networks.deep_impression import SAMPLE_RATE_HZ
from hirenet_sales.yaml_model import did_you_mean

MOST_FACES_HZ = 30.0
LIMITS = {"size_px": 2048, "per_answer": 10_000}  # of pictures that a checkpoint may ask for
SENSES = {  # stream to the sense it belongs to, as an Assessment names it
    "visual": "visual",
    **dict.fromkeys(PICTURES, "visual"),
    "audio": "audio",
    WAVEFORM: "audio",
    "text": "text",
}


@dataclass(frozen=True, eq=False)
class AnswerRows:
    """One answer in use.

    Attributes
    ----------
    rows : stream name to (T, ...), as in an InterviewSet; streams that it lacks may be left out
    tables : of text, audio and visual, the same rows with their times
    words : behind the rows of text
    functionals : of the voice, see Encoding.functionals; None where audio is not read
    """

    rows: dict[str, np.ndarray]
    tables: dict[str, StreamTable]
    words: tuple[str, ...]
    functionals: np.ndarray | None = None


@dataclass(frozen=True)
class Intake:
    """What a model reads of an answer.

    Attributes
    ----------
    streams : names in an InterviewSet: text, audio, visual, frames (aligned faces), scenes (whole
        pictures) and waveform
    encoding : what the rows of text, audio and visual are
    framing : which pictures frames and scenes are; its kind does not matter
    slice_s : length of the slices whose portraits were seen in training, seconds; in use, pictures
        are taken at the same moments of every slice. None = evenly spread over an answer
    voice_row_s : length of the overlapping rows of a "spectral" voice in use, seconds; None = one
        row a slice, as in the table of First Impressions V2
    faces_hz : face crops a second in use; None = those of every slice that were learnt from

    A model that was learnt from few rows may read more of them in use, as far as its estimates
    stay: experiments/release_fi_v2.md says how far.

    Raises
    ------
    ConfigError
        for an unknown stream, or none.
    ExtractionError
        if rows or moments are no sensible numbers.
    """

    streams: tuple[str, ...]
    encoding: Encoding = field(default_factory=Encoding)
    framing: Framing = field(default_factory=Framing)
    slice_s: float | None = None
    voice_row_s: float | None = None
    faces_hz: float | None = None

    def __post_init__(self) -> None:
        for name in self.streams:
            if name not in SENSES:
                raise ConfigError(f"no stream '{name}'{did_you_mean(name, list(SENSES))}")
        if not self.streams or len(set(self.streams)) < len(self.streams):
            raise ConfigError(f"streams {list(self.streams)}; expected some, each once")
        if self.faces_hz is not None and not 0 < self.faces_hz <= MOST_FACES_HZ:
            raise ConfigError(
                f"faces_hz is {self.faces_hz}; expected more than 0, at most {MOST_FACES_HZ:g}"
            )
        Recipe(spectral_row_s=self.voice_row_s)  # refuses nonsense

    @property
    def senses(self) -> dict[str, tuple[str, ...]]:
        """Visual, audio and text, as far as they are read, to the streams that are of them."""
        of_sense = {
            sense: tuple(name for name in self.streams if SENSES[name] == sense)
            for sense in ("visual", "audio", "text")
        }
        return {sense: streams for sense, streams in of_sense.items() if streams}

    @property
    def as_learnt(self) -> Intake:
        """The same without the rows and moments that are read in use alone."""
        return replace(self, voice_row_s=None, faces_hz=None)

    @property
    def recipe(self) -> Recipe:
        """What is extracted of an answer in use: what is read, and what a report shows besides."""
        vectors = [name for name in self.streams if name in STREAMS]
        recipe = self.encoding.recipe() if vectors else Recipe()
        if recipe.sampling == "portraits":
            recipe = replace(recipe, spectral_row_s=self.voice_row_s)
            if self.faces_hz is not None:
                recipe = replace(recipe, sampling="rate", frames=self.faces_hz)
        return replace(recipe, egemaps=True, face=True, sentences=True)

    @property
    def sampling(self) -> str:
        """The moments that are looked at in use, in words."""
        recipe, e = self.recipe, self.encoding
        faces = (
            "the face twice a second"
            if e.visual != "cnn"
            else "4 face crops in the first 8 s of a slice"
            if recipe.sampling == "portraits"
            else f"{recipe.frames:g} face crops a second"
            if recipe.frames != 1
            else "1 face crop a second"
        )
        voice = (
            f"the voice's first {recipe.spectral_window_s:g} s of a slice"
            if e.audio == "spectral"
            else "the voice every 0.1 s"
        )
        if e.audio == "spectral" and recipe.spectral_row_s is not None:
            voice += f" in overlapping windows of {recipe.spectral_row_s:g} s"
        count, where = self.framing.per_answer, ", evenly spread"
        if self.slice_s is not None:
            count, where = int(Recipe.frames), " in the first 8 s of a slice"
        pictures = f"{count} %s of {self.framing.size_px} pixels{where}"
        words = {
            "visual": faces,
            STREAM: pictures % "aligned faces",
            "scenes": pictures % "whole pictures",
            "audio": voice,
            WAVEFORM: "the whole sound",
            "text": "all words",
        }
        slice_s = recipe.slice_s if {"visual", "audio"} & set(self.streams) else self.slice_s
        slices = "" if slice_s in (None, WHOLE_ANSWER_S) else f"slices of {slice_s:g} s; "
        return slices + ", ".join(words[name] for name in self.streams)

    def load(
        self,
        name: str,
        root: str | Path | None,
        *,
        level: Level | None = None,
        targets: Sequence[str] | None = None,
        split: str = "all",
        cache: Path | None = None,
        progress: Progress = no_progress,
    ) -> InterviewSet:
        """The interviews of a data set with these streams.

        Parameters
        ----------
        root : its folder; None = the copy that ships, of a set of which one does
        targets : of the data card; None = those that it names first
        split : a part by name, see `part_of`

        Raises
        ------
        DatasetError
            if the folder does not match the card.
        """
        vectors = [stream for stream in self.streams if stream in STREAMS]
        others = [stream for stream in self.streams if stream not in STREAMS]
        common: dict[str, Any] = {"level": level, "cache": cache, "progress": progress}
        parts = []
        if vectors:
            options = {**asdict(self.encoding), "targets": targets, "split": split}
            parts.append(load_dataset(name, root, streams=vectors, **common, **options))
        if others:
            pictures = frame_interviews(
                name, root, self.framing, streams=tuple(others), targets=targets, **common
            )
            parts.append(part_of(pictures, split))
        first, last = parts[0], parts[-1]
        return replace(
            first,
            streams={**first.streams, **last.streams},
            columns={**first.columns, **last.columns},
            completeness=first.completeness.joined(last.completeness),
        )

    def read(self, answers: Sequence[AnswerFeatures], senses: Sequence[str]) -> list[AnswerRows]:
        """The rows of every stream of answers in use; pictures and sound are not saved.

        Parameters
        ----------
        answers : what `recipe` extracted of each
        senses : some of visual, audio and text; streams of the others are left out, and those of
            an answer that are too poor to be read
        """
        of_senses = [name for name in self.streams if SENSES[name] in senses]
        read = []
        with ExitStack() as stack:
            tracker = stack.enter_context(MediaPipeTracker()) if STREAM in of_senses else None
            for features in answers:
                wanted = [name for name in of_senses if SENSES[name] not in features.unread]
                vectors, words = self.encoding.tables(features)
                tables = {name: vectors[name] for name in wanted if name in vectors}
                rows = {name: table.values for name, table in tables.items()}
                silent = (
                    "spectral" in features.streams and not features.streams["spectral"].observed
                )
                for name in wanted:
                    if name == WAVEFORM and silent:
                        continue  # a microphone that was off carries no voice
                    if name not in STREAMS and features.media is not None:
                        rows[name] = self._read(name, features.media.path, tracker)
                read.append(
                    AnswerRows(
                        rows,
                        tables,
                        words if "text" in tables else (),
                        self.encoding.functionals(features) if "audio" in tables else None,
                    )
                )
        return read

    def _read(self, name: str, media: Path, tracker: MediaPipeTracker | None) -> np.ndarray:
        """Pictures or sound; none where the extractors have already reported what is wrong."""
        try:
            if name == WAVEFORM:
                return take_waveform(media, SAMPLE_RATE_HZ)
            framing = replace(self.framing, kind=PICTURES[name])
            return take_pictures(media, framing, tracker, slice_s=self.slice_s).pictures
        except MediaError:
            return np.zeros((0, 1), np.float32)

    def to_dict(self) -> dict[str, Any]:
        """JSON values, as `from_dict` reads them."""
        return {
            "streams": list(self.streams),
            "encoding": asdict(self.encoding),
            "framing": asdict(self.framing),
            "slice_s": self.slice_s,
            "voice_row_s": self.voice_row_s,
            "faces_hz": self.faces_hz,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Intake:
        """Read what `to_dict` gave.

        Raises
        ------
        KeyError, TypeError, ValueError, ConfigError, DatasetError, ExtractionError
            if it is damaged.
        """
        framing, slice_s = Framing(**values["framing"]), values["slice_s"]
        for name, most in LIMITS.items():
            value = getattr(framing, name)
            if not isinstance(value, int) or value > most:
                raise ValueError(f"{name} is {value!r:.80}, expected a whole number up to {most}")
        if slice_s is not None and not SHORTEST_S <= slice_s <= WHOLE_ANSWER_S:
            raise ValueError(
                f"slice_s is {slice_s}, expected {SHORTEST_S:g} to {WHOLE_ANSWER_S:g} seconds"
            )
        return cls(
            tuple(values["streams"]),
            Encoding(**values["encoding"]),
            framing,
            slice_s,
            values.get("voice_row_s"),  # checkpoints of format 2 have neither: as they were learnt
            values.get("faces_hz"),
        )
