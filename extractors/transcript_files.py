"""Transcripts that a person brings: plain text, WebVTT, SubRip and word JSON.

Word JSON is our own, that of Whisper and faster-whisper (`segments[].words[].word`), or that of
WhisperX (`score` in place of `probability`, some words without times).
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from extractors.errors import TranscriptError
from extractors.media import sha256_of
from extractors.stream import Provenance
from extractors.transcript import Times, Transcript, Word, fill_times

VERSION = "1"
NO_TIMES = "the transcript has no times, so moments of the text cannot be placed on the timeline"
ANNOTATION = re.compile(r"\[[^\]]*\]|♪")  # [laughs], [inaudible]: not spoken words
INLINE_TIME = re.compile(r"<((?:\d+:)?\d{2}:\d{2}\.\d{3})>")
TAG = re.compile(r"</?[a-zA-Z][^>]*>|\{\\[^}]*\}")
CUE_TIMES = re.compile(
    r"\s*((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})\s+-->\s+((?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3})(\s|$)"
)


def read_transcript(path: str | Path, *, language: str = "", duration_s: float = 0.0) -> Transcript:
    """Read a transcript file; its kind is told by its ending: .txt, .vtt, .srt or .json.

    Parameters
    ----------
    path : the file, UTF-8
    language : ISO 639-1 code, where the file does not say
    duration_s : length of the answer, seconds, where known

    Returns
    -------
    Transcript with source "given". Annotations in square brackets are left out. Without times its
    `problems` say so.

    Raises
    ------
    TranscriptError
        naming the file and the line, if it cannot be read.
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise TranscriptError(
            f"{path}: a transcript ends in {', '.join(READERS)}, not {path.suffix or 'nothing'}"
        )
    words, times, stated = reader(path, _text_of(path))
    provenance = Provenance("transcript", VERSION, {"file": path.name}, sha256_of(path))
    return Transcript(
        words=tuple(words),
        language=language or stated,
        duration_s=duration_s or max((w.end for w in words if w.end is not None), default=0.0),
        source="given",
        times=times if words else "none",
        provenance=provenance,
        reason="" if words else f"{path.name} holds no words",
        problems=(NO_TIMES,) if words and times == "none" else (),
    )


def words_of(text: str) -> list[Word]:
    """The words of plain text, as they stand between blanks, without annotations."""
    tokens = ANNOTATION.sub(" ", text).split()
    return [Word(token) for token in tokens if any(c.isalnum() for c in token)]


Read = tuple[list[Word], Times, str]


def _text_of(path: Path) -> str:
    if not path.is_file():
        raise TranscriptError(f"{path}: no such file; give the path of a transcript")
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TranscriptError(
            f"{path}, line {line}: not UTF-8 (byte {content[error.start]:#04x}); save it as UTF-8"
        ) from error


def _read_text(path: Path, text: str) -> Read:
    return words_of(text), "none", ""


def _read_subtitles(path: Path, text: str) -> Read:
    kind = path.suffix.lower().removeprefix(".")
    lines = text.splitlines()
    if kind == "vtt" and not (lines and lines[0].startswith("WEBVTT")):
        raise TranscriptError(f"{path}, line 1: expected WEBVTT; name a SubRip file .srt")
    for number, line in enumerate(lines, start=1):
        times = CUE_TIMES.match(line)
        if "-->" in line and not times:
            raise TranscriptError(
                f"{path}, line {number}: {line.strip()!r} is no line of times; "
                "expected such as 00:00:01.000 --> 00:00:04.000"
            )
        if times and _seconds(times[2]) < _seconds(times[1]):
            raise TranscriptError(
                f"{path}, line {number}: the cue ends at {times[2]}, before it starts at {times[1]}"
            )
    if not text.strip():
        return [], "none", ""
    if kind == "srt" and not any("-->" in line for line in lines):
        raise TranscriptError(f"{path}, line 1: no line of times in the file; name it .txt")
    try:
        captions = webvtt.WebVTT.from_buffer(io.StringIO(text), format=kind).captions
    except (MalformedFileError, MalformedCaptionError) as error:
        raise TranscriptError(
            f"{path}, line 1: {error}; check that it is a .{kind} file"
        ) from error
    inline = any(INLINE_TIME.search(caption.raw_text) for caption in captions)
    words: list[Word] = []
    shown = ""
    for caption in captions:
        rows = [row for row in caption.raw_text.splitlines() if _plain(row)]
        if inline:  # rolling captions show the line before once more, without its times
            rows = [row for row in rows if INLINE_TIME.search(row) or _plain(row) != shown]
        words += _words_of_cue("\n".join(rows), _seconds(caption.start), _seconds(caption.end))
        shown = _plain(rows[-1]) if rows else shown
    return words, "word" if inline else "cue", ""


def _words_of_cue(raw: str, start_s: float, end_s: float) -> list[Word]:
    pieces = INLINE_TIME.split(raw)  # text, time, text, time, text ...
    starts = [start_s, *map(_seconds, pieces[1::2])]
    ends = [*starts[1:], end_s]
    words = []
    for piece, start, end in zip(pieces[::2], starts, ends, strict=True):
        words += fill_times(words_of(_plain(piece)), start, max(start, end))
    return words


def _plain(row: str) -> str:
    return html.unescape(TAG.sub("", INLINE_TIME.sub("", row))).strip()


def _seconds(clock: str) -> float:
    total = 0.0
    for part in clock.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total


def _read_json(path: Path, text: str) -> Read:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise TranscriptError(f"{path}, line {error.lineno}: not JSON ({error.msg})") from error
    language = found.get("language") or "" if isinstance(found, dict) else ""
    words: list[Word] = []
    spread, latest = False, 0.0
    for place, item in _items(path, found):
        word = _word(path, place, item)
        if word.start is not None and word.start < latest:
            raise TranscriptError(
                f"{path}, {place}: starts at {word.start} s, before the word before it "
                f"({latest} s); words must be in the order they were spoken"
            )
        latest = latest if word.start is None else word.start
        tokens = words_of(word.text)
        spread = spread or len(tokens) > 1
        if word.start is None or word.end is None:
            words += [replace(t, probability=word.probability) for t in tokens]
        else:
            timed = fill_times(tokens, word.start, word.end)
            words += [replace(t, probability=word.probability) for t in timed]
    times: Times = "cue" if spread else "word"
    return words, times if any(w.start is not None for w in words) else "none", language


def _items(path: Path, found: Any) -> Iterator[tuple[str, Any]]:
    """The places and the contents of all words; a segment without words counts as one."""
    if isinstance(found, dict) and isinstance(found.get("words"), list):
        found = found["words"]
    if isinstance(found, list):
        yield from ((f"words[{i}]", item) for i, item in enumerate(found))
        return
    segments = found.get("segments") if isinstance(found, dict) else None
    if not isinstance(segments, list):
        raise TranscriptError(
            f'{path}, line 1: neither "words" nor "segments" is a list; expected word JSON such as '
            '{"words": [{"text": "hello", "start": 0.1, "end": 0.4}]}'
        )
    for i, segment in enumerate(segments):
        words = segment.get("words") if isinstance(segment, dict) else None
        if isinstance(words, list) and words:
            yield from ((f"segments[{i}].words[{j}]", item) for j, item in enumerate(words))
        else:
            yield f"segments[{i}]", segment


def _word(path: Path, place: str, item: Any) -> Word:
    if not isinstance(item, dict):
        raise TranscriptError(f"{path}, {place}: expected an object, found {item!r}")
    text = item.get("text", item.get("word"))
    if not isinstance(text, str):
        raise TranscriptError(f'{path}, {place}: no "text" (or "word"), found {sorted(item)}')
    numbers = {}
    for name in ("start", "end", "probability", "score"):
        value = item.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise TranscriptError(f"{path}, {place}: {name} is {value!r}, expected a number")
        if value is not None and not 0 <= value < 1e9:
            raise TranscriptError(f"{path}, {place}: {name} is {value}, expected 0 or more")
        numbers[name] = None if value is None else float(value)
    start, end = numbers["start"], numbers["end"]
    if start is not None and end is not None and end < start:
        raise TranscriptError(f"{path}, {place}: ends at {end} s, before it starts at {start} s")
    probability = numbers["probability"] if numbers["score"] is None else numbers["score"]
    return Word(text.strip(), start, end, probability)


READERS: dict[str, Callable[[Path, str], Read]] = {
    ".txt": _read_text,
    ".vtt": _read_subtitles,
    ".srt": _read_subtitles,
    ".json": _read_json,
}
