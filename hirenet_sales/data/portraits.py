"""Portraits of a data set, looked at once: aligned crops, expressions and face shapes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.stills import describe_portraits
from extractors.raw_media import picture_versions
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.errors import DatasetError
from hirenet_sales.persist import cached_arrays, digest, sha256_of

FRAME_RATE_HZ = 30.0  # the portraits were taken by frame number
CHUNK = 64  # clips a task
Progress = Callable[[str, float, float], None]


@dataclass(frozen=True, eq=False)
class PortraitTable:
    """One row a portrait, clip after clip, frames ascending.

    Attributes
    ----------
    clips : (N,) names of the clips
    times_s : (N,), seconds from the start of the clip
    valid : bool (N,), a face was found, in a clip that was asked for
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


def portrait_table(
    data: FirstImpressions, cache: Path, *, jobs: int = 2, progress: Progress | None = None
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


Chunk = list[tuple[str, list[tuple[int, bytes]]]]
Looked = tuple[list[str], list[float], np.ndarray, np.ndarray, np.ndarray, tuple[str, ...]]


def _look(
    data: FirstImpressions, clips: int, jobs: int, progress: Progress | None
) -> dict[str, np.ndarray]:
    portraits = data.portraits()
    chunks = iter(lambda: list(itertools.islice(portraits, CHUNK)), [])
    parts: list[Looked] = []
    done = 0
    for part in Parallel(n_jobs=jobs, return_as="generator", pre_dispatch="2*n_jobs")(
        delayed(_look_at)(chunk) for chunk in chunks
    ):
        parts.append(part)
        done += len(set(part[0]))
        if progress is not None:
            progress("portraits", done, clips)
    if not parts:
        raise _NoPortraits
    return {
        "clips": np.array([name for p in parts for name in p[0]]),
        "times_s": np.array([t for p in parts for t in p[1]]),
        "valid": np.concatenate([p[2] for p in parts]),
        "crops": np.concatenate([p[3] for p in parts]),
        "descriptors": np.concatenate([p[4] for p in parts]),
        "columns": np.array(parts[0][5]),
    }


def _look_at(chunk: Chunk) -> Looked:
    names: list[str] = []
    times: list[float] = []
    valid, crops, descriptors = [], [], []
    columns: tuple[str, ...] = ()
    with MediaPipeTracker() as tracker:
        for name, pictures in chunk:
            seconds = [(number - 1) / FRAME_RATE_HZ for number, _ in pictures]
            try:
                found = describe_portraits([jpeg for _, jpeg in pictures], seconds, tracker)
            except OSError as error:
                raise DatasetError(
                    f"{name}: a portrait cannot be read ({error}); copy the tar file anew"
                ) from error
            columns = (*found.expression.columns, *found.shape.columns)
            names += [name] * len(pictures)
            times += seconds
            crops.append(found.crops)
            row_valid = np.zeros(len(pictures), dtype=bool)
            values = np.zeros((len(pictures), len(columns)), dtype=np.float32)
            if len(found.expression):
                row_valid = found.expression.valid
                values = np.concatenate([found.expression.values, found.shape.values], axis=1)
            valid.append(row_valid)
            descriptors.append(values)
    return (
        names,
        times,
        np.concatenate(valid),
        np.concatenate(crops),
        np.concatenate(descriptors),
        columns,
    )
