"""Transcript for display: paragraphs with a start time, phrases with effects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from extractors.words.transcript import is_doubtful
from hirenet_sales.assessment import WordAssessment
from hirenet_sales.effect import MeasuredMoment

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
class Phrase:
    """Words whose effect was measured together; None for words of which it was not."""

    moment: MeasuredMoment | None
    words: tuple[ShownWord, ...]


@dataclass(frozen=True)
class Paragraph:
    """Words between two breaks; `start` is the first known time, None if there is none."""

    start: float | None
    phrases: tuple[Phrase, ...]

    @property
    def words(self) -> tuple[ShownWord, ...]:
        """Its words in order."""
        return tuple(word for phrase in self.phrases for word in phrase.words)


def shade(value: float | None) -> int:
    """0 (plain) to 4 (strongest) for a value of interest."""
    return 0 if value is None else sum(value >= edge for edge in SHADE_EDGES)


def paragraphs(
    words: Sequence[WordAssessment], moments: Sequence[MeasuredMoment] = ()
) -> list[Paragraph]:
    """Break a transcript at long silences, and long stretches at the end of a sentence.

    `moments` are the measured phrases, by the places of their words in the transcript.
    """
    groups: list[list[int]] = []
    last_end: float | None = None
    for index, word in enumerate(words):
        if not groups or _breaks(len(groups[-1]), words[index - 1], word, last_end):
            groups.append([])
        groups[-1].append(index)
        last_end = word.end if word.end is not None else last_end
    owners: dict[int, int] = {}
    for number, moment in enumerate(moments):
        if moment.first_word is not None and moment.last_word is not None:
            owners.update(dict.fromkeys(range(moment.first_word, moment.last_word + 1), number))
    return [
        Paragraph(
            next((words[i].start for i in group if words[i].start is not None), None),
            tuple(
                Phrase(
                    None if number is None else moments[number],
                    tuple(
                        ShownWord(
                            words[i], shade(words[i].value), is_doubtful(words[i].probability)
                        )
                        for i in own
                    ),
                )
                for number, own in groupby(group, key=owners.get)
            ),
        )
        for group in groups
    ]


def _breaks(
    count: int, before: WordAssessment, word: WordAssessment, last_end: float | None
) -> bool:
    silence = word.start - last_end if word.start is not None and last_end is not None else 0.0
    sentence_ended = before.text.rstrip().endswith((".", "?", "!", "…", "。"))
    return (
        (silence >= _PAUSE_S and count >= _SHORT_WORDS)
        or (sentence_ended and count >= _LONG_WORDS)
        or count >= _MAX_WORDS
    )
