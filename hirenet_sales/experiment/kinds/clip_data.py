"""Clips as CR-Net reads them: pictures of the face and of the scene, the sound, the words.

The networks learn the columns as their data set distributes them, since the paper's cut points are
of those: neuroticism is turned to emotional stability for them, and their estimates are turned
back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import Field, field_validator

from extractors.raw_media import Kind
from extractors.store import default_store_root
from hirenet_sales import persist
from hirenet_sales.data.card import load_card
from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.completeness import Completeness, StreamCount
from hirenet_sales.data.features import spoken
from hirenet_sales.data.frames import FrameTable, load_frames
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.sets.first_impressions import NAME, FirstImpressions
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.experiment.data import digest
from hirenet_sales.experiment.kind import Place, Progress, Section, Some
from hirenet_sales.models.clip_inputs import ClipInputs, FrameInputs, Scaling, VectorInputs
from hirenet_sales.models.sentence_vectors import SENTENCE_ENCODER, sentence_vectors
from hirenet_sales.traits import TRAITS, flip_polarity
from hirenet_sales.yaml_model import did_you_mean

CLIP = "clip"  # the stream whose one value is the clip's number: a split keeps it with its answer
PICTURES: dict[str, Kind] = {"face": "face", "scene": "scene"}  # branch to the pictures it reads
TEXT_CHUNK = 256  # transcripts between two words of progress
DEFAULT_TARGETS = (*TRAITS, "interview")


class ClipSection(Section):
    """Which clips, and what is estimated of them.

    Attributes
    ----------
    name : first-impressions-v2, the data set that has pictures of its clips
    targets : of its data card
    """

    name: str = NAME
    targets: Some[str] = Field(default=DEFAULT_TARGETS, validate_default=True)

    @field_validator("name")
    @classmethod
    def _has_pictures(cls, name: str) -> str:
        if name != NAME:
            raise ValueError(f"data set '{name}' has no pictures of its clips; {NAME} has")
        return name

    @field_validator("targets")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = list(load_card(NAME).targets)
        for name in names:
            if name not in known:
                raise ValueError(f"no target '{name}'{did_you_mean(name, known)}")
        return names


@dataclass(frozen=True, eq=False)
class ClipSet:
    """Clips with everything that any branch reads.

    Attributes
    ----------
    interviews : source videos; their answers are the clips, and stream CLIP holds their numbers
    names : N clip names
    labels : (N, P), as the networks learn them
    reversed : bool (P,), targets that are turned round for them
    pictures : "face" or "scene" to their table; those that were asked for
    text : (N, D) and bool (N,), or None
    """

    interviews: InterviewSet
    names: tuple[str, ...]
    labels: np.ndarray
    reversed: np.ndarray
    pictures: dict[str, FrameTable]
    text: tuple[np.ndarray, np.ndarray] | None

    def numbers(self, part: InterviewSet) -> list[np.ndarray]:
        """Numbers of the clips of every interview of a part."""
        return [
            np.array([int(rows[0, 0]) for rows in answers], dtype=int)
            for answers in part.streams[CLIP]
        ]

    def prediction(self, part: InterviewSet, estimates: np.ndarray) -> Prediction:
        """Estimates (R, P) of the clips of a part, one after the other, as the networks gave them.

        They are turned to the polarity of the house and kept on [0, 1].
        """
        turned = np.clip(flip_polarity(estimates, where=self.reversed), 0, 1)
        borders = np.cumsum([len(rows) for rows in self.numbers(part)])[:-1]
        answers = np.split(turned, borders)
        blind = flip_polarity(self.labels, where=self.reversed).mean(0)
        return Prediction.of_answers(answers, blind)

    def frames(self, branch: str, segments: int, shown: int) -> FrameInputs:
        """What a visual branch reads."""
        table = self.pictures[PICTURES[branch]]
        none = np.zeros(0, int)
        of = [table.rows.get(name, none) for name in self.names]
        return FrameInputs(table.frames, [r[table.valid[r]] for r in of], segments, shown)

    def vectors(self, branch: str, known: np.ndarray) -> VectorInputs:
        """What an audio or text branch reads, standardised by the clips at `known`."""
        heard = np.zeros((len(self.names), len(self.interviews.columns["audio"])))
        has_sound = np.zeros(len(self.names), bool)
        for numbers, answers in zip(
            self.numbers(self.interviews), self.interviews.streams["audio"], strict=True
        ):
            for number, rows in zip(numbers, answers, strict=True):
                if len(rows):
                    heard[number], has_sound[number] = rows.mean(0), True
        said, has_words = self.text or (np.zeros((len(heard), 0)), np.zeros(len(heard), bool))
        there = {"audio": has_sound, "text": has_words}.get(branch, has_sound | has_words)
        audio = Scaling.fit(heard[known[has_sound[known]]]).apply(heard, has_sound)
        text = Scaling.fit(said[known[has_words[known]]]).apply(said, has_words)
        return VectorInputs(audio, text, there)

    def inputs(self, branch: str, known: np.ndarray, segments: int, shown: int) -> ClipInputs:
        """What a branch of CR-Net reads."""
        if branch in PICTURES:
            return self.frames(branch, segments, shown)
        return self.vectors(branch, known)

    def digest(self, branches: tuple[str, ...]) -> str:
        """sha256 of everything that these branches read, and of the labels."""
        pictures = [
            None if (table := self.pictures.get(branch)) is None else (table.valid, table.frames)
            for branch in sorted(branches)
        ]
        text = self.text[0] if any("text" in branch for branch in branches) and self.text else None
        return persist.digest(digest(self.interviews), pictures, text)


def load_clips(
    section: ClipSection,
    place: Place,
    *,
    branches: tuple[str, ...],
    input_px: int,
    tell: Progress | None = None,
) -> ClipSet:
    """The clips with what these branches read; a process loads the same ones once.

    Raises
    ------
    DatasetError
        if the folder lacks what is asked for.
    """
    kinds = tuple(sorted({PICTURES[b] for b in branches if b in PICTURES}))
    words = any("text" in branch for branch in branches)
    if tell is not None and words:
        _words(section, place, tell)
    return _load(section, place.root, place.cache, kinds, words, input_px)


@lru_cache(maxsize=2)
def _load(
    section: ClipSection,
    root: Path | None,
    cache: Path | None,
    kinds: tuple[Kind, ...],
    words: bool,
    input_px: int,
) -> ClipSet:
    interviews = load_dataset(
        section.name, root, streams=("audio",), cache=cache, targets=section.targets
    )
    if interviews.level != "answer" or root is None:
        raise DatasetError(f"{root}: no single clips with labels")
    data = FirstImpressions(root)
    names = tuple(clip.name for clip in data.clips)
    number = {name: k for k, name in enumerate(names)}
    of_interview = [[clip.name for clip in clips] for clips in data.interviews()]
    if [len(of) for of in of_interview] != [len(of) for of in interviews.questions]:
        raise DatasetError(f"{root}: source videos and clips do not agree")
    streams = [[np.array([[number[name]]], np.float32) for name in found] for found in of_interview]
    assert interviews.answer_labels is not None
    labels = np.zeros((len(names), len(interviews.targets)))
    for found, values in zip(of_interview, interviews.answer_labels, strict=True):
        labels[[number[name] for name in found]] = values
    card = load_card(section.name)
    turned = np.array([card.targets[t.name].polarity == "reversed" for t in interviews.targets])
    folder = cache or default_cache()
    pictures: dict[str, FrameTable] = {
        kind: load_frames(data, folder, kind=kind, size_px=input_px) for kind in kinds
    }
    text = _words(section, Place(Path(), root, cache), None) if words else None
    completeness = interviews.completeness.joined(
        Completeness(len(names), _counts(data, pictures, text))
    )
    interviews = replace(
        interviews,
        streams={**interviews.streams, CLIP: streams},
        completeness=completeness,
    )
    labels = flip_polarity(labels, where=turned)
    return ClipSet(interviews, names, labels, turned, pictures, text)


def _counts(
    data: FirstImpressions,
    pictures: Mapping[str, FrameTable],
    text: tuple[np.ndarray, np.ndarray] | None,
) -> dict[str, StreamCount]:
    """Of how many clips there are pictures of each kind, and words."""
    counts = {
        kind: StreamCount(
            len(table.rows), sum(bool(table.valid[r].any()) for r in table.rows.values())
        )
        for kind, table in pictures.items()
    }
    if text is not None:
        counts["text"] = StreamCount(
            sum(bool(clip.transcript) for clip in data.clips), int(text[1].sum())
        )
    return counts


def default_cache() -> Path:
    """Where the loaders keep what they extracted."""
    return default_store_root().parent / "training"


def _words(
    section: ClipSection, place: Place, tell: Progress | None
) -> tuple[np.ndarray, np.ndarray]:
    """Sentence vectors of all transcripts, kept in the cache under the digest of what was said."""
    assert place.root is not None
    said = [" ".join(spoken(clip.transcript)) for clip in FirstImpressions(place.root).clips]
    folder = (place.cache or default_cache()) / "sentences"

    def encode() -> dict[str, np.ndarray]:
        parts = []
        for begin in range(0, len(said), TEXT_CHUNK):
            if tell is not None:
                tell("transcripts", begin, len(said))
            parts.append(sentence_vectors(said[begin : begin + TEXT_CHUNK]))
        return {
            "values": np.concatenate([p[0] for p in parts]),
            "valid": np.concatenate([p[1] for p in parts]),
        }

    vectors = persist.cached_arrays(folder / persist.digest(SENTENCE_ENCODER, said)[:16], encode)
    return vectors["values"], vectors["valid"]
