"""Frames of a data set's clips as pictures of one size: aligned faces, or the whole scene."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.raw_media import Kind, picture_versions, still_face, still_scene
from hirenet_sales.data.portrait_table import FRAME_RATE_HZ, portrait_table
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.errors import DatasetError
from hirenet_sales.persist import cached_arrays, digest, sha256_of

CHUNK = 512  # frames that are resized between two words of progress


@dataclass(frozen=True, eq=False)
class FrameTable:
    """One row a frame, clip after clip, times ascending.

    The face and the scene table of the same clips have the same rows.

    Attributes
    ----------
    clips : (N,) name of each frame's clip
    times_s : (N,), seconds from the start of the clip
    frames : uint8 (N, S, S, 3), RGB, memory-mapped
    valid : bool (N,); whether a face was detected; a scene is always valid
    """

    clips: np.ndarray
    times_s: np.ndarray
    frames: np.ndarray
    valid: np.ndarray

    @cached_property
    def rows(self) -> dict[str, np.ndarray]:
        """Clip to its rows, times ascending; clips without a picture are left out."""
        names, first, counts = np.unique(self.clips, return_index=True, return_counts=True)
        return {
            str(name): np.arange(begin, begin + count)
            for name, begin, count in zip(names, first, counts, strict=True)
        }


def load_frames(
    data: FirstImpressions,
    cache: Path,
    *,
    kind: Kind,
    size_px: int,
    progress: Progress = no_progress,
) -> FrameTable:
    """The pictures of `data.clips`, made once and cached under `cache`, addressed by content.

    Parameters
    ----------
    data : a folder with portraits; they are the frames
    cache : the portraits that the face tracker has looked at lie here too
    kind : "face", the face of the crops that the models of a recording see; "scene", the whole
        picture, whose sides are scaled each to `size_px`
    size_px : side of the pictures

    Raises
    ------
    DatasetError
        if the folder has no portrait of these clips, or a picture or tar file is damaged.
    """
    tars = sorted(data.root.glob(data.card.files["portraits"]))
    source = [*(sha256_of(tar) for tar in tars), *picture_versions(kind)]
    address = digest(source, kind, size_px, sorted(clip.name for clip in data.clips))[:16]

    def make() -> dict[str, np.ndarray]:
        faces = kind == "face"
        made = _faces(data, cache, size_px, progress) if faces else _scenes(data, size_px, progress)
        return {name: getattr(made, name) for name in ("clips", "times_s", "frames", "valid")}

    return FrameTable(**cached_arrays(cache / "frames" / address, make))


def _faces(data: FirstImpressions, cache: Path, size_px: int, progress: Progress) -> FrameTable:
    table = portrait_table(data, cache, progress=progress)
    if table is None:
        raise _nothing(data)
    wanted = np.flatnonzero(np.isin(table.clips, [clip.name for clip in data.clips]))
    pictures = np.zeros((len(wanted), size_px, size_px, 3), np.uint8)
    for number, row in enumerate(wanted):
        if table.valid[row]:
            pictures[number] = still_face(table.crops[row], size_px)
        if number % CHUNK == 0:
            progress("face pictures", number, len(wanted))
    return FrameTable(table.clips[wanted], table.times_s[wanted], pictures, table.valid[wanted])


def _scenes(data: FirstImpressions, size_px: int, progress: Progress) -> FrameTable:
    names: list[str] = []
    times: list[float] = []
    pictures: list[np.ndarray] = []
    for clip, portraits in data.portraits():
        for number, jpeg in portraits:
            try:
                pictures.append(still_scene(jpeg, size_px))
            except OSError as error:
                raise DatasetError(
                    f"{clip}: portrait {number} cannot be read ({error}); copy the tar file anew"
                ) from error
            names.append(clip)
            times.append((number - 1) / FRAME_RATE_HZ)
            if len(names) % CHUNK == 1:
                progress("scene pictures", len(set(names)), len(data.clips))
    if not names:
        raise _nothing(data)
    return FrameTable(
        np.array(names), np.array(times), np.stack(pictures), np.ones(len(names), bool)
    )


def _nothing(data: FirstImpressions) -> DatasetError:
    return DatasetError(
        f"{data.root}: no portrait of these {len(data.clips)} clips; expected them in "
        f"{data.card.files['portraits']}"
    )
