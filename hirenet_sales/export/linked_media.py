"""Recordings that an annotation file links, relative to it."""

from __future__ import annotations

import mimetypes
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hirenet_sales.assessment import AnswerAssessment


@dataclass(frozen=True)
class LinkedMedia:
    """A recording as an .eaf names it."""

    url: str  # relative to the .eaf
    mime_type: str


def linked_media(answer: AnswerAssessment, file: Path, folder: Path | None) -> LinkedMedia | None:
    """The link from an annotation file to the recording of an answer; None without a recording.

    Parameters
    ----------
    file : the annotation file
    folder : of the interview, to which the recording's path is relative; None takes that of the
        annotation file, where ELAN looks first
    """
    if answer.media is None:
        return None
    path = Path(answer.media)
    if folder is not None:
        path = Path(os.path.relpath(folder / path, file.parent))
    url = path.as_posix()
    if not url.startswith(("../", "/")):
        url = f"./{url}"
    kind, _ = mimetypes.guess_type(path.name)
    return LinkedMedia(quote(url), kind or "unknown")
