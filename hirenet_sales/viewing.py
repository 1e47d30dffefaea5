"""Recordings prepared for viewing: as they are, as small copies, or not at all."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from extractors.callbacks import Progress, no_progress
from extractors.errors import MediaError
from extractors.watchable import ENDINGS, watchable
from hirenet_sales.interview import Answer, Interview
from hirenet_sales.report import Viewable

Embed = Literal["all", "none", "small"]
EMBED: tuple[Embed, ...] = get_args(Embed)
EMBED_LIMIT_BYTES = 20_000_000  # of small recordings in one page, before base64
RECORDINGS = "recordings"  # folder of the small recordings of a page that they are too large for


@contextlib.contextmanager
def viewable_recordings(
    interview: Interview, folder: Path, embed: Embed, progress: Progress = no_progress
) -> Iterator[dict[str, Viewable]]:
    """The recordings of an interview for its report, by their names in the interview.

    "all" embeds them as they are, "none" leaves them out. "small" takes a copy of each that is not
    small or not played by browsers, and embeds all together if they have at most 20 MB; otherwise
    they stay in `folder`/recordings, for the report to link. A recording without a player says
    why. On leaving, what the report has embedded is removed from the folder.
    """
    beside = folder / RECORDINGS
    answers = [answer for answer in interview.answers if answer.media is not None]
    for answer in answers:
        for ending in ENDINGS.values():
            (beside / f"{answer.id}{ending}").unlink(missing_ok=True)
    media: dict[str, Viewable] = {}
    for number, answer in enumerate(answers):
        progress("recordings", number, len(answers))
        media[answer.media_name] = _viewable(answer, beside, embed)
    progress("recordings", len(answers), len(answers))
    paths = [viewable.path for viewable in media.values() if viewable.path is not None]
    linked = embed == "small" and sum(p.stat().st_size for p in paths) > EMBED_LIMIT_BYTES
    if linked:
        media = {
            answer.media_name: _beside(media[answer.media_name], beside / answer.id)
            for answer in answers
        }
    try:
        yield media
    finally:
        for path in () if linked else paths:
            if path.parent == beside:
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # none was made, or they stay
            beside.rmdir()


def _viewable(answer: Answer, beside: Path, embed: Embed) -> Viewable:
    assert answer.media is not None
    if embed == "none":
        return Viewable(note="The recordings were left out of this report on request.")
    try:
        own = watchable(answer.media, beside / answer.id, small=embed == "small")
    except MediaError as error:
        return Viewable(note=f"{answer.by_name(str(error)).rstrip('.')}.")
    if own.mime:
        return Viewable(own.path, own.mime, poster=own.poster)
    return Viewable(
        note=f"{answer.media_name} is not played here. {own.reason} With --embed small the report "
        "has a small copy of it that plays."
    )


def _beside(viewable: Viewable, stem: Path) -> Viewable:
    """The same, in the folder of the recordings."""
    if viewable.path is None:
        return viewable
    path = stem.with_name(f"{stem.name}{ENDINGS[viewable.mime]}")
    if path != viewable.path:
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(viewable.path, path)
    return replace(viewable, path=path, embed=False)
