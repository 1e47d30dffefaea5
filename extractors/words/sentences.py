"""Sentences of an answer: where each begins and ends, and its vector by a sentence encoder.

Nothing here knows of a question, so the result of an answer can be stored with the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from extractors.stream import Provenance, Stream
from extractors.words.transcript import Transcript, Word
from extractors.words.vectors import with_times

EXTRACTOR, VERSION = "sentences", "1"
LANGUAGE = "en"  # all that all-MiniLM-L6-v2 was trained on
SHORTEST_WORDS = 4  # fewer ("Yes, sure.") join a neighbour: alone they are about anything
LONGEST_WORDS = 30  # where nothing is punctuated, a window of about 12 s of speech
PAUSE_S = 0.3

# What may close a sentence: its mark, and quotes or brackets after it.
END = re.compile(r"[.!?…。！？]+[\"'”’)\]]*$")
NO_END = re.compile(r"^(?:Mr|Mrs|Ms|Dr|Prof|St|vs|(?:[A-Za-z]\.)+[A-Za-z])\.$")


class TextEncoder(Protocol):
    """Encodes whole texts as vectors."""

    @property
    def columns(self) -> tuple[str, ...]:
        """D names, one a dimension."""
        ...

    @property
    def provenance(self) -> Provenance:
        """Identity of the encoder, without a source."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """One vector a text, float32 (N, D), of length 1."""
        ...


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a window of a transcript without punctuation.

    Attributes
    ----------
    begin, end : its words in the transcript; the one at `end` is not included
    text : the words, separated by spaces
    start_s, end_s : seconds from the start of the answer
    """

    begin: int
    end: int
    text: str
    start_s: float
    end_s: float


def sentences_of(transcript: Transcript) -> list[Sentence]:
    """The sentences of an answer, which cover all of its words in order.

    A sentence ends at its punctuation. One of more than 30 words, as all of a transcript without
    punctuation are, is cut at its longest pause of at least 0.3 s, else at a comma, else in the
    middle, until no part is longer. One of fewer than 4 words joins the next.

    Parameters
    ----------
    transcript : words without times get estimated ones, as in `words_stream`
    """
    words = with_times(transcript).words
    return [
        Sentence(
            begin,
            end,
            " ".join(word.text for word in words[begin:end]),
            words[begin].start or 0.0,
            max([words[begin].start or 0.0, *(word.end or 0.0 for word in words[begin:end])]),
        )
        for begin, end in _bounds(words)
    ]


def sentence_provenance(transcript: Transcript, encoder: TextEncoder) -> Provenance:
    """Identity of the sentences' vectors, which takes no encoding to tell."""
    base = encoder.provenance
    settings = {
        **base.settings,
        "words": [SHORTEST_WORDS, LONGEST_WORDS],
        "pause_s": PAUSE_S,
        "times": with_times(transcript).times,
        "language": transcript.language,
        "transcript_sha256": transcript.sha256,
    }
    return replace(
        base,
        extractor=EXTRACTOR,
        version=VERSION,
        settings=settings,
        source_sha256=transcript.provenance.source_sha256,
    )


def sentence_stream(transcript: Transcript, encoder: TextEncoder) -> Stream:
    """One row a sentence of a transcript.

    Returns
    -------
    Stream (sentences, D), rows of length 1, in the order of `sentences_of`. A sentence without a
    letter or digit is not valid. A transcript without words, or of another language than English,
    gives an empty Stream with its reason.
    """
    provenance = sentence_provenance(transcript, encoder)
    reason = transcript.reason or language_reason(transcript.language)
    if reason:
        return Stream.empty(encoder.columns, provenance, reason)
    sentences = sentences_of(transcript)
    texts = [sentence.text for sentence in sentences]
    valid = np.array([any(c.isalnum() for c in text) for text in texts])
    return Stream(
        encoder.encode_texts(texts),
        np.array([(s.start_s, s.end_s) for s in sentences]),
        encoder.columns,
        valid,
        provenance,
        "" if valid.any() else "none of the sentences holds a word",
    )


def language_reason(language: str) -> str:
    """Why sentences of a language are not encoded; "" of English.

    Parameters
    ----------
    language : ISO 639-1 code, "" where unknown
    """
    if language.lower().split("-")[0] == LANGUAGE:
        return ""
    heard = f"is in '{language}'" if language else "is in a language that is not stated"
    return f"the sentence encoder reads English, and the transcript {heard}"


def _bounds(words: Sequence[Word]) -> list[tuple[int, int]]:
    bounds: list[tuple[int, int]] = []
    begin = 0
    for end in range(1, len(words) + 1):
        whole = _ends_sentence(words[end - 1].text) and end - begin >= SHORTEST_WORDS
        if whole or end == len(words):
            bounds += _cut(words, begin, end)
            begin = end
    if len(bounds) > 1 and bounds[-1][1] - bounds[-1][0] < SHORTEST_WORDS:
        last, before = bounds.pop(), bounds.pop()
        bounds.append((before[0], last[1]))
    return bounds


def _ends_sentence(text: str) -> bool:
    return END.search(text) is not None and NO_END.match(text) is None


def _cut(words: Sequence[Word], begin: int, end: int) -> list[tuple[int, int]]:
    if end - begin <= LONGEST_WORDS:
        return [(begin, end)]

    def preference(cut: int) -> tuple[float, bool, float]:
        pause_s = (words[cut].start or 0.0) - (words[cut - 1].end or 0.0)
        clause = words[cut - 1].text.endswith((",", ";", ":"))
        return pause_s if pause_s >= PAUSE_S else 0.0, clause, -abs(cut - (begin + end) / 2)

    cut = max(range(begin + SHORTEST_WORDS, end - SHORTEST_WORDS + 1), key=preference)
    return [*_cut(words, begin, cut), *_cut(words, cut, end)]
