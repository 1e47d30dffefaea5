"""RecruitView (Gupta et al. 2025): metadata.jsonl, one row a clip, and videos/."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from extractors.words.transcript import Transcript, Word, fill_times
from extractors.words.transcript_files import words_of
from hirenet_sales.data.answer_table import read_answers
from hirenet_sales.data.card import load_card
from hirenet_sales.data.records import Reading

NAME = "recruitview"
CLOCK = r"(\d+(?::\d{2}){1,2}(?:\.\d+)?)"
CUE = re.compile(rf"\[\s*{CLOCK}\s*[-–]\s*{CLOCK}\s*\]")


def read_recruitview(root: Path, targets: Sequence[str] | None = None) -> Reading:
    """Read the folder of RecruitView; an interview is all clips of one person.

    Raises
    ------
    DatasetError
        if metadata.jsonl is missing or lacks columns.
    """
    return read_answers(root, load_card(NAME), targets, speech=cued_words)


def cued_words(text: str) -> Transcript:
    """Words of lines such as "[00:04 - 00:09] I sold cars", spread over their lines' times.

    A line that ends before it starts, or starts before the line above, loses its times only.
    """
    pieces = CUE.split(text)  # text before, start, end, text, start, end, text ...
    words: list[Word] = list(words_of(pieces[0]))
    latest_s = 0.0
    for start, end, line in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        start_s, end_s = _seconds(start), _seconds(end)
        if latest_s <= start_s <= end_s:
            words += fill_times(words_of(line), start_s, end_s)
            latest_s = end_s
        else:
            words += words_of(line)
    timed = any(word.start is not None for word in words)
    return Transcript(
        tuple(words),
        "en",
        latest_s,
        "given",
        "cue" if timed else "none",
        reason="" if words else "no words",
    )


def _seconds(clock: str) -> float:
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total
