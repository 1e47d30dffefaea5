"""Questions and answers as a sentence encoder reads them: one vector a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from extractors.words.sentences import TextEncoder, sentences_of
from extractors.words.transcript import Transcript, Word
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.networks.passages import Passage


def sentence_bounds(words: Sequence[str]) -> list[tuple[int, int]]:
    """Where the sentences of an answer begin and end among its words, (first, behind the last)."""
    transcript = Transcript(tuple(map(Word, words)), "en", 0.0, "given", "none")
    return [(sentence.begin, sentence.end) for sentence in sentences_of(transcript)]


class PassageReader:
    """Reads the passages of interviews in English; no text is encoded twice.

    Parameters
    ----------
    encoder : of sentences and questions
    """

    def __init__(self, encoder: TextEncoder) -> None:
        self.encoder = encoder
        self._vectors: dict[str, np.ndarray] = {}

    def read(self, interviews: InterviewSet) -> list[list[Passage]]:
        """Of every answer of every interview; an answer without a question has no sentence."""
        asked = interviews.questions
        nothing: list[list[tuple[str, ...]]] = [[()] * len(own) for own in asked]
        answers = [
            list(zip(*own, strict=True))
            for own in zip(asked, interviews.words or nothing, strict=True)
        ]
        cut = {
            (question, words): _cut(words) if question.strip() else []
            for question, words in {pair for own in answers for pair in own}
        }
        self._encode(question for own in asked for question in own if question.strip())
        self._encode(text for sentences in cut.values() for text, _ in sentences)
        # One for all copies of an answer: see networks.batch.StreamBatch.
        passages = {pair: self._passage(pair[0], sentences) for pair, sentences in cut.items()}
        return [[passages[pair] for pair in own] for own in answers]

    def _passage(self, question: str, answer: Sequence[tuple[str, int]]) -> Passage:
        width = len(self.encoder.columns)
        return Passage(
            self._vectors[question] if question.strip() else np.zeros(0, np.float32),
            np.array([self._vectors[text] for text, _ in answer]).reshape(-1, width),
            np.repeat(np.arange(len(answer)), [count for _, count in answer]),
        )

    def _encode(self, texts: Iterable[str]) -> None:
        new = sorted({text for text in texts if text not in self._vectors})
        if new:
            self._vectors |= dict(zip(new, self.encoder.encode_texts(new), strict=True))


def _cut(words: Sequence[str]) -> list[tuple[str, int]]:
    """The sentences of an answer, each with its number of words."""
    bounds = sentence_bounds(words) if words else []
    return [(" ".join(words[begin:end]), end - begin) for begin, end in bounds]
