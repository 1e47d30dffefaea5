"""Hearing: the recognised segments of a piece of sound, judged one by one, and what they omit.

Whisper errs in two ways that its own signs do not tell: it makes text up, mostly in loops, and it
passes over speech. So each segment is doubted by itself, a sentence that repeats its neighbour is
heard again alone, and so is voice that no word covers. Sound in which both are absent costs nothing
more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

import numpy as np

from extractors.media.voice_activity import SAMPLE_RATE_HZ
from extractors.stretch import Stretch, overlap_s, without
from extractors.words.segment import DIFFERS, FEW_WORDS, NO_SPEECH, REPEATS, Segment

# Voice between two words that no word covers. In clear recordings of 15 s it is .1 to 1.9 s, of 3 s
# at most .9 s: fillers, and words that were timed late.
UNCOVERED_SHARE = 0.3  # of all the voice of a piece ...
UNCOVERED_S = (1.0, 2.0)  # ... but at least and at most so much, seconds
SHORT_VOICE_S = 0.5  # enough to be heard again where text was left out, or where there are no words
LONGEST_WORD_S = 2.0  # a longer one does not cover all its time
MARGIN_S = 0.2  # heard before and after a stretch
PHRASE_S, PHRASE_PAUSE_S = 15.0, 0.7  # a stretch is heard in phrases: none longer, parted by pauses
ALIKE = 0.6  # share of words that two hearings of a sentence have in common

Hear = Callable[[np.ndarray, float], Iterable[Segment]]


@dataclass(frozen=True)
class Omission:
    """A stretch whose words are missing.

    Attributes
    ----------
    start, end : seconds from the start of the answer
    doubts : why the text that was recognised there was left out; empty if there was none
    voiced_s : how long a voice is heard in it, seconds
    speech : whether the voice is clearly speech
    """

    start: float
    end: float
    doubts: frozenset[str]
    voiced_s: float
    speech: bool


@dataclass(frozen=True)
class Hearing:
    """What was heard in a piece of sound: segments in order, omissions, and seconds of voice."""

    segments: tuple[Segment, ...] = ()
    omissions: tuple[Omission, ...] = ()
    voiced_s: float = 0.0


def judge(
    segments: Iterable[Segment],
    waveform: np.ndarray,
    start_s: float,
    voice: Sequence[Stretch],
    hear: Hear,
) -> Hearing:
    """Leave out what was made up, and hear again what is doubtful or was passed over.

    Parameters
    ----------
    segments : as recognised, in order
    waveform : float32 (N,) at 16 kHz, the sound of the piece
    start_s : its start in the answer, seconds
    voice : where a voice is heard in it, seconds from the start of the answer
    hear : recognises a part of the sound, given with its start in the answer, by itself
    """
    piece = (start_s, start_s + len(waveform) / SAMPLE_RATE_HZ)
    segments = [segment for segment in segments if segment.words]

    def alone(start: float, end: float, beside: Iterable[Segment]) -> list[Segment]:
        first, last = max(start - MARGIN_S, start_s), min(end + MARGIN_S, piece[1])
        cut = slice(*(round((time - start_s) * SAMPLE_RATE_HZ) for time in (first, last)))
        room = without(first, last, _covered(beside))
        return _within(hear(waveform[cut], first), room)

    accepted, rejected = [], []
    for segment, doubts in zip(segments, _doubts(segments, voice), strict=True):
        heard_again = []
        if doubts == {REPEATS} and len(segment.words) >= FEW_WORDS:
            others = [other for other in segments if other is not segment]
            heard_again = alone(segment.start, segment.end, others)
            if not _alike(segment, heard_again):
                doubts |= {DIFFERS}
        if len(doubts) < 2:
            accepted.append(segment)
        elif better := _credible(heard_again, voice):
            accepted += better
        else:
            rejected.append((segment, doubts))

    speech: list[Stretch] = []
    doubtful = list(rejected)
    for start, end in _uncovered(accepted, rejected, voice, piece):
        heard_again = alone(start, end, accepted)
        accepted += _credible(heard_again, voice)
        doubtful += [(segment, segment.doubts(voice)) for segment in heard_again]
        if heard_again and max(segment.no_speech for segment in heard_again) <= NO_SPEECH:
            speech.append((start, end))
    accepted.sort(key=lambda segment: segment.start)

    omissions = []
    for start, end in _uncovered(accepted, rejected, voice, piece):
        reasons = [doubts for text, doubts in doubtful if text.start < end and text.end > start]
        omissions.append((start, end, frozenset().union(*reasons)))
    for text, doubts in rejected:
        missed = any(start < text.end and end > text.start for start, end, _ in omissions)
        if not missed and not _within(accepted, [(text.start, text.end)]):
            omissions.append((text.start, text.end, doubts))
    return Hearing(
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
    """The doubts of each segment; one that says what a neighbour says repeats, too."""
    texts = [" ".join(_keys([segment])) for segment in segments]
    return [
        segment.doubts(voice)
        | ({REPEATS} if texts[i] in (*texts[max(i - 1, 0) : i], *texts[i + 1 : i + 2]) else set())
        for i, segment in enumerate(segments)
    ]


def _credible(segments: Iterable[Segment], voice: Sequence[Stretch]) -> list[Segment]:
    """Segments heard alone that nothing speaks against."""
    return [segment for segment in segments if not segment.doubts(voice)]


def _uncovered(
    accepted: Sequence[Segment],
    rejected: Sequence[tuple[Segment, frozenset[str]]],
    voice: Sequence[Stretch],
    piece: Stretch,
) -> list[Stretch]:
    """Phrases of voice between words that no word covers, where they are long enough."""
    least_s, most_s = UNCOVERED_S
    usual_s = min(max(UNCOVERED_SHARE * overlap_s(voice, *piece), least_s), most_s)
    covered = _covered(accepted)
    phrases: list[Stretch] = []
    for start, end in without(*piece, covered):
        dropped = any(text.start < end and text.end > start for text, _ in rejected)
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
    """The times of the words."""
    return [
        (word.start, min(word.end, word.start + LONGEST_WORD_S))
        for segment in segments
        for word in segment.words
        if word.start is not None and word.end is not None
    ]


def _within(segments: Iterable[Segment], stretches: Sequence[Stretch]) -> list[Segment]:
    """The segments, of their words those whose middle lies in one of the stretches."""
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


def _alike(segment: Segment, heard_again: Sequence[Segment]) -> bool:
    pair = _keys([segment]), _keys(heard_again)
    return SequenceMatcher(None, *pair, autojunk=False).ratio() >= ALIKE


def _keys(segments: Iterable[Segment]) -> list[str]:
    words = [word.text.lower() for segment in segments for word in segment.words]
    return ["".join(letter for letter in word if letter.isalnum()) for word in words]
