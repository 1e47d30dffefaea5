"""Assemble the transcript of an answer from its recognised pieces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from extractors.errors import NoAudioError
from extractors.stream import Provenance
from extractors.stretch import Stretch
from extractors.words.screening import Omission, ScreenedPiece
from extractors.words.segment import WEAK_PROBABILITY
from extractors.words.transcript import Transcript, Word

PARTIAL_SHARE = 0.1  # of the voiced time: with more unrecognised speech an answer is partial
PARTIAL_S = 1.0  # but at least this much
TOGETHER_S = 1.0  # stretches closer than this are reported as one


def assemble(
    pieces: Sequence[ScreenedPiece],
    provenance: Provenance,
    language: str,
    duration_s: float,
    problem: str,
    *,
    english_only: bool,
) -> Transcript:
    """Join the recognised pieces with voice of an answer: times ascend and end with the answer.

    `problem` concerns the language, "" for none. NoAudioError if the answer has no duration.
    """
    if duration_s == 0:
        raise NoAudioError("no sound to recognise: the waveform is empty")
    words: list[Word] = []
    latest = 0.0
    for segment in (segment for piece in pieces for segment in piece.segments):
        for word in segment.words:
            start = min(max(word.start or 0.0, latest), duration_s)
            end = min(max(word.end or 0.0, start), duration_s)
            words.append(Word(word.text, start, end, word.probability))
            latest = start
    weak = words and np.mean([word.probability for word in words]) < WEAK_PROBABILITY
    if weak and not problem:
        problem = "the words are hardly recognised: noise, unclear speech"
        problem += ", or another language than English" if english_only else ""
    if english_only and language not in ("", "en"):
        problem = f"the speech model knows English only, and {language!r} was declared"
    omissions = [omission for piece in pieces for omission in piece.omissions]
    unrecognised = [omission for omission in omissions if omission.voiced_s]
    missed_s = sum(omission.voiced_s for omission in unrecognised if omission.speech)
    voiced_s = sum(piece.voiced_s for piece in pieces)
    return Transcript(
        words=tuple(words),
        language=language,
        duration_s=duration_s,
        source="recognised",
        times="word" if words else "none",
        provenance=provenance,
        reason="" if words else _why_no_words(voiced_s),
        problems=(*([problem] if problem else []), *_remarks(omissions)),
        partial=missed_s >= max(PARTIAL_S, PARTIAL_SHARE * voiced_s),
        unrecognised=tuple((omission.start, omission.end) for omission in unrecognised),
    )


def _why_no_words(voiced_s: float) -> str:
    if not voiced_s:
        return "no speech was found"
    return f"a voice is heard for {voiced_s:.1f} s, but no words were recognised"


def _remarks(omissions: Sequence[Omission]) -> list[str]:
    """One sentence for all stretches that lack words for the same reason."""
    stretches: dict[tuple[str, ...], list[Stretch]] = {}
    for omission in omissions:
        same_reason = stretches.setdefault(tuple(sorted(omission.doubts)), [])
        start, end = omission.start, omission.end
        if same_reason and start - same_reason[-1][1] < TOGETHER_S:
            start = same_reason.pop()[0]
        same_reason.append((start, end))
    return [
        f"{', '.join(f'{start:.1f} to {end:.1f} s' for start, end in same_reason)}: "
        + (
            f"what was recognised there was left out, because {' and '.join(doubts)}"
            if doubts
            else "a voice is heard, but no words were recognised"
        )
        for doubts, same_reason in stretches.items()
    ]
