"""Estimates of masked copies of interviews, and of copies with other people's rows in their stead.

Removal makes answers shorter, which a model may never have seen; replacement keeps their length and
fills the steps with rows that are as real as those that go. What holds under both is no artefact of
either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import Mask, masked
from hirenet_sales.models.checkpoint import Checkpoint

BATCH = 512  # copies that are in memory at once


@dataclass(frozen=True, eq=False)
class Donors:
    """Rows of a stream that may stand in for others, and whose they are.

    Attributes
    ----------
    stream : its name
    rows : (M, D)
    words : M behind rows of text; () = none
    people : (M,)
    """

    stream: str
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
        return cls(stream, np.concatenate(rows), words, np.repeat(interviews.people, counts))

    def draw(self, person: str, count: int, rng: np.random.Generator) -> np.ndarray:
        """Indices (count,) of rows of other people; of anyone where nobody else has any."""
        others = np.flatnonzero(self.people != person)
        return rng.choice(others if len(others) else np.arange(len(self.rows)), count)


def with_donated_steps(
    interviews: InterviewSet,
    rows: Sequence[int],
    masks: Sequence[Mask],
    donors: Donors,
    seed: int,
) -> InterviewSet:
    """Copies of interviews whose masked steps are rows of other people, drawn at random.

    Parameters
    ----------
    rows, masks : as `masked` takes them, of the donors' stream alone
    seed : the same interview, step and seed get the same row
    """
    copies, stream = interviews.take(rows), donors.stream
    own, words = [list(answers) for answers in copies.streams[stream]], list(copies.words)
    spoken = stream == "text" and bool(words)
    for k, (row, mask) in enumerate(zip(rows, masks, strict=True)):
        if spoken:
            words[k] = list(words[k])
        for (answer, name), steps in mask.items():
            if name != stream:
                raise ValueError(f"a mask of {name}, expected one of {stream} alone")
            count = len(own[k][answer])
            chosen = np.arange(count) if steps is None else steps
            rng = np.random.default_rng([seed, row, answer])
            drawn = donors.draw(str(copies.people[k]), count, rng)[chosen]
            own[k][answer] = own[k][answer].copy()
            own[k][answer][chosen] = donors.rows[drawn]
            if spoken:
                changed = dict(zip(chosen.tolist(), drawn.tolist(), strict=True))
                words[k][answer] = tuple(
                    donors.words[changed[t]] if t in changed else word
                    for t, word in enumerate(words[k][answer])
                )
    return replace(copies, streams={**copies.streams, stream: own}, words=words)


def masked_estimates(
    checkpoint: Checkpoint,
    interviews: InterviewSet,
    rows: Sequence[int],
    masks: Sequence[Mask],
    *,
    donors: Donors | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
    stage: str = "",
) -> np.ndarray:
    """Estimates (R, 5) of the copies that R masks make, on [0, 1].

    Parameters
    ----------
    rows, masks : as `masked` takes them
    donors : of the rows that stand in for the masked steps; None = these are removed
    """
    parts = []
    for begin in range(0, len(masks), BATCH):
        progress(stage, begin, len(masks))
        some = rows[begin : begin + BATCH], masks[begin : begin + BATCH]
        copies = (
            masked(interviews, *some)
            if donors is None
            else with_donated_steps(interviews, *some, donors, seed)
        )
        parts.append(checkpoint.traits(checkpoint.model.predict(copies).interviews))
    progress(stage, len(masks), len(masks))
    return np.concatenate(parts) if parts else np.zeros((0, 5))


def mean_change(
    after: np.ndarray, rows: Sequence[int], estimates: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Mean over traits of the absolute changes (R,), in standard deviations.

    Parameters
    ----------
    after : (R, 5) estimates of copies
    rows : R indices of the interviews that they are copies of
    estimates : (N, 5), of the interviews as they are
    spread : (5,) standard deviation of the estimates
    """
    changes: np.ndarray = (np.abs(estimates[list(rows)] - after) / spread).mean(1)
    return changes
