"""Word JSON: our own format, and those of Whisper, faster-whisper, WhisperX and whisper.cpp."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Iterator
from typing import Any, TypeGuard

from extractors.errors import TranscriptError
from extractors.words.passage import Passage, Turn

LATEST_S = 1e6  # eleven days; a time beyond it is a mistake
MOST_DIGITS = 300  # a longer whole number is read as a float, which may be infinite
LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


def read_word_json(name: str, text: str) -> tuple[list[Passage], str]:
    """The words of JSON, one passage each, and the stated language, "" if none.

    A segment without words counts as one. `text` is {"words": [{"text" or "word", "start", "end",
    "probability" or "score"}]}, such a list alone, {"segments": [{"words": [...]} or {"text",
    "start", "end"}]}, each with a "speaker" if known, or whisper.cpp's {"transcription": [{"text",
    "offsets": {"from", "to"}}]}. TranscriptError, naming the file and the location in it, for
    anything else.
    """
    try:
        content = json.loads(text, parse_int=_number)
    except json.JSONDecodeError as error:
        raise TranscriptError(f"{name}, line {error.lineno}: not JSON ({error.msg})") from error
    except RecursionError:
        raise TranscriptError(
            f"{name}, line {_deepest_line(text)}: lists and objects lie too deep in one another; "
            "word JSON has four levels at most"
        ) from None
    language = (content.get("language") if isinstance(content, dict) else None) or ""
    if not isinstance(language, str):
        raise TranscriptError(
            f"{name}: language is {reprlib.repr(language)}, expected a tag such as 'en'"
        )
    passages = [
        _passage(name, where, item, speaker) for where, item, speaker in _items(name, content)
    ]
    return passages, language if LANGUAGE_TAG.fullmatch(language) else ""


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= MOST_DIGITS else float(digits)


def _deepest_line(text: str) -> int:
    depth, deepest, end = 0, 0, 0
    for mark in BRACKETS.finditer(text):
        depth += (mark[0] in "[{") - (mark[0] in "]}")
        if depth > deepest:
            deepest, end = depth, mark.end()
    return text.count("\n", 0, end) + 1


def _items(name: str, content: Any) -> Iterator[tuple[str, Any, Any]]:
    """Location and content of every word, and the speaker of its segment."""
    words = content.get("words") if isinstance(content, dict) else None
    if isinstance(words, list) and (words or not content.get("segments")):
        content = words
    if isinstance(content, list):
        for i, item in enumerate(content):
            yield f"words[{i}]", item, ""
        return
    content = content if isinstance(content, dict) else {}
    if isinstance(content.get("transcription"), list):
        for i, item in enumerate(content["transcription"]):
            yield f"transcription[{i}]", _in_seconds(item), None
        return
    if not isinstance(content.get("segments"), list):
        raise TranscriptError(
            f'{name}, line 1: neither "words" nor "segments" is a list; expected word JSON such as '
            '{"words": [{"text": "hello", "start": 0.1, "end": 0.4}]}'
        )
    for i, segment in enumerate(content["segments"]):
        words = segment.get("words") if isinstance(segment, dict) else None
        if isinstance(words, list) and words:
            speaker = segment.get("speaker") or ""
            yield from (
                (f"segments[{i}].words[{j}]", item, speaker) for j, item in enumerate(words)
            )
        else:
            yield f"segments[{i}]", segment, None


def _in_seconds(item: Any) -> Any:
    """An entry of whisper.cpp, whose offsets are milliseconds, as a segment."""
    offsets = item.get("offsets") if isinstance(item, dict) else None
    if not isinstance(offsets, dict):
        return item
    start, end = (offsets.get(key) for key in ("from", "to"))
    return {
        **item,
        "start": start / 1000 if _is_number(start) else start,
        "end": end / 1000 if _is_number(end) else end,
    }


def _passage(name: str, where: str, item: Any, speaker: Any) -> Passage:
    if not isinstance(item, dict):
        raise TranscriptError(f"{name}, {where}: expected an object, got {reprlib.repr(item)}")
    text = item.get("text", item.get("word"))
    if not isinstance(text, str):
        keys = reprlib.repr(sorted(item))
        raise TranscriptError(f'{name}, {where}: no "text" (or "word"), only {keys}')
    speaker = speaker if item.get("speaker") is None else item["speaker"]
    if speaker is not None and not isinstance(speaker, str):
        raise TranscriptError(
            f"{name}, {where}: speaker is {reprlib.repr(speaker)}, expected a name"
        )
    for written in (text, speaker or ""):
        if any("\ud800" <= c <= "\udfff" for c in written):
            raise TranscriptError(
                f"{name}, {where}: {reprlib.repr(written)} holds half a character (a lone "
                "surrogate); write the file again as UTF-8"
            )
    start, end, probability, score = (
        _value(name, where, key, item) for key in ("start", "end", "probability", "score")
    )
    if start is None or end is None:
        start = end = None
    elif end < start:
        raise TranscriptError(f"{name}, {where}: ends at {end} s, before it starts at {start} s")
    return Passage((Turn(text, speaker),), start, end, probability if score is None else score)


def _value(name: str, where: str, key: str, item: dict[str, Any]) -> float | None:
    value = item.get(key)
    if value is None:
        return None
    if not _is_number(value):
        raise TranscriptError(f"{name}, {where}: {key} is {reprlib.repr(value)}, expected a number")
    if not 0 <= value <= LATEST_S:
        raise TranscriptError(
            f"{name}, {where}: {key} is {value:g}, expected 0 or more, and at most {LATEST_S:,.0f}"
        )
    return float(value)


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
