"""Recordings for people to watch in a browser, with no feature taken from them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from extractors.media.playback import playability
from extractors.media.small_copy import MIME, is_small, poster, write_small_copy

ENDINGS = {"video/mp4": ".mp4", "video/webm": ".webm"}  # of the formats that browsers play
POSTER_S = 1.0  # by then a camera has adapted to the light


@dataclass(frozen=True)
class Watchable:
    """A recording as a browser plays it.

    Attributes
    ----------
    path : the recording, or a small copy
    mime : its type, one of `ENDINGS`; "" if browsers do not play it
    poster : a still as JPEG; b"" without pictures
    reason : why browsers do not play it, a whole sentence; "" if they do
    """

    path: Path
    mime: str
    poster: bytes = b""
    reason: str = ""


def watchable(source: Path, stem: Path, *, small: bool) -> Watchable:
    """A recording for watching; MediaError if it cannot be opened.

    If it is to be small, and is not or is not played by browsers, a copy is written to `stem` with
    the ending .mp4.
    """
    original = playability(source)
    if small and not (original.mime and is_small(source)):
        copy = write_small_copy(source, stem.with_name(f"{stem.name}{ENDINGS[MIME]}"))
        return Watchable(copy, MIME, poster(copy, POSTER_S))
    if not original.mime:
        return Watchable(source, "", reason=original.reason)
    return Watchable(source, original.mime, poster(source, POSTER_S))
