"""Read transcript files: plain text, WebVTT, SubRip, tables of cues and word JSON.

These are the formats that Whisper's tools write, and those that meeting software exports. What is
refused, left out or changed is in the docstrings of `cues`, `speakers`, `word_json` and
`word_times`; all of it is reported.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import compress, groupby
from pathlib import Path

from extractors.digest import sha256_of
from extractors.errors import TranscriptError
from extractors.stream import Provenance
from extractors.words.cues import INLINE_TIME, read_cues, seconds
from extractors.words.passage import Passage, Turn
from extractors.words.speakers import Attribution, attribute, is_name
from extractors.words.transcript import Times, Transcript, Word, fill_times
from extractors.words.word_json import read_word_json
from extractors.words.word_times import TimedWords, fit_times

VERSION = "2"
NO_TIMES = "the transcript has no times, so moments of the text cannot be placed on the timeline"
ANNOTATION = re.compile(r"\[[^\]]{0,500}\]|♪")  # [laughs], [inaudible]: not spoken words
WRAPPED_ANNOTATION = re.compile(r"\[[^\[\]\n]{0,500}\n[^\[\]]{0,500}\]")
CONTROL = dict.fromkeys([*range(32), *range(127, 160)])
# "Ada Lovelace  0:03" alone on a line, as meeting software writes it, and a time before a line.
HEADING = re.compile(
    r"\[?([^\W\d_][^\[\]:\d]{0,39}?(?: \d{1,3})?)\]?[\s,(-]+(?:\d+:)?\d{1,2}:\d\d\)?"
)
TIME_BEFORE = re.compile(r"\(?\d{1,2}:\d\d:\d\d(?:[.,]\d+)?\)?(?=\s)")
TABLE_HEADERS = (["start", "end", "text"], ["start", "end", "speaker", "text"])
MILLISECONDS = re.compile(r"\s*\d{1,10}(?:\.\d{1,9})?\s*", re.ASCII)
MOST_BYTES = 64 << 20  # an hour of word JSON takes about three
MOST_SHOWN, LONGEST_NAME = 3, 80  # names in a message, and their letters


def read_transcript(path: str | Path, *, language: str = "", duration_s: float = 0.0) -> Transcript:
    """Read a transcript file; its suffix, one of `READERS`, decides the format.

    Parameters
    ----------
    path : the file, UTF-8
    language : ISO 639-1 code, used unless it is ""
    duration_s : length of the answer, seconds; 0 = unknown

    Returns
    -------
    Transcript with source "given", of the candidate's words alone, without annotations in square
    brackets. Its times ascend, every word with times has a length, and all lie within
    `duration_s` if it is given. Its `problems` report every change made for that.

    Raises
    ------
    TranscriptError
        naming the file and the line, if it cannot be read or belongs to another recording.
    """
    path = Path(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise TranscriptError(
            f"{path}: a transcript ends in {', '.join(READERS)}, not {path.suffix or 'nothing'}"
        )
    passages, times, stated = reader(path, _text_of(path))
    attribution = attribute(passages)
    parts, left_out = _parts(attribution)
    try:
        fit = fit_times(parts, duration_s)
    except TranscriptError as error:
        raise TranscriptError(f"{path}: {error}") from None
    spoken = sum(len(part.words) + len(part.loose) for part in parts)
    problems = [*_who_spoke(attribution, left_out, spoken), *fit.problems]
    whose = " of the candidate" if left_out else ""
    if fit.words and not fit.timed:
        problems.append(NO_TIMES)
    return Transcript(
        words=fit.words,
        language=language or stated,
        duration_s=duration_s or max((w.end for w in fit.words if w.end is not None), default=0.0),
        source="given",
        times=times if fit.timed else "none",
        provenance=Provenance(
            "transcript", VERSION, {"file": _printable(path.name)}, sha256_of(path)
        ),
        reason="" if fit.words else f"{_printable(path.name)} holds no words{whose}",
        problems=tuple(problems),
        partial=fit.partial,
    )


def words_of(text: str) -> list[Word]:
    """The words of plain text, separated by blanks, without annotations."""
    tokens = (token.translate(CONTROL) for token in ANNOTATION.sub(" ", text).split())
    return [Word(token) for token in tokens if any(c.isalnum() for c in token)]


Read = tuple[list[Passage], Times, str]


def _text_of(path: Path) -> str:
    try:
        if not path.is_file():
            raise TranscriptError(f"{path}: no such file; give the path of a transcript")
        if path.stat().st_size > MOST_BYTES:
            raise TranscriptError(
                f"{path}: longer than {MOST_BYTES >> 20} MB, so it is no transcript of an answer"
            )
        content = path.read_bytes()
    except OSError as error:
        raise TranscriptError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise TranscriptError(
            f"{path}, line {line}: not UTF-8 (byte {content[error.start]:#04x}); save it as UTF-8"
        ) from error


def _read_text(path: Path, text: str) -> Read:
    lines = [line.strip() for line in WRAPPED_ANNOTATION.sub(" ", text).splitlines()]
    lines = [line[_time_before(line) :] for line in lines if line]
    headings = [_heading(line) for line in lines]
    if lines and headings[0] is None:
        headings = [None] * len(lines)
    turns = [
        Turn(line) if name is None else Turn("", name)
        for line, name in zip(lines, headings, strict=True)
    ]
    return [Passage((turn,)) for turn in turns], "none", ""


def _time_before(line: str) -> int:
    match = TIME_BEFORE.match(line)
    return match.end() if match else 0


def _heading(line: str) -> str | None:
    match = HEADING.fullmatch(line)
    return match[1] if match and is_name(match[1]) else None


def _read_subtitles(path: Path, text: str) -> Read:
    if not text.strip():
        return [], "none", ""
    passages, inline, language = read_cues(str(path), text)
    return passages, "word" if inline else "cue", language


def _read_json(path: Path, text: str) -> Read:
    passages, language = read_word_json(str(path), text)
    several = any(len(words_of(turn.text)) > 1 for p in passages for turn in p.turns)
    return passages, "cue" if several else "word", language


def _read_table(path: Path, text: str) -> Read:
    """Tables with times in milliseconds: Whisper writes tabs, whisper.cpp commas and quotes."""
    if not text.strip():
        return [], "none", ""
    lines = io.StringIO(text, newline="")
    rows = (
        csv.reader(lines, delimiter=",")
        if path.suffix.lower() == ".csv"
        else csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    )
    header: list[str] = []
    passages = []
    try:
        for row in rows:
            header = header or [name.strip().lower() for name in row]
            if header not in TABLE_HEADERS:
                raise TranscriptError(
                    f"{path}, line 1: the columns are {', '.join(header)[:80]}, expected start, "
                    "end, text as Whisper writes them"
                )
            if rows.line_num > 1 and row:
                passages.append(_row(path, rows.line_num, dict(zip(header, row, strict=False))))
    except csv.Error as error:
        raise TranscriptError(f"{path}, line {rows.line_num}: not a table: {error}") from error
    return passages, "cue", ""


def _row(path: Path, line: int, row: dict[str, str]) -> Passage:
    times = [row.get(name, "") for name in ("start", "end")]
    if "text" not in row or not all(MILLISECONDS.fullmatch(time) for time in times):
        raise TranscriptError(
            f"{path}, line {line}: expected a start and an end in milliseconds and a text"
        )
    start_s, end_s = (float(time) / 1000 for time in times)
    if end_s < start_s:
        raise TranscriptError(
            f"{path}, line {line}: ends at {end_s} s, before it starts at {start_s} s"
        )
    return Passage((Turn(row["text"], row.get("speaker")),), start_s, end_s)


def _parts(attribution: Attribution) -> tuple[list[TimedWords], int]:
    """The candidate's words between their times, and how many words are others'."""
    parts: list[tuple[float, float, list[Word], list[Word]]] = [(0.0, 0.0, [], [])]
    left_out = 0
    for passage in attribution.passages:
        for start_s, end_s, tagged in _pieces(passage):
            own = [speaker not in attribution.others for speaker, _ in tagged]
            left_out += len(own) - sum(own)
            words = [word for _, word in tagged]
            if passage.start_s is None:
                parts[-1][3].extend(compress(words, own))
                continue
            if not all(own):
                words = fill_times(words, start_s, end_s)
            for candidate, group in groupby(zip(own, words, strict=True), key=lambda pair: pair[0]):
                run = [word for _, word in group]
                begin_s = start_s if run[0].start is None else run[0].start
                finish_s = end_s if run[-1].end is None else run[-1].end
                if candidate:
                    bare = [replace(word, start=None, end=None) for word in run]
                    parts.append((begin_s, finish_s, bare, []))
    timed = [
        TimedWords(start, end, tuple(words), tuple(loose)) for start, end, words, loose in parts
    ]
    return timed if timed[0].loose else timed[1:], left_out


def _pieces(passage: Passage) -> Iterator[tuple[float, float, list[tuple[str, Word]]]]:
    """Words of a passage with their speakers, between its own and its inline times."""
    pieces: list[tuple[float, list[tuple[str, Word]]]] = [(passage.start_s or 0.0, [])]
    for turn in passage.turns:
        for n, text in enumerate(INLINE_TIME.split(turn.text)):  # text, time, text, time ...
            if n % 2:
                pieces.append((seconds(text), []))
                continue
            words = [replace(word, probability=passage.probability) for word in words_of(text)]
            pieces[-1][1].extend((turn.speaker or "", word) for word in words)
    ends = [*(start for start, _ in pieces[1:]), passage.end_s or 0.0]
    for (start_s, tagged), end_s in zip(pieces, ends, strict=True):
        yield start_s, max(start_s, end_s), tagged


def _who_spoke(attribution: Attribution, left_out: int, words: int) -> list[str]:
    problems = []
    if left_out:
        problems.append(
            f"{left_out} of its {left_out + words} words are not the candidate's but of "
            f"{_listed(sorted(attribution.others))}; they were left out, while pauses and the rate "
            "of speech include the time that they took"
        )
    if attribution.names:
        problems.append(
            f"the names that stand before the words, {_listed(attribution.names)}, were taken off"
        )
    own = [name for name in attribution.speakers if name not in attribution.others]
    if len(own) > 1:
        problems.append(
            f"the words of {len(own)} speakers, {_listed(own)}, were all read as the candidate's; "
            "call those who ask Interviewer in the file, and they are left out"
        )
    return problems


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(_printable(name) for name in names[:MOST_SHOWN])
    return listed + (f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else "")


def _printable(name: str) -> str:
    """A name for use in messages: printable, and encodable as UTF-8."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name[:LONGEST_NAME])


READERS: dict[str, Callable[[Path, str], Read]] = {
    ".txt": _read_text,
    ".vtt": _read_subtitles,
    ".srt": _read_subtitles,
    ".tsv": _read_table,
    ".csv": _read_table,
    ".json": _read_json,
}
