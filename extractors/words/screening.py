"""Screen recognised segments for hallucinations and omissions.

Whisper makes two kinds of errors that its own scores do not reveal: it hallucinates text, mostly in
loops, and it skips speech. So each segment is checked, a sentence that repeats its neighbour is
recognised again in isolation, and so is voiced sound without words. Sound without either costs
nothing extra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np

from extractors.media.voice_activity import SAMPLE_RATE_HZ
from extractors.stretch import Stretch, overlap_s, without
from extractors.words.segment import DIFFERS, FEW_WORDS, NO_SPEECH, REPEATS, Segment

# Voiced time between words. In clear recordings of 15 s it is .1 to 1.9 s, of 3 s
# at most .9 s: fillers, and words that were timed late.
UNCOVERED_SHARE = 0.3  # of all the voice of a piece ...
UNCOVERED_S = (1.0, 2.0)  # ... within these limits, seconds
SHORT_VOICE_S = 0.5  # enough for another try where text was rejected or there are no words
LONGEST_WORD_S = 2.0  # a longer one does not cover all its time
MARGIN_S = 0.2  # included before and after a stretch
PHRASE_S, PHRASE_PAUSE_S = 15.0, 0.7  # a stretch is split into phrases: longest, and pause between
AGREEMENT = 0.6  # share of words that two recognitions of a sentence have in common

Recognise = Callable[[np.ndarray, float], Iterable[Segment]]


@dataclass(frozen=True)
class Omission:
    """A stretch without its words."""

    # start, end: seconds from the start of the answer
    start: float
    end: float
    doubts: frozenset[str]  # why text recognised in it was rejected; empty if there was none
    voiced_s: float  # duration of voice activity in it, seconds
    speech: bool  # whether the voice is clearly speech


@dataclass(frozen=True)
class ScreenedPiece:
    """Accepted segments of a piece in order, its omissions, and its voiced time in seconds."""

    segments: tuple[Segment, ...] = ()
    omissions: tuple[Omission, ...] = ()
    voiced_s: float = 0.0


def screen_segments(
    segments: Iterable[Segment],
    waveform: np.ndarray,
    start_s: float,
    voice: Sequence[Stretch],
    recognise: Recognise,
) -> ScreenedPiece:
    """Reject hallucinated segments, and recognise doubtful or skipped speech again.

    `waveform` is the sound of the piece, float32 (N,) at 16 kHz, from `start_s` of the answer on;
    `recognise` recognises a part of it in isolation, given with its start in the answer.
    """
    piece = (start_s, start_s + len(waveform) / SAMPLE_RATE_HZ)
    segments = [segment for segment in segments if segment.words]

    def recognise_alone(start: float, end: float, others: Iterable[Segment]) -> list[Segment]:
        first, last = max(start - MARGIN_S, start_s), min(end + MARGIN_S, piece[1])
        cut = slice(*(round((time - start_s) * SAMPLE_RATE_HZ) for time in (first, last)))
        room = without(first, last, _covered(others))
        return _within(recognise(waveform[cut], first), room)

    accepted, rejected = [], []
    for segment, doubts in zip(segments, _doubts(segments, voice), strict=True):
        second = []
        if doubts == {REPEATS} and len(segment.words) >= FEW_WORDS:
            others = [other for other in segments if other is not segment]
            second = recognise_alone(segment.start, segment.end, others)
            if not _agrees(segment, second):
                doubts |= {DIFFERS}
        if len(doubts) < 2:
            accepted.append(segment)
        elif better := _credible(second, voice):
            accepted += better
        else:
            rejected.append((segment, doubts))

    speech: list[Stretch] = []
    doubtful = list(rejected)
    for start, end in _uncovered(accepted, rejected, voice, piece):
        second = recognise_alone(start, end, accepted)
        accepted += _credible(second, voice)
        doubtful += [(segment, segment.doubts(voice)) for segment in second]
        if second and max(segment.no_speech for segment in second) <= NO_SPEECH:
            speech.append((start, end))
    accepted.sort(key=lambda segment: segment.start)

    omissions = []
    for start, end in _uncovered(accepted, rejected, voice, piece):
        reasons = [
            doubts for segment, doubts in doubtful if segment.start < end and segment.end > start
        ]
        omissions.append((start, end, frozenset().union(*reasons)))
    for segment, doubts in rejected:
        missed = any(start < segment.end and end > segment.start for start, end, _ in omissions)
        if not missed and not _within(accepted, [(segment.start, segment.end)]):
            omissions.append((segment.start, segment.end, doubts))
    return ScreenedPiece(
        tuple(accepted),
        tuple(
            Omission(
                start,
                end,
                doubts,
                voiced_s=overlap_s(voice, start, end),
                speech=overlap_s(speech, start, end) > (end - start) / 2,
            )
            for start, end, doubts in sorted(omissions)
        ),
        overlap_s(voice, *piece),
    )


def _doubts(segments: Sequence[Segment], voice: Sequence[Stretch]) -> list[frozenset[str]]:
    """The doubts of each segment; one with the text of a neighbour counts as a repetition."""
    texts = [" ".join(_keys([segment])) for segment in segments]
    return [
        segment.doubts(voice)
        | ({REPEATS} if texts[i] in (*texts[max(i - 1, 0) : i], *texts[i + 1 : i + 2]) else set())
        for i, segment in enumerate(segments)
    ]


def _credible(segments: Iterable[Segment], voice: Sequence[Stretch]) -> list[Segment]:
    """Segments recognised in isolation without any doubt."""
    return [segment for segment in segments if not segment.doubts(voice)]


def _uncovered(
    accepted: Sequence[Segment],
    rejected: Sequence[tuple[Segment, frozenset[str]]],
    voice: Sequence[Stretch],
    piece: Stretch,
) -> list[Stretch]:
    """Voiced phrases not covered by words, if long enough."""
    min_s, max_s = UNCOVERED_S
    usual_s = min(max(UNCOVERED_SHARE * overlap_s(voice, *piece), min_s), max_s)
    covered = _covered(accepted)
    phrases: list[Stretch] = []
    for start, end in without(*piece, covered):
        dropped = any(segment.start < end and segment.end > start for segment, _ in rejected)
        limit_s = SHORT_VOICE_S if dropped or not covered else usual_s
        if overlap_s(voice, start, end) >= limit_s:
            phrases += _phrases(start, end, voice)
    return phrases


def _phrases(start: float, end: float, voice: Sequence[Stretch]) -> list[Stretch]:
    phrases: list[Stretch] = []
    for first, last in ((max(first, start), min(last, end)) for first, last in voice):
        if last <= first:
            continue
        if (
            phrases
            and first - phrases[-1][1] <= PHRASE_PAUSE_S
            and last - phrases[-1][0] <= PHRASE_S
        ):
            phrases[-1] = (phrases[-1][0], last)
        else:
            phrases.append((first, last))
    return [(first, last) for first, last in phrases if last - first >= SHORT_VOICE_S]


def _covered(segments: Iterable[Segment]) -> list[Stretch]:
    """Stretches covered by the words."""
    return [
        (word.start, min(word.end, word.start + LONGEST_WORD_S))
        for segment in segments
        for word in segment.words
        if word.start is not None and word.end is not None
    ]


def _within(segments: Iterable[Segment], stretches: Sequence[Stretch]) -> list[Segment]:
    """Segments reduced to the words whose middle lies in one of the stretches."""
    parts = []
    for segment in segments:
        words = tuple(
            word
            for word in segment.words
            if any(
                start <= ((word.start or 0.0) + (word.end or 0.0)) / 2 <= end
                for start, end in stretches
            )
        )
        if words:
            parts.append(replace(segment, words=words))
    return parts


def _agrees(segment: Segment, second: Sequence[Segment]) -> bool:
    pair = _keys([segment]), _keys(second)
    return SequenceMatcher(None, *pair, autojunk=False).ratio() >= AGREEMENT


def _keys(segments: Iterable[Segment]) -> list[str]:
    words = [word.text.lower() for segment in segments for word in segment.words]
    return ["".join(letter for letter in word if letter.isalnum()) for word in words]
