"""The answers of an interview set as the branches of CR-Net read them, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np

from hirenet_sales.data.frame_interviews import PICTURES
from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.network_inputs import from_unit, to_unit
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.crnet_inputs import FrameInputs, Scaling, VectorInputs
from hirenet_sales.models.sentence_vectors import SENTENCE_ENCODER, sentence_vectors
from hirenet_sales.networks.crnet import BRANCHES, VISUAL_BRANCHES
from hirenet_sales.persist import digest
from hirenet_sales.training.crnet import BranchInputs
from hirenet_sales.traits import flip_polarity

AUDIO, TEXT = "audio", "text"
STREAMS = (*PICTURES, AUDIO, TEXT)
TURNED = "neuroticism"  # learnt as emotional stability, whose cut points the paper gives


def branches_of(streams: Sequence[str]) -> tuple[str, ...]:
    """The branches that read these streams, as the paper orders them; others are left out.

    Sound and words are one branch where both are there.
    """
    found = {PICTURES[stream] for stream in streams if stream in PICTURES}
    heard = [stream for stream in (AUDIO, TEXT) if stream in streams]
    return tuple(b for b in BRANCHES if b in found or b == "-".join(heard))


class CrnetAnswers:
    """All R answers of a set, interview by interview; a stream that it lacks, no answer has.

    Parameters
    ----------
    streams : of STREAMS, those that are read
    side : of a picture, in pixels

    Raises
    ------
    DatasetError
        if a picture has another size.
    """

    def __init__(self, interviews: InterviewSet, streams: Sequence[str], side: int) -> None:
        self.interviews, self.side = interviews, side
        self.counts = [len(questions) for questions in interviews.questions]
        self.pictures: dict[str, list[np.ndarray]] = {
            branch: self._pictures(stream)
            for stream, branch in PICTURES.items()
            if stream in streams
        }

    def __len__(self) -> int:
        return sum(self.counts)

    @property
    def labels(self) -> np.ndarray:
        """What the networks learn, (R, K) on [0, 1]: the answer's own, else its interview's."""
        found, targets = self.interviews, self.interviews.targets
        own = found.answer_labels
        if own is None:
            own = [
                np.repeat(row[None], count, axis=0)
                for row, count in zip(found.labels, self.counts, strict=True)
            ]
        stacked = np.concatenate([np.zeros((0, len(targets))), *own])
        return _turned(to_unit(stacked, targets), targets)

    def vectors(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        """Vectors (R, D) of the sound or the words, and which answers have one, bool (R,).

        Raises
        ------
        WeightsError
            if the sentence encoder is not installed.
        """
        return self._heard if part == AUDIO else self._said

    def inputs(
        self, branch: str, scalings: Mapping[str, Scaling], *, segments: int, shown: int
    ) -> BranchInputs:
        """What a branch reads.

        Parameters
        ----------
        scalings : of the parts "audio" and "text" that it reads

        Raises
        ------
        DatasetError
            if vectors have another length than in training.
        WeightsError
            if words are read and the sentence encoder is not installed.
        """
        if branch in VISUAL_BRANCHES:
            return FrameInputs(self.pictures[branch], self.side, segments, shown)
        scaled = {AUDIO: np.zeros((len(self), 0), np.float32)}
        scaled[TEXT] = scaled[AUDIO]
        there = np.zeros(len(self), bool)
        for part in branch.split("-"):
            values, known = self.vectors(part)
            expected = len(scalings[part].mean)
            if known.any() and values.shape[1] != expected:
                raise DatasetError(
                    f"{self.interviews.dataset}: stream {part} has {values.shape[1]} columns, the "
                    f"model was trained on {expected}"
                )
            if not known.any():
                values = np.zeros((len(self), expected))
            scaled[part] = scalings[part].apply(values, known)
            there |= known
        return VectorInputs(scaled[AUDIO], scaled[TEXT], there)

    def digest(self, branch: str) -> str:
        """sha256 of the labels and of all that a branch reads."""
        heard = self._heard if AUDIO in branch else None
        words = [SENTENCE_ENCODER, *self._transcripts] if TEXT in branch else None
        return digest(self.labels, self.pictures.get(branch, ()), heard, words)

    def by_interview(self, estimates: np.ndarray, targets: Sequence[Target]) -> list[np.ndarray]:
        """Estimates (R, K) of networks as (Q, K) an interview, on the scales of `targets`."""
        values = from_unit(np.clip(_turned(estimates, targets), 0.0, 1.0), targets)
        return np.split(values, np.cumsum(self.counts)[:-1]) if self.counts else []

    def _pictures(self, stream: str) -> list[np.ndarray]:
        shape = (self.side, self.side, 3)
        found = self._flat(stream, np.zeros((0, *shape), np.uint8))
        for row, pictures in enumerate(found):
            if len(pictures) and (pictures.shape[1:] != shape or pictures.dtype != np.uint8):
                raise DatasetError(
                    f"{self._place(row)}: stream {stream} has pictures "
                    f"{pictures.shape[1:]} of {pictures.dtype}, expected {shape} of uint8; load "
                    f"them with size_px {self.side}, or train with another input_px"
                )
        return found

    @cached_property
    def _heard(self) -> tuple[np.ndarray, np.ndarray]:
        rows = self._flat(AUDIO, np.zeros((0, 0)))
        there = np.array([len(own) > 0 for own in rows], dtype=bool)
        width = next((own.shape[1] for own in rows if len(own)), 0)
        means = [own.mean(0, dtype=float) if len(own) else np.zeros(width) for own in rows]
        return np.array(means).reshape(len(rows), width), there

    @cached_property
    def _said(self) -> tuple[np.ndarray, np.ndarray]:
        if not any(self._transcripts):  # no encoder is needed to read nothing
            return np.zeros((len(self), 0)), np.zeros(len(self), bool)
        return _encoded(tuple(self._transcripts))

    @cached_property
    def _transcripts(self) -> list[str]:
        words = self.interviews.words or [[()] * count for count in self.counts]
        return [" ".join(said) for answers in words for said in answers]

    def _flat(self, stream: str, nothing: np.ndarray) -> list[np.ndarray]:
        answers = self.interviews.streams.get(stream)
        if answers is None:
            return [nothing] * len(self)
        return [rows for own in answers for rows in own]

    def _place(self, row: int) -> str:
        interview = int(np.searchsorted(np.cumsum(self.counts), row, side="right"))
        answer = row - sum(self.counts[:interview]) + 1
        return f"{self.interviews.dataset}: {self.interviews.ids[interview]}, answer {answer}"


@lru_cache(maxsize=4)
def _encoded(transcripts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """As `sentence_vectors`, once for the same set: an encoder takes far longer than a branch."""
    values, there = sentence_vectors(transcripts)
    values.flags.writeable = there.flags.writeable = False
    return values, there


def _turned(values: np.ndarray, targets: Sequence[Target]) -> np.ndarray:
    """Values (R, K) on [0, 1] with neuroticism turned to emotional stability, or back."""
    reverse = np.array([target.name == TURNED for target in targets])
    return flip_polarity(values, where=reverse)
