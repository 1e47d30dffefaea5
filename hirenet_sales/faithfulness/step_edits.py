"""Copies of interviews without some steps of a stream, or with other people's in their stead.

Removal makes answers shorter, which a model may never have seen; replacement keeps their length and
fills the steps with rows that are as real as those that go. What holds under both is no artefact of
either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.models.checkpoint import Checkpoint

BATCH = 512  # copies that are in memory at once


@dataclass(frozen=True, eq=False)
class StepEdit:
    """Steps of one stream of one interview.

    Attributes
    ----------
    interview : its index
    stream : its name
    chosen : answer to bool (T,), True = the step goes
    """

    interview: int
    stream: str
    chosen: list[np.ndarray]


@dataclass(frozen=True, eq=False)
class Donors:
    """Rows of a stream that may stand in for others, and whose they are.

    Attributes
    ----------
    rows : (M, D)
    words : M behind rows of text; () = none
    people : (M,)
    """

    rows: np.ndarray
    words: tuple[str, ...]
    people: np.ndarray

    @classmethod
    def of(cls, interviews: InterviewSet, stream: str) -> Donors:
        """All rows of a stream."""
        own = interviews.streams[stream]
        rows = [rows for answers in own for rows in answers if len(rows)]
        counts = [sum(map(len, answers)) for answers in own]
        spoken = interviews.words if stream == "text" else []
        words = tuple(word for answers in spoken for answer in answers for word in answer)
        return cls(np.concatenate(rows), words, np.repeat(interviews.people, counts))

    def draw(self, person: str, count: int, rng: np.random.Generator) -> np.ndarray:
        """Indices (count,) of rows of other people; of anyone where there is nobody else."""
        others = np.flatnonzero(self.people != person)
        return rng.choice(others if len(others) else np.arange(len(self.rows)), count)


def without_steps(interviews: InterviewSet, edits: Sequence[StepEdit]) -> InterviewSet:
    """One interview an edit, from which the chosen steps are removed.

    An answer of which no step stays has no functionals of the stream either.
    """
    copies = interviews.take([edit.interview for edit in edits])
    streams = {name: list(own) for name, own in copies.streams.items()}
    functionals = {name: list(own) for name, own in copies.functionals.items()}
    words = list(copies.words)
    for k, edit in enumerate(edits):
        kept = [~chosen for chosen in edit.chosen]
        own = streams[edit.stream][k]
        streams[edit.stream][k] = [rows[k_] for rows, k_ in zip(own, kept, strict=True)]
        if edit.stream == "text" and words:
            words[k] = [
                tuple(word for word, stays in zip(answer, k_, strict=True) if stays)
                for answer, k_ in zip(words[k], kept, strict=True)
            ]
        if edit.stream in functionals:
            some = np.array([k_.any() for k_ in kept])
            functionals[edit.stream][k] = np.where(
                some[:, None], functionals[edit.stream][k], np.nan
            )
    return replace(copies, streams=streams, functionals=functionals, words=words)


def with_donated_steps(
    interviews: InterviewSet, edits: Sequence[StepEdit], donors: Donors, seed: int
) -> InterviewSet:
    """One interview an edit, whose chosen steps are rows of other people, drawn at random.

    All edits must be of the stream of `donors`. The same interview, steps and seed draw the same.
    """
    copies = interviews.take([edit.interview for edit in edits])
    (stream,) = {edit.stream for edit in edits}
    own, words = list(copies.streams[stream]), list(copies.words)
    for k, edit in enumerate(edits):
        answers, spoken = list(own[k]), list(words[k]) if words else []
        rng = np.random.default_rng([seed, edit.interview])
        for q, chosen in enumerate(edit.chosen):
            drawn = donors.draw(str(copies.people[k]), len(chosen), rng)
            answers[q] = np.where(chosen[:, None], donors.rows[drawn], answers[q])
            if stream == "text" and words:
                spoken[q] = tuple(
                    donors.words[other] if goes else word
                    for word, goes, other in zip(spoken[q], chosen, drawn, strict=True)
                )
        own[k] = answers
        if words:
            words[k] = spoken
    return replace(copies, streams={**copies.streams, stream: own}, words=words)


def changed_estimates(
    checkpoint: Checkpoint,
    interviews: InterviewSet,
    edits: Sequence[StepEdit],
    *,
    donors: Donors | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
    stage: str = "",
) -> np.ndarray:
    """Estimates (M, 5) of the copies that M edits make, on [0, 1].

    Parameters
    ----------
    donors : of the rows that stand in for the chosen steps; None = these are removed
    """
    parts = []
    for begin, some in _batches(edits):
        progress(stage, begin, len(edits))
        if donors is None:
            copies = without_steps(interviews, some)
        else:
            copies = with_donated_steps(interviews, some, donors, seed)
        parts.append(checkpoint.traits(checkpoint.model.predict(copies).interviews))
    progress(stage, len(edits), len(edits))
    return np.concatenate(parts) if parts else np.zeros((0, 5))


def _batches(edits: Sequence[StepEdit]) -> Iterator[tuple[int, Sequence[StepEdit]]]:
    for begin in range(0, len(edits), BATCH):
        yield begin, edits[begin : begin + BATCH]
