"""Portraits of a data set, looked at once: aligned crops, expressions and face shapes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from extractors.callbacks import Progress, no_progress
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.stills import describe_portraits
from extractors.raw_media import picture_versions
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.errors import DatasetError
from hirenet_sales.persist import cached_arrays, digest, sha256_of

FRAME_RATE_HZ = 30.0  # the portraits were taken by frame number
CHUNK = 64  # clips a task


@dataclass(frozen=True, eq=False)
class PortraitTable:
    """One row a portrait, clip after clip, frames ascending.

    Attributes
    ----------
    clips : (N,) names of the clips
    times_s : (N,), seconds from the start of the clip
    valid : bool (N,), a face was detected, in a clip that was asked for
    crops : uint8 (N, S, S, 3), memory-mapped
    descriptors : float32 (N, D), expressions, shape and pose
    columns : names of the D descriptors
    partial : whether there are portraits of clips that were not asked for; none of them is valid
    """

    clips: np.ndarray
    times_s: np.ndarray
    valid: np.ndarray
    crops: np.ndarray
    descriptors: np.ndarray
    columns: tuple[str, ...]
    partial: bool = False

    def rows_by_clip(self) -> dict[str, list[int]]:
        """The valid rows of every clip that has some."""
        rows: dict[str, list[int]] = {}
        for row in np.flatnonzero(self.valid):
            rows.setdefault(str(self.clips[row]), []).append(int(row))
        return rows


def portrait_table(
    data: FirstImpressions, cache: Path, *, jobs: int = 2, progress: Progress = no_progress
) -> PortraitTable | None:
    """Look at every portrait of a folder; None if it has none of these clips.

    Results lie under `cache`, addressed by the content of the tar files, the versions of the
    tracker and of the crops, and the clips, and are read from there the next time. Where all clips
    of the folder were looked at before, a split is not looked at anew: that whole table is
    returned, the others not valid.

    Raises
    ------
    DatasetError
        if a tar file or a portrait is damaged.
    """
    tars = sorted(data.root.glob(data.card.files["portraits"]))
    if not tars:
        return None
    source = [*(sha256_of(tar) for tar in tars), *picture_versions("face")]

    def address(names: Iterable[str]) -> Path:
        return cache / "portraits" / digest(source, sorted(names))[:16]

    whole, own = address(data.listed), address(clip.name for clip in data.clips)
    folder = whole if whole.is_dir() else own
    try:
        table = cached_arrays(folder, lambda: _look(data, len(data.clips), jobs, progress))
    except _NoPortraits:
        return None
    wanted = np.isin(table["clips"], [clip.name for clip in data.clips])
    return PortraitTable(
        table["clips"],
        table["times_s"],
        table["valid"] & wanted,
        table["crops"],
        table["descriptors"],
        tuple(table["columns"].tolist()),
        not wanted.all(),
    )


class _NoPortraits(Exception):
    """The tar files hold none of the clips that were asked for."""


def _look(
    data: FirstImpressions, clips: int, jobs: int, progress: Progress
) -> dict[str, np.ndarray]:
    portraits = data.portraits()
    chunks = iter(lambda: list(itertools.islice(portraits, CHUNK)), [])
    parts: list[dict[str, np.ndarray]] = []
    done = 0
    for part in Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="2*n_jobs")(
        delayed(_look_at)(chunk) for chunk in chunks
    ):
        parts.append(part)
        done += len(set(part["clips"].tolist()))
        progress("portraits", done, clips)
    if not parts:
        raise _NoPortraits
    names = ("clips", "times_s", "valid", "crops", "descriptors")
    table = {name: np.concatenate([part[name] for part in parts]) for name in names}
    return {**table, "columns": parts[0]["columns"]}


def _look_at(chunk: list[tuple[str, list[tuple[int, bytes]]]]) -> dict[str, np.ndarray]:
    clips: list[str] = []
    times_s: list[float] = []
    valid, crops, descriptors = [], [], []
    columns: tuple[str, ...] = ()
    with MediaPipeTracker() as tracker:
        for name, pictures in chunk:
            seconds = [(number - 1) / FRAME_RATE_HZ for number, _ in pictures]
            try:
                portraits = describe_portraits([jpeg for _, jpeg in pictures], seconds, tracker)
            except OSError as error:
                raise DatasetError(
                    f"{name}: a portrait cannot be read ({error}); copy the tar file anew"
                ) from error
            expression, shape = portraits.expression, portraits.shape
            columns = (*expression.columns, *shape.columns)
            clips += [name] * len(pictures)
            times_s += seconds
            crops.append(portraits.crops)
            if len(expression):
                valid.append(expression.valid)
                descriptors.append(np.concatenate([expression.values, shape.values], axis=1))
            else:
                valid.append(np.zeros(len(pictures), bool))
                descriptors.append(np.zeros((len(pictures), len(columns)), np.float32))
    return {
        "clips": np.array(clips),
        "times_s": np.array(times_s),
        "valid": np.concatenate(valid),
        "crops": np.concatenate(crops),
        "descriptors": np.concatenate(descriptors),
        "columns": np.array(columns),
    }
