"""Parser of subtitle cues, for both WebVTT and SubRip, since files mix the two.

A cue is a line of times and the rows below it, up to the next line of times. Deviations from the
W3C's WebVTT: hours may be missing in SubRip, too; a comma is as good as a point; one to nine digits
after it are a fraction; rows after a blank line still belong to the cue above, since nothing else
can be meant.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from extractors.errors import TranscriptError
from extractors.words.passage import Passage, Turn

CLOCK = r"(?:[0-9]{1,4}:)?[0-9]{1,3}:[0-9]{1,2}(?:[.,][0-9]{1,9})?"
TIMES = re.compile(rf"\s*({CLOCK})\s*-->\s*({CLOCK})(?=\s|$)(.*)")
LIKE_TIMES = re.compile(rf".*-->|\s*{CLOCK}\s*[-–—]*[>→]\s*{CLOCK}\s*$")
SETTING = re.compile(r"\w+:\S+")  # line:0%, align:start; X1:40 in SubRip
INLINE_TIME = re.compile(rf"<({CLOCK})>")
# All lengths are bounded, so that no text makes them slow.
VOICE = re.compile(r"<v(?:\.[^\s>]{0,80})?\s([^>]{1,120})>")
TAG = re.compile(r"</?[a-zA-Z][^>]{0,200}>|\{\\[^}]{0,200}\}")
COMMENT = re.compile(r"NOTE(?:\s|$)|(?:STYLE|REGION)\s*$")
HEADER_LANGUAGE = re.compile(r"language:\s*(\S+)", re.IGNORECASE)
ROLLING_SHARE = 0.5  # of the cues that begin with the row before: above it, that is the style


@dataclass
class _Cue:
    line: int
    start_s: float
    end_s: float
    number: int | None  # the identifier, where it is one
    rows: list[str] = field(default_factory=list)


def read_cues(name: str, text: str) -> tuple[list[Passage], bool, str]:
    """The cues of a WebVTT or SubRip file; the line WEBVTT at its beginning may be missing.

    Returns passages, one a cue with text, in the order of the file; whether words have times of
    their own inside the cues; and the language that the header states, "" if none. TranscriptError,
    naming the file and the line, if a line of times cannot be read, a cue ends before it starts, or
    text belongs to no cue.
    """
    lines = re.split(r"\r\n|\r|\n", text.lstrip("\ufeff"))
    header = 0
    if lines[0].startswith("WEBVTT"):
        ends = (n for n, line in enumerate(lines) if not line.strip() or "-->" in line)
        header = next(ends, len(lines))
    language = next(filter(None, map(HEADER_LANGUAGE.match, lines[:header])), None)
    if not header and text.strip() and "-->" not in text:
        raise TranscriptError(
            f"{name}, line 1: expected WEBVTT or a line of times such as "
            "00:00:01.000 --> 00:00:04.000, and no line of the file is one; name plain text .txt"
        )
    cues = list(_cues(name, lines, header))
    inline = any(INLINE_TIME.search(row) for cue in cues for row in cue.rows)
    passages = []
    for cue, rows in zip(cues, _without_repeats([cue.rows for cue in cues], inline), strict=True):
        turns = [turn for row in rows for turn in _turns(row)]
        if any(_plain(turn.text) for turn in turns):
            passages.append(Passage(tuple(turns), cue.start_s, cue.end_s))
    return passages, inline, language[1] if language else ""


def seconds(clock: str) -> float:
    """Seconds of a time such as 01:02:03.5 or 02:03,5."""
    total = 0.0
    for part in clock.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _cues(name: str, lines: Sequence[str], header: int) -> Iterator[_Cue]:
    cue: _Cue | None = None
    number: int | None = None
    after_blank, comment = True, False
    for n in range(header, len(lines)):
        line = lines[n]
        if not line.strip():
            after_blank, comment = True, False
            continue
        begins, after_blank = after_blank, False
        times = TIMES.match(line)
        if times:
            if cue is not None:
                yield cue
            cue, comment = _begin(name, n + 1, times, number), False
            number = None
        elif LIKE_TIMES.match(line):
            raise TranscriptError(
                f"{name}, line {n + 1}: {line.strip()[:80]!r} is no line of times; "
                "expected such as 00:00:01.000 --> 00:00:04.000"
            )
        elif comment or (begins and COMMENT.match(line)):
            comment = True
        elif _names_the_next(name, lines, n, begins, cue):
            number = int(line) if line.strip().isdecimal() and len(line) < 10 else None
        elif cue is None:
            raise TranscriptError(
                f"{name}, line {n + 1}: {line.strip()[:80]!r} stands before the first line of "
                "times, so it belongs to no cue; give it times, or take it out"
            )
        elif begins and _is_number_after(line, cue) and not "".join(lines[n + 1 :]).strip():
            break  # the file ends with the number of a cue that was never written
        else:
            cue.rows.append(line)
    if cue is not None:
        yield cue


def _begin(name: str, line: int, times: re.Match[str], number: int | None) -> _Cue:
    start_s, end_s = seconds(times[1]), seconds(times[2])
    if end_s < start_s:
        raise TranscriptError(
            f"{name}, line {line}: the cue ends at {times[2]}, before it starts at {times[1]}"
        )
    settings = times[3].split()
    text = [] if all(map(SETTING.fullmatch, settings)) else [times[3]]
    return _Cue(line, start_s, end_s, number, text)


def _names_the_next(
    name: str, lines: Sequence[str], n: int, begins: bool, cue: _Cue | None
) -> bool:
    """Whether a line is the identifier of the cue whose times are on the next line."""
    if n + 1 == len(lines) or not LIKE_TIMES.match(lines[n + 1]):
        return False
    if begins:
        if cue is not None and not any(map(str.strip, cue.rows)) and " " in lines[n].strip():
            raise TranscriptError(
                f"{name}, line {n + 1}: {lines[n].strip()[:80]!r} may be the text of the empty "
                f"cue in line {cue.line} or the name of the cue below; take out the blank line "
                "above it, or put one below"
            )
        return True
    return cue is None or _is_number_after(lines[n], cue)


def _is_number_after(line: str, cue: _Cue) -> bool:
    return cue.number is not None and line.strip() == str(cue.number + 1)


def _without_repeats(cues: Sequence[Sequence[str]], inline: bool) -> Iterator[list[str]]:
    """The rows of each cue; repeated rows of rolling captions are dropped."""
    filled = [[row for row in rows if _plain(row)] for rows in cues]
    follows = [(rows, before) for before, rows in pairwise(filled) if rows and before]
    repeats = sum(_plain(rows[0]) == _plain(before[-1]) for rows, before in follows)
    rolling = inline or (repeats > 1 and repeats > ROLLING_SHARE * len(follows))
    shown = ""
    for rows in filled:
        if rolling:
            rows = [row for row in rows if INLINE_TIME.search(row) or _plain(row) != shown]
        shown = _plain(rows[-1]) if rows else shown
        yield rows


def _turns(row: str) -> Iterator[Turn]:
    """The text of each voice of a row, with inline times but without other markup."""
    before, *voices = VOICE.split(row)  # text, name, text, name, text ...
    if before.strip() or not voices:
        yield Turn(html.unescape(TAG.sub("", before)))
    for speaker, text in zip(voices[::2], voices[1::2], strict=True):
        yield Turn(html.unescape(TAG.sub("", text)), html.unescape(speaker).strip())


def _plain(row: str) -> str:
    return html.unescape(TAG.sub("", INLINE_TIME.sub("", row))).strip()
