"""Fluency: pauses, fillers, repetitions and speaking rate, counted on the words of an answer.

Counts describe the recording; they say nothing about a person. Recognisers leave out many fillers
and false starts, so counts on recognised words are lower bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from extractors.stretch import Stretch, without
from extractors.words.transcript import Transcript, Word

PAUSE_S = 0.5  # a common lower bound for a silent pause; shorter ones are mostly articulation

# Sounds that are never words. "like", "well" or "alors" are left out: text alone cannot tell.
FILLERS = {
    "en": {"um", "umm", "uhm", "uh", "uhh", "er", "erm", "ehm", "hmm", "mm", "mmm"},
    "de": {"äh", "ähm", "öh", "öhm", "ehm", "hm", "hmm"},
    "fr": {"euh", "heu", "hum", "hmm"},
    "es": {"eh", "ehm", "em", "mmm", "hmm"},
    "it": {"ehm", "eh", "mmm", "uhm"},
    "nl": {"eh", "ehm", "uh", "uhm", "hm"},
    "pt": {"hum", "hã", "ahn", "éh"},
}


@dataclass(frozen=True)
class Span:
    """Part of an answer: its text ("" for a pause) and times in seconds, None where unknown."""

    text: str
    start: float | None
    end: float | None


@dataclass(frozen=True)
class Fluency:
    """Measures of fluency."""

    # silences of at least 0.5 s between words, as far as they were observed; None where the words
    # were not timed one by one
    pauses: tuple[Span, ...] | None
    fillers: tuple[Span, ...] | None  # "um" and its kin; None for a language without a list
    repetitions: tuple[Span, ...]  # words that repeat the word before
    words: int  # number of words, fillers included
    # from the start of the first word to the end of the last, pauses included, but not what was not
    # observed; over the whole answer where the words have no times; None if that is unknown too
    words_per_minute: float | None


def fluency(transcript: Transcript, gaps: Sequence[Stretch] = ()) -> Fluency:
    """Derive pauses, fillers, repetitions and speaking rate from a transcript.

    Its stretches of unrecognised voice, and `gaps`, in which the sound was not observed, are no
    pauses and no time of the rate. A pause is shortened by them, or parted in two; what is left of
    it counts from 0.5 s on.
    """
    excluded = [*transcript.unrecognised, *gaps]
    words = transcript.words
    names = FILLERS.get(transcript.language.lower().split("-")[0])
    keys = [_key(word) for word in words]
    fillers = [_span(w) for w, key in zip(words, keys, strict=True) if names and key in names]
    pairs = zip(keys, keys[1:], words[1:], strict=False)
    repetitions = [_span(word) for before, key, word in pairs if key and key == before]
    return Fluency(
        pauses=_pauses(words, excluded) if transcript.times == "word" else None,
        fillers=tuple(fillers) if names else None,
        repetitions=tuple(repetitions),
        words=len(words),
        words_per_minute=_words_per_minute(transcript, excluded),
    )


def _pauses(words: tuple[Word, ...], excluded: Sequence[Stretch]) -> tuple[Span, ...]:
    timed = [(w.start, w.end) for w in words if w.start is not None and w.end is not None]
    silences = [
        silence
        for (_, end), (start, _) in pairwise(timed)
        if start > end
        for silence in without(end, start, excluded)
    ]
    return tuple(Span("", start, end) for start, end in silences if end - start >= PAUSE_S)


def _words_per_minute(transcript: Transcript, excluded: Sequence[Stretch]) -> float | None:
    starts = [word.start for word in transcript.words if word.start is not None]
    ends = [word.end for word in transcript.words if word.end is not None]
    first, last = 0.0, transcript.duration_s
    if starts and ends and transcript.times in ("word", "cue"):
        first, last = min(starts), max(ends)
    seconds = sum(end - start for start, end in without(first, last, excluded))
    return 60 * len(transcript.words) / seconds if seconds > 0 else None


def _span(word: Word) -> Span:
    return Span(word.text, word.start, word.end)


def _key(word: Word) -> str:
    return "".join(c for c in word.text.lower() if c.isalnum() or c == "'")
