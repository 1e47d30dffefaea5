"""Any data set as an interview set of pictures, and of sound: what end-to-end networks read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.raw_media import (
    Framing,
    Kind,
    Pictures,
    picture_versions,
    take_pictures,
    take_waveform,
)
from extractors.store import default_store_root
from hirenet_sales.data.answer_files import read_recordings
from hirenet_sales.data.catalogue import folder_of, read_labels
from hirenet_sales.data.completeness import Shortfall, summarised
from hirenet_sales.data.frame_table import load_frames
from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.data.problems import raise_problems
from hirenet_sales.data.records import AnswerRecord, Features, assemble
from hirenet_sales.data.sets.first_impressions import NAME as FIRST_IMPRESSIONS
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.data.sets.first_impressions_set import clip_reading
from hirenet_sales.errors import DatasetError
from hirenet_sales.networks.deep_impression import SAMPLE_RATE_HZ
from hirenet_sales.networks.frame_sampling import segment_frames
from hirenet_sales.persist import cached_arrays, digest, sha256_of
from hirenet_sales.yaml_model import did_you_mean

STREAM, SCENES, WAVEFORM = "frames", "scenes", "waveform"
COLUMNS, AMPLITUDE = ("red", "green", "blue"), ("amplitude",)
PICTURES: dict[str, Kind] = {STREAM: "face", SCENES: "scene"}  # by stream, where several are read
STREAMS = (*PICTURES, WAVEFORM)


def frame_interviews(
    name: str,
    root: str | Path | None,
    framing: Framing | None = None,
    *,
    streams: Sequence[str] | None = None,
    level: Level | None = None,
    targets: Sequence[str] | None = None,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> InterviewSet:
    """Load the pictures, the sound and the labels of a data set.

    Streams "frames" and "scenes" hold uint8 (T, S, S, 3), RGB, of each answer, T = 0 without any;
    "waveform" holds float32 (S, 1), see `recorded_waveform`. All are cached under `cache`.

    Parameters
    ----------
    name : of a data card whose set has recordings or portraits
    streams : of "frames", pictures that show a face, "scenes" and "waveform"; framing gives their
        size and number. None = "frames" alone, of the kind of the framing
    framing : None = 60 aligned faces of 64 pixels
    level : what is labelled; None = the card's own level
    targets : of the card; None = those that it names first
    cache : default: the user's cache folder

    Raises
    ------
    DatasetError
        if the folder does not match the card, a stream is unknown, or no answer has any of the
        streams.
    """
    _check(streams)
    framing = framing or Framing()
    folder = cache or default_store_root().parent / "training"
    root = folder_of(name, root)
    reading = read_labels(name, root, targets)
    raise_problems(root, reading.problems)
    portraits = None
    if name == FIRST_IMPRESSIONS and not (data := FirstImpressions(root)).released:
        portraits, reading = data, clip_reading(data, targets)
    kinds = {STREAM: framing.kind} if streams is None else PICTURES
    shortfalls: list[Shortfall] = []
    named: dict[str, list[bool]] = {}
    arrays: dict[str, list[np.ndarray]] = {}
    for stream in streams or (STREAM,):
        if stream == WAVEFORM:
            arrays[stream] = read_recordings(
                reading.records,
                lambda media: recorded_waveform(media, folder),
                np.zeros((0, 1), np.float32),
                "waveforms",
                progress,
                shortfalls,
            )
            continue
        wanted = replace(framing, kind=kinds[stream])
        if portraits is not None:
            arrays[stream], named[stream] = _portraits(portraits, wanted, folder, progress)
        else:
            arrays[stream] = _recorded(reading.records, wanted, folder, progress, shortfalls)
    shortfalls = list(dict.fromkeys(shortfalls))  # one recording may fail for every stream
    if not any(len(rows) for answers in arrays.values() for rows in answers):
        nothing = "no picture or sound" if WAVEFORM in arrays else "no picture"
        raise DatasetError(
            f"{root}: {nothing} of any answer of {name}; the folder needs recordings or portraits"
            + "".join(f"\n{sentence}" for sentence in summarised(shortfalls))
        )
    columns: dict[str, tuple[str, ...]] = dict.fromkeys(arrays, COLUMNS)
    if WAVEFORM in arrays:
        columns[WAVEFORM] = AMPLITUDE
    features = Features(arrays, columns, named=named, shortfalls=tuple(shortfalls))
    return assemble(reading, features, level)


def recorded_pictures(
    media: Path, framing: Framing, cache: Path, tracker: MediaPipeTracker | None
) -> Pictures:
    """The result of `take_pictures` for a recording, cached under `cache`, memory-mapped.

    Raises
    ------
    ExtractionError, OSError, ValueError
        as `take_pictures`.
    """
    address = digest(sha256_of(media), framing, picture_versions(framing.kind))[:16]

    def make() -> dict[str, np.ndarray]:
        made = take_pictures(media, framing, tracker)
        return {"pictures": made.pictures, "times_s": made.times_s}

    return Pictures(**cached_arrays(cache / "recorded-frames" / address, make))


def recorded_waveform(media: Path, cache: Path) -> np.ndarray:
    """The result of `take_waveform` at SAMPLE_RATE_HZ, cached under `cache`.

    Returns
    -------
    float32 (S, 1), memory-mapped.

    Raises
    ------
    ExtractionError, OSError
        as `take_waveform`.
    """
    folder = cache / "waveforms" / digest(sha256_of(media), SAMPLE_RATE_HZ)[:16]
    made = cached_arrays(folder, lambda: {"samples": take_waveform(media, SAMPLE_RATE_HZ)})
    return made["samples"]


def _check(streams: Sequence[str] | None) -> None:
    if streams is not None and not streams:
        raise DatasetError(f"no stream is wanted; choose from {', '.join(STREAMS)}")
    for stream in streams or ():
        if stream not in STREAMS:
            raise DatasetError(
                f"no stream '{stream}' of pictures or sound{did_you_mean(stream, STREAMS)}"
            )


def _portraits(
    data: FirstImpressions, framing: Framing, cache: Path, progress: Progress
) -> tuple[list[np.ndarray], list[bool]]:
    """The pictures of every clip, and whether the folder holds portraits of it."""
    table = load_frames(data, cache, kind=framing.kind, size_px=framing.size_px, progress=progress)
    pictures = []
    for clip in data.clips:
        rows = table.rows.get(clip.name, np.zeros(0, int))
        rows = rows[table.valid[rows]]
        if len(rows) > framing.per_answer:
            rows = rows[segment_frames(len(rows), framing.per_answer)]
        whole = len(rows) and rows[-1] - rows[0] == len(rows) - 1
        # neighbouring rows stay on the disk until they are read
        pictures.append(table.frames[rows[0] : rows[-1] + 1] if whole else table.frames[rows])
    return pictures, [clip.name in table.rows for clip in data.clips]


def _recorded(
    records: Sequence[AnswerRecord],
    framing: Framing,
    cache: Path,
    progress: Progress,
    shortfalls: list[Shortfall],
) -> list[np.ndarray]:
    with MediaPipeTracker() if framing.kind == "face" else nullcontext() as tracker:
        return read_recordings(
            records,
            lambda media: recorded_pictures(media, framing, cache, tracker).pictures,
            np.zeros((0, framing.size_px, framing.size_px, 3), np.uint8),
            f"{framing.kind} pictures",
            progress,
            shortfalls,
        )
