"""Segment: about a sentence of recognised speech, and signs of hallucination."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from extractors.stretch import Stretch, overlap_s
from extractors.words.transcript import Word

WITHOUT_BLANKS = {"bo", "ja", "km", "lo", "my", "th", "yue", "zh"}

WEAK_PROBABILITY = 0.45  # mean over words; clear English speech scores .8 to .95
# Whisper's own limits; the first is applied to a segment, not to the window of 30 s it lies in.
LOOP_COMPRESSION = 2.4
NO_SPEECH, IMPROBABLE_LOGPROB = 0.6, -1.0
WORDS_PER_S = 8.0  # clear speech reaches 6.5; loops that were made up have 10 to 200
FEW_WORDS = 3  # the times of fewer are too coarse to tell a rate or to cut them out
VOICED_SHARE = 0.5

REPEATS = "it repeats itself"
HURRIED = "it is faster than anybody speaks"
UNVOICED = "no voice is heard there"
IMPROBABLE = "its words are improbable"
DIFFERS = "it reads otherwise when its sound is heard alone"
NO_SPEECH_HEARD = "the speech model takes the sound for no speech"


@dataclass(frozen=True)
class Segment:
    """A stretch of recognised speech."""

    words: tuple[Word, ...]  # with their times, seconds from the start of the answer; at least one
    no_speech: float  # Whisper's probability that its window of up to 30 s holds no speech
    logprob: float  # mean log probability of the tokens of that window

    @property
    def text(self) -> str:
        """The words, separated by spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def start(self) -> float:
        """Seconds from the start of the answer."""
        return min(word.start or 0.0 for word in self.words)

    @property
    def end(self) -> float:
        """Seconds from the start of the answer."""
        return max(word.end or 0.0 for word in self.words)

    def doubts(self, voice: Sequence[Stretch]) -> frozenset[str]:
        """Signs that the segment is hallucinated, each a clause that follows "because".

        One alone is not enough: speakers may repeat themselves, speak unclearly or in noise. Two
        together mark hallucinated text.
        """
        length_s = self.end - self.start
        probability = np.mean([word.probability or 0.0 for word in self.words])
        packed = self.text.encode()
        signs = {
            REPEATS: len(packed) > LOOP_COMPRESSION * len(zlib.compress(packed)),
            HURRIED: len(self.words) >= FEW_WORDS and len(self.words) > WORDS_PER_S * length_s,
            UNVOICED: overlap_s(voice, self.start, self.end) < VOICED_SHARE * length_s,
            IMPROBABLE: probability < WEAK_PROBABILITY or self.logprob < IMPROBABLE_LOGPROB,
            NO_SPEECH_HEARD: self.no_speech > NO_SPEECH,
        }
        return frozenset(doubt for doubt, speaks_against in signs.items() if speaks_against)


def whole_words(
    tokens: Iterable[tuple[str, float, float, float]], start_s: float, language: str
) -> tuple[Word, ...]:
    """Join Whisper's tokens, which split "well -known" and "j 'aime", into words between blanks.

    Tokens are text, start and end in seconds, probability; one that begins a word begins with a
    blank. `start_s` is added to the times. In a language without blanks every token is a word. Of
    joined tokens the lowest probability counts; words without a letter or digit are left out.
    """
    words: list[Word] = []
    for text, start, end, probability in tokens:
        word = Word(text.strip(), start_s + float(start), start_s + float(end), float(probability))
        if words and not text.startswith(" ") and language not in WITHOUT_BLANKS:
            before = words.pop()
            least = min(before.probability or 0.0, float(probability))
            word = replace(
                word, text=before.text + word.text, start=before.start, probability=least
            )
        words.append(word)
    return tuple(word for word in words if any(c.isalnum() for c in word.text))
