"""Copies of interviews in which other people's rows stand in for those that are masked.

Removal makes answers shorter, which a model may never have seen; replacement keeps their length and
fills the steps with rows that are as real as those that go. What holds under both is no artefact of
either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import Mask


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
