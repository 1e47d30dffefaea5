"""Questions and answers as a sentence encoder reads them: one vector a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from extractors.words.contextual_words import ContextualWords
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.networks.batch import Passage

END = re.compile(r"[.!?][\"')\]]*$")
SHORTEST, LONGEST = 4, 40  # words of a sentence; shorter ones join their neighbour


def sentences(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the sentences of an answer begin and end, (first, behind the last), in order.

    They end where a word ends in a full stop, or at `LONGEST` words where nobody set one.
    """
    spans: list[tuple[int, int]] = []
    begin = 0
    for at, word in enumerate(words, 1):
        if at - begin >= SHORTEST and (END.search(word) or at - begin >= LONGEST):
            spans.append((begin, at))
            begin = at
    if begin == len(words):
        return spans
    if spans and len(words) - begin < SHORTEST:
        return [*spans[:-1], (spans[-1][0], len(words))]
    return [*spans, (begin, len(words))]


class PassageReader:
    """Reads passages; each text is encoded once.

    Parameters
    ----------
    encoder : None takes all-MiniLM-L6-v2

    Raises
    ------
    WeightsError
        if the encoder is not installed.
    """

    def __init__(self, encoder: ContextualWords | None = None) -> None:
        self.encoder = encoder or ContextualWords()
        self._vectors: dict[str, np.ndarray] = {}

    @property
    def width(self) -> int:
        """E, values of a vector."""
        return len(self.encoder.columns)

    def read(self, interviews: InterviewSet) -> list[list[Passage]]:
        """Of every answer of every interview; without kept words, none has a sentence."""
        said: Sequence[Sequence[Sequence[str]]] = interviews.words or [
            [()] * len(asked) for asked in interviews.questions
        ]
        return [
            [self._passage(text, words) for text, words in zip(asked, own, strict=True)]
            for asked, own in zip(interviews.questions, said, strict=True)
        ]

    def _passage(self, question: str, words: Sequence[str]) -> Passage:
        asked = self.vector(question) if question.strip() else np.zeros(0, np.float32)
        nothing = np.zeros((0, self.width), np.float32)
        if not len(asked) or not words:  # nothing to compare
            return Passage(asked, nothing, np.full(len(words), -1))
        spans = sentences(words)
        vectors = [self.vector(" ".join(words[begin:end])) for begin, end in spans]
        of = np.repeat(np.arange(len(spans)), [end - begin for begin, end in spans])
        return Passage(asked, np.stack(vectors), of)

    def vector(self, text: str) -> np.ndarray:
        """The mean of a text's word vectors, float32 (E,); (0,) where no word has one."""
        if text not in self._vectors:
            values, valid = self.encoder.encode(text.split())
            mean = values[valid].mean(0) if valid.any() else np.zeros(0, np.float32)
            self._vectors[text] = mean
        return self._vectors[text]
