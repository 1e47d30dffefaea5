"""Recordings in the report: embedded, beside it, or not in it, and then why."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hirenet_sales.assessment import AnswerAssessment
from hirenet_sales.captions import webvtt


@dataclass(frozen=True)
class Viewable:
    """A recording that was prepared for a report.

    Attributes
    ----------
    path : the file that is played, in a format that browsers play; None = no player
    mime : its type, such as "video/mp4"
    embed : whether it becomes part of the page; else it is linked, relative to the page
    poster : a JPEG that is shown until it plays; b"" = none
    note : a whole sentence for the reader, such as why there is no player
    """

    path: Path | None = None
    mime: str = ""
    embed: bool = True
    poster: bytes = b""
    note: str = ""


@dataclass(frozen=True)
class Recording:
    """Presentation of one answer's recording."""

    name: str = ""  # as given in the interview; "" if the answer has none
    source: str = ""  # source of the player, a data URI or a relative URL; "" for no player
    beside: str = ""  # path of the file beside the page, for a reader; "" if it is embedded
    poster: str = ""  # data URI; "" for none
    captions: str = ""  # WebVTT as a data URI; "" for none
    language: str = ""  # of the captions
    note: str = ""  # a sentence for the reader; "" if there is nothing to explain

    @property
    def embedded(self) -> bool:
        return self.source.startswith("data:")


def recordings(
    answers: Sequence[AnswerAssessment], media: Mapping[str, Viewable], report_folder: Path
) -> list[Recording]:
    """One Recording an answer, in order.

    `media` are recordings by their names in the assessment; one that is not given is left out. A
    file that cannot be read is explained, never raised.
    """
    return [_show(answer, media, report_folder) for answer in answers]


def _show(
    answer: AnswerAssessment, media: Mapping[str, Viewable], report_folder: Path
) -> Recording:
    name = answer.media
    if not name:
        return Recording(note="This answer came without a recording.")
    viewable = media.get(name)
    if viewable is None:
        return Recording(name, note=f"The recording {name} is not part of this report.")
    if viewable.path is None:
        return Recording(name, note=viewable.note)
    try:
        source, beside = _source(viewable, viewable.path, report_folder)
    except (OSError, ValueError) as error:  # ValueError: another drive on Windows
        why = getattr(error, "strerror", None) or error
        note = f"The recording {name} could not be read when this report was written ({why})."
        return Recording(name, note=note)
    captions = webvtt(answer)
    return Recording(
        name,
        source,
        beside,
        _data("image/jpeg", viewable.poster) if viewable.poster else "",
        _data("text/vtt", captions.encode("utf-8", "replace")) if captions else "",
        answer.language or "",
        viewable.note,
    )


def _source(viewable: Viewable, path: Path, report_folder: Path) -> tuple[str, str]:
    """Source of the player, and the path beside the page; "" if it is embedded."""
    if viewable.embed:
        return _data(viewable.mime, path.read_bytes()), ""
    relative = Path(os.path.relpath(path.resolve(), report_folder.resolve())).as_posix()
    # quotes ":" too, so no name can pass as a scheme
    return quote(os.fsencode(relative)), relative.encode("utf-8", "replace").decode()


def _data(mime: str, content: bytes) -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
