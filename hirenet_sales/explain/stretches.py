"""Stretches of an answer whose effect is measured: phrases, face moments, voice windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.passages import sentence_bounds

STREAMS = ("visual", "audio", "text")  # whose steps have a place in time
# Longer phrases dilute what single words change: of 37 answers of unseen people, 19 % have a phrase
# of two words that changes fi-v2's estimates three times as much as others, 5 % one of six.
PHRASE_WORDS = 2
MOST = {"text": 150, "visual": 24, "audio": 24}  # stretches of an answer; longer ones beyond


@dataclass(frozen=True)
class Stretch:
    """Consecutive steps of one stream of an answer.

    Attributes
    ----------
    answer : its index
    stream : text, audio or visual
    first, last : steps, from 0; both belong to it
    """

    answer: int
    stream: str
    first: int
    last: int

    @property
    def steps(self) -> np.ndarray:
        """Its steps (L,)."""
        return np.arange(self.first, self.last + 1)

    def __len__(self) -> int:
        return self.last + 1 - self.first

    def overlaps(self, other: Stretch) -> bool:
        """Whether the two share a step."""
        same = (self.answer, self.stream) == (other.answer, other.stream)
        return same and self.first <= other.last and other.first <= self.last


def stretches_of(
    interviews: InterviewSet, row: int = 0, streams: Sequence[str] = STREAMS
) -> list[Stretch]:
    """All stretches of one interview; those of a stream of an answer cover it once.

    Sentences are cut into phrases of at most `PHRASE_WORDS` words; of the face and the voice each
    step is a stretch. An answer of very many steps has longer stretches, about `MOST`.
    """
    result = []
    for stream in streams:
        for answer, rows in enumerate(interviews.streams.get(stream, [[]] * (row + 1))[row]):
            if not len(rows):
                continue
            words = interviews.words[row][answer] if stream == "text" and interviews.words else ()
            longest = -(-len(rows) // MOST[stream])
            if stream == "text":
                cuts = _phrase_cuts(words, len(rows), max(PHRASE_WORDS, longest))
            else:
                cuts = _even_cuts(0, len(rows), longest)
            result += [Stretch(answer, stream, a, b - 1) for a, b in pairwise(cuts)]
    return result


def _phrase_cuts(words: Sequence[str], count: int, longest: int) -> list[int]:
    ends = [0, count]
    if len(words) == count:
        ends = [0]
        for _, end in sentence_bounds(words):
            if end - ends[-1] >= longest // 2:
                ends.append(end)
        if ends[-1] != count:  # a short last sentence joins the one before
            ends = [*(ends[:-1] if len(ends) > 1 else ends), count]
    return [0, *(cut for a, b in pairwise(ends) for cut in _even_cuts(a, b, longest)[1:])]


def _even_cuts(begin: int, end: int, longest: int) -> list[int]:
    """Where pieces of about equal length, at most `longest`, begin and end."""
    pieces = -(-(end - begin) // longest)
    cuts: list[int] = np.linspace(begin, end, pieces + 1).round().astype(int).tolist()
    return cuts
