"""Captions: the transcript of an answer as WebVTT, to be shown, edited and read again.

Format: W3C WebVTT. `extractors.words.transcript_files` reads it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence

from hirenet_sales.assessment import AnswerAssessment, WordAssessment

LONGEST_CUE_S = 6.0
LONGEST_CUE_LETTERS = 84  # two lines of 42, as broadcasters write them
PAUSE_S = 0.6  # a longer silence ends a cue
SHORTEST_CUE_S = 0.001  # the format's step of time


def webvtt(answer: AnswerAssessment) -> str:
    """The transcript of an answer as WebVTT; "" where no word has a time.

    A cue ends with a sentence, at a pause of 0.6 s, after 6 s or after 84 letters. Words without a
    time of their own belong to the cue of the word before them.
    """
    cues = list(_cues(answer.transcript))
    if not cues:
        return ""
    language = [f"Language: {answer.language}"] if answer.language else []
    blocks = ["\n".join(["WEBVTT", "Kind: captions", *language])]
    for start_s, end_s, words in cues:
        text = html.escape(" ".join(" ".join(words).split()), quote=False)
        blocks.append(f"{_clock(start_s)} --> {_clock(end_s)}\n{text}")
    return "\n\n".join(blocks) + "\n"


def _cues(words: Sequence[WordAssessment]) -> Iterator[tuple[float, float, list[str]]]:
    """Start, end and words of every cue."""
    texts: list[str] = []
    start_s: float | None = None
    end_s = 0.0
    for word in words:
        if word.start is None or word.end is None:
            texts.append(word.text)
            continue
        if start_s is not None and _ends(texts, start_s, end_s, word.start, word.end, word.text):
            yield start_s, max(end_s, start_s + SHORTEST_CUE_S), texts
            texts, start_s = [], None
        start_s = word.start if start_s is None else start_s
        end_s = max(end_s, word.end)
        texts.append(word.text)
    if start_s is not None:
        yield start_s, max(end_s, start_s + SHORTEST_CUE_S), texts


def _ends(
    texts: Sequence[str], start_s: float, end_s: float, next_s: float, next_end_s: float, text: str
) -> bool:
    """Whether a cue is complete before the next word."""
    return (
        texts[-1].rstrip("\"'”’)").endswith((".", "?", "!", "。", "？", "！", "؟"))
        or next_s - end_s >= PAUSE_S
        or next_end_s - start_s > LONGEST_CUE_S
        or len(" ".join([*texts, text])) > LONGEST_CUE_LETTERS
    )


def _clock(seconds: float) -> str:
    """Hours, minutes, seconds and thousandths."""
    total_ms = round(seconds * 1000)
    minutes, rest = divmod(total_ms, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
