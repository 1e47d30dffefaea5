"""Passage: a raw unit of a transcript file, before it is split into words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """Uninterrupted speech of one speaker."""

    text: str  # may hold WebVTT's times, such as <00:01.500>, between its words
    # the name that the file gives; "" for nobody by name; None = it may stand at the beginning of
    # the text
    speaker: str | None = None


@dataclass(frozen=True)
class Passage:
    """A cue, a line, a segment or a word of a transcript file."""

    turns: tuple[Turn, ...]  # in the order they are spoken, mostly one
    # start_s, end_s: seconds as the file states them; None where it does not
    start_s: float | None = None
    end_s: float | None = None
    probability: float | None = None  # the recogniser's, [0, 1]; None where it is not stated
