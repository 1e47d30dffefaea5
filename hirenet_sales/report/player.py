"""Recordings in the report: embedded when small and playable, else linked, else explained."""

from __future__ import annotations

import base64
import errno
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

EMBED_LIMIT_BYTES = 20_000_000  # all recordings of a report together, before base64
_HEAD_BYTES = 64  # enough for the brand of an MP4 and the document type of a WebM


@dataclass(frozen=True)
class Recording:
    """Presentation of one answer's recording."""

    name: str = ""  # as given in the interview; "" if the answer has none
    source: str = ""  # source of the player, a data URI or a relative URL; "" for no player
    link: str = ""  # relative URL of the file; "" if it is embedded or absent
    note: str = ""  # a sentence for the reader; "" if there is nothing to explain

    @property
    def embedded(self) -> bool:
        return self.source.startswith("data:")


def playable_type(path: Path) -> str | None:
    """The MIME type if browsers play this container, read from its first bytes.

    MP4 by its `ftyp` box (QuickTime's own brand is left out), WebM by its EBML document type;
    None for anything else. The file's name is ignored.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head[4:8] == b"ftyp" and head[8:12] != b"qt  ":
        return "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head:
        return "video/webm"
    return None


def recordings(
    names: Sequence[str | None], media: Mapping[str, Path], report_folder: Path
) -> list[Recording]:
    """One Recording an answer, in order; names are None for no recording.

    `media` are files by name; one that is not given is left out. Links are relative to the folder
    of the report. All playable recordings are embedded together or none is, so that a reader need
    not find out which of them travel with the page. A file that cannot be read is explained, never
    raised.
    """
    readable = {name: _inspect(name, media[name]) for name in names if name and name in media}
    total = sum(file.size for file in readable.values() if file.mime)
    return [
        Recording(note="This answer came without a recording.")
        if not name
        else _show(name, readable[name], total <= EMBED_LIMIT_BYTES, report_folder)
        if name in readable
        else Recording(name, note=f"The recording {name} is not part of this report.")
        for name in names
    ]


@dataclass(frozen=True)
class _File:
    path: Path
    mime: str | None = None
    size: int = 0
    fault: str = ""


def _inspect(name: str, path: Path) -> _File:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be read for ever
            raise OSError(errno.EINVAL, "it is not an ordinary file")
        return _File(path, playable_type(path), path.stat().st_size)
    except (OSError, ValueError) as error:  # ValueError: a name with a null character
        return _File(path, fault=_fault(name, error))


def _fault(name: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return (
            f"The recording {name} was not found when this report was written, so it cannot be "
            "played here."
        )
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"The recording {name} could not be read when this report was written ({why})."


def _show(name: str, file: _File, embed: bool, report_folder: Path) -> Recording:
    if file.fault:
        return Recording(name, note=file.fault)
    if file.mime and embed:
        try:
            data = base64.b64encode(file.path.read_bytes()).decode("ascii")
        except OSError as error:
            return Recording(name, note=_fault(name, error))
        return Recording(name, f"data:{file.mime};base64,{data}")
    try:
        relative = os.path.relpath(file.path.resolve(), report_folder.resolve())
    except ValueError:  # another drive on Windows: no relative path exists
        return Recording(name, note=f"The recording {name} lies on another drive; open it there.")
    url = quote(
        os.fsencode(Path(relative).as_posix())
    )  # quotes ":" too, so no name can pass as a scheme
    if file.mime:
        note = (
            "The recordings are too large to be kept inside this page. The player loads the file "
            "beside it: move the report and the recordings together."
        )
        return Recording(name, url, url, note)
    note = "Browsers do not play this kind of file. Open the recording in a media player:"
    return Recording(name, "", url, note)
