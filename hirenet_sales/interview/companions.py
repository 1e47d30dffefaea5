"""Companion files of a recording, matched by name: transcripts and OpenFace tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from hirenet_sales.interview.file_endings import LANGUAGES, OTHER_SUFFIXES, RECORDING_SUFFIXES

TRANSCRIPT_SUFFIXES = (".json", ".vtt", ".srt", ".tsv", ".csv", ".txt")  # best first: times win
OPENFACE_SUFFIX = ".csv"
# After the recording's name: its own ending, which whisper.cpp keeps; what the file is; a language.
MARK = r"[._ -](?:transcript|transcription|captions?|subtitles?|cc)"
RECORDING = "|".join(sorted(suffix.removeprefix(".") for suffix in RECORDING_SUFFIXES))
LANGUAGE = r"\.(?P<language>[a-z]{2}(?:[-_][a-z0-9]{2,8})*)"
TAIL = re.compile(rf"(?:\.(?:{RECORDING}))?(?:{MARK})?(?:{LANGUAGE})?(?:{MARK})?", re.IGNORECASE)
CUE_TABLE = re.compile(rb'(?:\xef\xbb\xbf)?"?start"?\s*,\s*"?end"?\s*,', re.IGNORECASE)
MOST_NAMED = 10  # files in a notice


@dataclass(frozen=True)
class Companion:
    """A file named after a recording."""

    path: Path  # the file
    tail: str = ""  # part of its name between the recording's name and its own suffix; mostly ""
    language: str = ""  # BCP 47 tag in the tail; "" if none

    @property
    def suffix(self) -> str:
        """Its suffix, in lower case."""
        return self.path.suffix.lower()

    @property
    def is_transcript(self) -> bool:
        """Whether it is a transcript, by its suffix and, for .csv, its header."""
        return self.suffix in TRANSCRIPT_SUFFIXES and (
            self.suffix != OPENFACE_SUFFIX or _is_cue_table(self.path)
        )

    @property
    def is_openface(self) -> bool:
        """Whether it is an OpenFace table, by its name and header."""
        return self.suffix == OPENFACE_SUFFIX and not self.tail and not _is_cue_table(self.path)


@dataclass(frozen=True)
class Companions:
    """All files of one answer."""

    # candidates for the recording; the caller decides if there are several
    recordings: tuple[Path, ...]
    # transcripts, openface: candidates, best first; the language of a transcript without one in its
    # name is ""
    transcripts: tuple[Companion, ...]
    openface: Path | None

    def transcript(self, language: str) -> Path | None:
        """The best transcript whose name does not state another language."""
        for companion in self.transcripts:
            if language == "auto" or not companion.language or _same(companion.language, language):
                return companion.path
        return None


def companion(path: Path, stem: str) -> Companion | None:
    """A file as a companion of the recording `stem`; None if its name does not match."""
    name, stem = normalize("NFC", path.stem), normalize("NFC", stem)
    if path.name.startswith(".") or not name.startswith(stem):
        return None
    tail = name[len(stem) :]
    match = TAIL.fullmatch(tail)
    if match is None:
        return None
    language = match["language"] or ""
    if language and language[:2].lower() not in LANGUAGES:
        return None
    return Companion(path, tail, _tag(language))


def sort_companions(files: Iterable[Companion]) -> Companions:
    """Sort files into recordings, transcripts and OpenFace tables.

    A file with an unknown suffix is taken for the recording only if none has the suffix of a
    recording; the decoder reports if it is not one.
    """
    files = sorted(files, key=lambda file: (_rank(file), bool(file.tail), file.path.name))
    exact = [file for file in files if not file.tail]
    recordings = [file.path for file in exact if file.suffix in RECORDING_SUFFIXES]
    others = {*TRANSCRIPT_SUFFIXES, OPENFACE_SUFFIX} | OTHER_SUFFIXES
    unknown = [file.path for file in exact if file.suffix not in others]
    return Companions(
        tuple(recordings or unknown),
        tuple(file for file in files if file.is_transcript),
        next((file.path for file in files if file.is_openface), None),
    )


def stated_language(answers: Sequence[Companions]) -> str:
    """The language stated in the names of the transcripts; "" if none or several."""
    tags = {
        file.language
        for answer in answers
        for file in answer.transcripts
        if all(other.language for other in answer.transcripts)
    }
    return tags.pop() if len(tags) == 1 else ""


def unread_notice(files: Iterable[Path], read: Iterable[Path | None]) -> list[str]:
    """A sentence naming the files that belong to no answer; none if all are read."""
    unread = sorted({*files} - {*read}, key=lambda path: (path.name.startswith("."), path.name))
    if not unread:
        return []
    names = ", ".join(path.name for path in unread[:MOST_NAMED])
    more = f" and {len(unread) - MOST_NAMED} more" if len(unread) > MOST_NAMED else ""
    return [f"Files beside the recordings that were not read: {names}{more}."]


def _rank(file: Companion) -> int:
    suffixes = TRANSCRIPT_SUFFIXES
    return suffixes.index(file.suffix) if file.suffix in suffixes else len(suffixes)


def _tag(written: str) -> str:
    primary, *subtags = written.replace("_", "-").split("-")
    return "-".join([primary.lower(), *subtags])


def _same(tag: str, other: str) -> bool:
    return tag.split("-")[0] == other.split("-")[0]


def _is_cue_table(path: Path) -> bool:
    """Whether a .csv has the header of whisper.cpp's tables."""
    try:
        with path.open("rb") as file:
            return CUE_TABLE.match(file.read(64)) is not None
    except OSError:
        return False
