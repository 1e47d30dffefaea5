"""Transcript for display: paragraphs with a start time, words with a shade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from extractors.words.transcript import is_doubtful
from hirenet_sales.assessment import WordAssessment

# A word of value v gets the shade whose lower edge it reaches; below the first it stays plain.
SHADE_EDGES = (1.25, 1.75, 2.5, 4.0)

_PAUSE_S = 1.5  # a silence this long ends a paragraph
_SHORT_WORDS, _LONG_WORDS, _MAX_WORDS = 8, 60, 120


@dataclass(frozen=True)
class ShownWord:
    """One word with its shade: 0 plain to 4 strongest; `unsure` if the recogniser was."""

    word: WordAssessment
    shade: int
    unsure: bool


@dataclass(frozen=True)
class Paragraph:
    """Words between two breaks; `start` is the first known time, None if there is none."""

    start: float | None
    words: tuple[ShownWord, ...]


def shade(value: float | None) -> int:
    """0 (plain) to 4 (strongest) for a value of interest."""
    return 0 if value is None else sum(value >= edge for edge in SHADE_EDGES)


def paragraphs(words: Sequence[WordAssessment]) -> list[Paragraph]:
    """Break a transcript at long silences, and long stretches at the end of a sentence."""
    groups: list[list[WordAssessment]] = []
    last_end: float | None = None
    for word in words:
        if not groups or _breaks(groups[-1], word, last_end):
            groups.append([])
        groups[-1].append(word)
        last_end = word.end if word.end is not None else last_end
    return [
        Paragraph(
            next((w.start for w in group if w.start is not None), None),
            tuple(ShownWord(w, shade(w.value), is_doubtful(w.probability)) for w in group),
        )
        for group in groups
    ]


def _breaks(group: list[WordAssessment], word: WordAssessment, last_end: float | None) -> bool:
    silence = word.start - last_end if word.start is not None and last_end is not None else 0.0
    sentence_ended = group[-1].text.rstrip().endswith((".", "?", "!", "…", "。"))
    return (
        (silence >= _PAUSE_S and len(group) >= _SHORT_WORDS)
        or (sentence_ended and len(group) >= _LONG_WORDS)
        or len(group) >= _MAX_WORDS
    )
