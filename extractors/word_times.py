"""Times that a transcript states, made to fit one another and the answer that they belong to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from extractors.errors import TranscriptError
from extractors.transcript import Word, fill_times

BEYOND_S = 2.0  # players and recognisers let a cue last so much longer than the recording
ROUNDING_S = 0.1  # what is cut by less is not worth a word
SHORTEST_WORD_S = 0.01  # half of the grid of recognisers
MOST_BEYOND = 0.5  # share of the words; with more after its end, it is not this answer's transcript
CHECK = "check that the transcript belongs to this recording"


@dataclass(frozen=True)
class Timed:
    """Words that share the time between two moments.

    Attributes
    ----------
    start_s, end_s : seconds from the start of the answer
    words : without times of their own
    loose : words that follow and whose time is not stated
    """

    start_s: float
    end_s: float
    words: tuple[Word, ...]
    loose: tuple[Word, ...] = ()


@dataclass(frozen=True)
class Fit:
    """Words whose times ascend, each with a length, and lie within their answer.

    Attributes
    ----------
    words : in the order they were spoken
    timed : False if the times could not be used; then no word has any
    problems : what was done to the times, parts of sentences
    partial : whether words had to be left out
    """

    words: tuple[Word, ...]
    timed: bool
    problems: tuple[str, ...] = ()
    partial: bool = False


def fit_times(parts: Sequence[Timed], duration_s: float) -> Fit:
    """Sort, cut and spread the words of a transcript.

    Parts are sorted by their starts; each ends where the next starts, at the latest. What reaches
    past the answer by up to `BEYOND_S` is cut to its end; words that start later are left out.
    Words without a length share the time of their neighbours.

    Parameters
    ----------
    parts : as the file states them, in its order; one without words starts at 0 and is the first
    duration_s : length of the answer, seconds; 0 = unknown

    Returns
    -------
    Fit. If everything starts after the end of the answer and would fit into it, the words are used
    and the times are not: they count from the beginning of something else.

    Raises
    ------
    TranscriptError
        without a file's name, if more than half of the words start after the answer.
    """
    timed = [part for part in parts if part.words]
    count = sum(len(part.words) for part in timed)
    if not timed:
        return Fit(_untimed(parts), False)
    first_s, last_s = min(p.start_s for p in timed), max(p.end_s for p in timed)
    length_s = last_s - first_s
    if length_s < SHORTEST_WORD_S * count:
        problem = (
            f"its {count} words are all timed within {length_s:.2f} s, from {first_s:.2f} s, which "
            "cannot be, so its times are not used"
        )
        return Fit(_untimed(parts), False, (problem,))
    if 0 < duration_s <= first_s and length_s <= duration_s + BEYOND_S:
        problem = (
            f"all of it is timed after the end of the answer, at {duration_s:.1f} s: from "
            f"{first_s:.1f} to {last_s:.1f} s, as if it began elsewhere, so its times are not "
            f"used; {CHECK}"
        )
        return Fit(_untimed(parts), False, (problem,))
    problems = []
    latest = accumulate((part.start_s for part in timed), max)
    unsorted = sum(part.start_s < so_far for part, so_far in zip(timed, latest, strict=True))
    if unsorted:
        problems.append(
            f"{unsorted} of its {len(timed)} cues or words stood out of order; all were sorted by "
            "their times"
        )
    parts, lost = sorted(parts, key=lambda part: part.start_s), 0
    if duration_s > 0:
        problems += _beyond(parts, duration_s)
        parts, lost = _within(parts, duration_s)
    if lost:
        problem = (
            f"{lost} of its {count} words start after the end of the answer, at {duration_s:.1f} "
            f"s, the last of them ends at {last_s:.1f} s"
        )
        if lost > MOST_BEYOND * count:
            raise TranscriptError(f"{problem}; {CHECK}")
        problems.append(f"{problem}; they were left out; {CHECK}")
    parts, overlapping = _apart(parts)
    if overlapping:
        problems.append(
            f"{overlapping} of its cues or words overlapped the next; each was ended where the "
            "next one starts"
        )
    parts, short = _with_length(parts, duration_s or math.inf)
    if short:
        problems.append(
            f"{short} of its words had no length, or almost none; they share the time of the "
            "words beside them"
        )
    words = [word for part in parts for word in (*_spread(part), *part.loose)]
    return Fit(tuple(words), True, tuple(problems), lost > 0)


def _untimed(parts: Sequence[Timed]) -> tuple[Word, ...]:
    return tuple(word for part in parts for word in (*part.words, *part.loose))


def _spread(part: Timed) -> list[Word]:
    return fill_times(part.words, part.start_s, part.end_s)


def _beyond(parts: Sequence[Timed], duration_s: float) -> list[str]:
    """What to say of the parts that start in the answer and end after it."""
    ends = [p.end_s for p in parts if p.start_s < duration_s and p.end_s > duration_s + ROUNDING_S]
    if not ends:
        return []
    text = (
        f"{len(ends)} of its cues or words end after the answer, at {duration_s:.1f} s, the last "
        f"at {max(ends):.1f} s; they were cut to its end"
    )
    return [f"{text}; {CHECK}" if max(ends) > duration_s + BEYOND_S else text]


def _within(parts: Sequence[Timed], duration_s: float) -> tuple[list[Timed], int]:
    """The parts cut to the answer, and how many words start too long after it."""
    limit_s = duration_s + BEYOND_S
    within, lost = [], 0
    for part in parts:
        pieces = [part]
        if part.end_s > limit_s and len(part.words) > 1:
            pieces = [Timed(word.start or 0.0, word.end or 0.0, (word,)) for word in _spread(part)]
            pieces[-1] = replace(pieces[-1], loose=part.loose)
        for piece in pieces:
            if piece.start_s > limit_s:
                lost += len(piece.words) + len(piece.loose)
                continue
            start_s, end_s = min(piece.start_s, duration_s), min(piece.end_s, duration_s)
            within.append(replace(piece, start_s=start_s, end_s=end_s))
    return within, lost


def _apart(parts: Sequence[Timed]) -> tuple[list[Timed], int]:
    """Each part ends where the next one starts, at the latest; how many did not."""
    apart, overlapping = [*parts], 0
    for n, (part, after) in enumerate(pairwise(parts)):
        overlapping += part.end_s > after.start_s + ROUNDING_S
        apart[n] = replace(part, end_s=min(part.end_s, after.start_s))
    return apart, overlapping


def _with_length(parts: Sequence[Timed], limit_s: float) -> tuple[list[Timed], int]:
    """Parts long enough for their words, longer into a pause or joined; how many words were not."""
    joined: list[Timed] = []
    short = 0
    for n, part in enumerate(parts):
        if part.words and _lacks(part) > 0:
            short += len(part.words)
            next_s = parts[n + 1].start_s if n + 1 < len(parts) else limit_s
            part = replace(part, end_s=min(next_s, part.end_s + _lacks(part)))
        if joined and joined[-1].words and _lacks(joined[-1]) > 0:
            part = _join(joined.pop(), part)
        joined.append(part)
    while len(joined) > 1 and _lacks(joined[-1]) > 0:
        last, before = joined.pop(), joined.pop()
        earlier_s = max(before.end_s, last.start_s - _lacks(last))
        last = replace(last, start_s=earlier_s)
        joined += [before, last] if _lacks(last) <= 0 else [_join(before, last)]
    return joined, short


def _lacks(part: Timed) -> float:
    """Seconds by which a part is too short for its words."""
    lacking_s = SHORTEST_WORD_S * len(part.words) - (part.end_s - part.start_s)
    return lacking_s if lacking_s > 1e-9 else 0.0


def _join(first: Timed, second: Timed) -> Timed:
    words = (*first.words, *first.loose, *second.words)
    return Timed(first.start_s, max(first.end_s, second.end_s), words, second.loose)
