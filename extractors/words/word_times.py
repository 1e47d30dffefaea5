"""Make the times of a transcript consistent with each other and with the answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from extractors.errors import TranscriptError
from extractors.words.transcript import Word, fill_times

BEYOND_S = 2.0  # cues may exceed the recording by this much
ROUNDING_S = 0.1  # smaller cuts are not reported
SHORTEST_WORD_S = 0.01  # half of the grid of recognisers
MOST_BEYOND = 0.5  # share of the words; with more after its end, it is not this answer's transcript
CHECK = "check that the transcript belongs to this recording"


@dataclass(frozen=True)
class TimedWords:
    """Words that share one time span."""

    # start_s, end_s: seconds from the start of the answer
    start_s: float
    end_s: float
    words: tuple[Word, ...]  # without times of their own
    loose: tuple[Word, ...] = ()  # following words without a stated time


@dataclass(frozen=True)
class FittedTimes:
    """Words whose times ascend within the answer, each with a length."""

    words: tuple[Word, ...]  # in the order they were spoken
    timed: bool  # False if the times could not be used; then no word has any
    problems: tuple[str, ...] = ()  # changes to the times, clauses
    partial: bool = False  # whether words had to be left out


def fit_times(parts: Sequence[TimedWords], duration_s: float) -> FittedTimes:
    """Sort, cut and spread the times of a transcript.

    Parts are sorted by their starts; each ends where the next starts, at the latest. What reaches
    past the answer, of `duration_s` (0 = unknown), by up to `BEYOND_S` is cut to its end; words
    that start later are left out. Words without a length share the time of their neighbours. If
    everything starts after the end of the answer and would fit into it, the words are used and the
    times are not: they count from the beginning of something else.

    Raises
    ------
    TranscriptError
        without a file's name, if more than half of the words start after the answer.
    """
    timed = [part for part in parts if part.words]
    if not timed:
        return FittedTimes(_untimed(parts), False)
    count = sum(len(part.words) for part in timed)
    what = "words" if count == len(timed) else "cues"
    first_s, last_s = min(p.start_s for p in timed), max(p.end_s for p in timed)
    after_end = f"after the end of the answer, at {duration_s:.1f} s"
    if last_s - first_s < SHORTEST_WORD_S * count:
        problem = (
            f"its {what} all stand within {last_s - first_s:.2f} s, from {first_s:.2f} s on, too "
            f"short a time for {count} words, so its times are not used"
        )
        return FittedTimes(_untimed(parts), False, (problem,))
    if 0 < duration_s <= first_s:
        problem = f"all its {what} start {after_end}: they run from {first_s:.1f} to {last_s:.1f} s"
        if last_s - first_s > duration_s + BEYOND_S:
            raise TranscriptError(f"{problem}; {CHECK}")
        problem += f", so its times are not used; {CHECK}"
        return FittedTimes(_untimed(parts), False, (problem,))
    problems = []
    latest = accumulate((part.start_s for part in timed), max)
    unsorted = sum(part.start_s < so_far for part, so_far in zip(timed, latest, strict=True))
    if unsorted:
        problems.append(
            f"its {what} stood out of order ({unsorted} of {len(timed)}) and were sorted by their "
            "times"
        )
    ordered, overlapping = _apart(sorted(parts, key=lambda part: part.start_s))
    if overlapping:
        problems.append(
            f"its {what} overlapped ({overlapping} of {len(timed)}), and each was ended where the "
            "next one starts"
        )
    lost = 0
    if duration_s > 0:
        problems += _beyond([p for p in ordered if p.words], duration_s, what)
        ordered, lost = _within(ordered, duration_s)
    if lost > MOST_BEYOND * count:
        raise TranscriptError(f"{lost} of its {count} words start {after_end}; {CHECK}")
    if lost:
        problems.append(
            f"words that start {after_end} ({lost} of {count}, the last ends at {last_s:.1f} s) "
            f"were left out; {CHECK}"
        )
    limit_s = duration_s or math.inf
    settled = _settled(ordered, limit_s)
    short = sum(len(part.words) for part in settled if _lacks(part) > 0)
    if short:
        problems.append(
            f"words without a length ({short} of {count}) share the time of the words beside them"
        )
    settled = _settled(_with_length(settled, limit_s), limit_s)
    words = [word for part in settled for word in (*_spread(part), *part.loose)]
    return FittedTimes(tuple(words), True, tuple(problems), lost > 0)


def _untimed(parts: Sequence[TimedWords]) -> tuple[Word, ...]:
    return tuple(word for part in parts for word in (*part.words, *part.loose))


def _spread(part: TimedWords) -> list[Word]:
    return fill_times(part.words, part.start_s, part.end_s)


def _beyond(parts: Sequence[TimedWords], duration_s: float, what: str) -> list[str]:
    """Remark on the parts that reach past the answer's end and are cut."""
    ends = [
        part.end_s
        for part in parts
        if part.start_s <= duration_s + BEYOND_S and part.end_s > duration_s + ROUNDING_S
    ]
    if not ends:
        return []
    text = (
        f"its {what} reach past the end of the answer, at {duration_s:.1f} s ({len(ends)} of "
        f"{len(parts)}, the last to {max(ends):.1f} s), and were cut there"
    )
    return [f"{text}; {CHECK}" if max(ends) > duration_s + BEYOND_S else text]


def _within(parts: Sequence[TimedWords], duration_s: float) -> tuple[list[TimedWords], int]:
    """The parts cut to the answer, and the number of words that start too long after it."""
    limit_s = duration_s + BEYOND_S
    within, lost = [], 0
    for part in parts:
        pieces = [part]
        if part.end_s > limit_s and len(part.words) > 1:
            pieces = [
                TimedWords(word.start or 0.0, word.end or 0.0, (bare,))
                for word, bare in zip(_spread(part), part.words, strict=True)
            ]
            pieces[-1] = replace(pieces[-1], loose=part.loose)
        for piece in pieces:
            if piece.start_s > limit_s:
                lost += len(piece.words) + len(piece.loose)
                continue
            start_s, end_s = min(piece.start_s, duration_s), min(piece.end_s, duration_s)
            within.append(replace(piece, start_s=start_s, end_s=end_s))
    return within, lost


def _apart(parts: Sequence[TimedWords]) -> tuple[list[TimedWords], int]:
    """Cut each part where the next one starts; also the number of parts that overlapped."""
    apart, overlapping = [*parts], 0
    for n, (part, after) in enumerate(pairwise(parts)):
        overlapping += part.end_s > after.start_s + ROUNDING_S
        apart[n] = replace(part, end_s=min(part.end_s, after.start_s))
    return apart, overlapping


def _settled(parts: Sequence[TimedWords], limit_s: float) -> list[TimedWords]:
    """Join loose words to those before them where the pause has no room for them."""
    nexts = [*(part.start_s for part in parts[1:]), limit_s]
    return [
        replace(part, words=(*part.words, *part.loose), loose=())
        if next_s - part.end_s < SHORTEST_WORD_S * len(part.loose) + _lacks(part)
        else part
        for part, next_s in zip(parts, nexts, strict=True)
    ]


def _with_length(parts: Sequence[TimedWords], limit_s: float) -> list[TimedWords]:
    """Lengthen parts that are too short for their words, or join them with the next."""
    nexts = [*(part.start_s for part in parts[1:]), limit_s]
    joined: list[TimedWords] = []
    for part, next_s in zip(parts, nexts, strict=True):
        if joined and _lacks(joined[-1]) > 0:
            part = _join(joined.pop(), part)
        joined.append(replace(part, end_s=max(part.end_s, min(next_s, part.end_s + _lacks(part)))))
    while _lacks(joined[-1]) > 0:  # at the end of the answer, there is only what lies before
        last = joined.pop()
        before_s = joined[-1].end_s + SHORTEST_WORD_S * len(joined[-1].loose) if joined else 0.0
        last = replace(last, start_s=min(last.start_s, max(before_s, last.start_s - _lacks(last))))
        if not joined or _lacks(last) <= 0:
            return [*joined, last]
        joined.append(_join(joined.pop(), last))
    return joined


def _lacks(part: TimedWords) -> float:
    """Seconds by which a part is too short for its words."""
    lacking_s = SHORTEST_WORD_S * len(part.words) - (part.end_s - part.start_s)
    return lacking_s if lacking_s > 1e-9 else 0.0


def _join(first: TimedWords, second: TimedWords) -> TimedWords:
    words = (*first.words, *first.loose, *second.words)
    return TimedWords(first.start_s, max(first.end_s, second.end_s), words, second.loose)
