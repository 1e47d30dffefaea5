"""Any data set as an interview set of pictures, and of sound: what end-to-end networks read."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np

from extractors.face.alignment import CROP_VERSION, face_part
from extractors.face.mediapipe_tracker import MediaPipeTracker, mediapipe_provenance
from extractors.face.tracking import track_video
from extractors.media.recording import probe, read_frames
from extractors.media.sampling import even_times
from extractors.recipe import Recipe
from extractors.store import default_store_root
from hirenet_sales.data.catalogue import read_labels
from hirenet_sales.data.completeness import Shortfall, summarised
from hirenet_sales.data.frames import Kind, load_frames, resized
from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.data.portraits import Progress
from hirenet_sales.data.problems import raise_problems
from hirenet_sales.data.recordings import read_recordings
from hirenet_sales.data.records import AnswerRecord, Features, assemble
from hirenet_sales.data.sets.first_impressions import NAME as FIRST_IMPRESSIONS
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.data.sets.first_impressions_set import clip_reading
from hirenet_sales.data.waveforms import COLUMNS as AMPLITUDE
from hirenet_sales.data.waveforms import STREAM as WAVEFORM
from hirenet_sales.data.waveforms import waveforms
from hirenet_sales.errors import DatasetError
from hirenet_sales.networks.frame_sampling import FRAMES, even_frames
from hirenet_sales.persist import cached_arrays, digest, sha256_of
from hirenet_sales.yaml_model import did_you_mean

STREAM, SCENES = "frames", "scenes"
COLUMNS = ("red", "green", "blue")
PICTURES: dict[str, Kind] = {STREAM: "face", SCENES: "scene"}  # by stream, where several are read
STREAMS = (*PICTURES, WAVEFORM)


@dataclass(frozen=True)
class Framing:
    """Which pictures of an answer a network sees.

    Attributes
    ----------
    kind : "face", aligned; "scene", the whole picture
    size_px : side of a picture
    per_answer : evenly spread over the answer. Portraits are four a clip: they are all seen, once.
    """

    kind: Kind = "face"
    size_px: int = 64
    per_answer: int = FRAMES

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or min(self.size_px, self.per_answer) < 1:
            raise DatasetError(f"{self}: expected face or scene, and sizes from 1")


@dataclass(frozen=True, eq=False)
class RecordedPictures:
    """The pictures of one recording.

    Attributes
    ----------
    pictures : uint8 (T, S, S, 3), RGB, memory-mapped; of faces, only where one was seen
    times_s : float64 (T,), each frame's own time, seconds from the start of the answer, ascending;
        of a recording with fewer frames, some come twice
    """

    pictures: np.ndarray
    times_s: np.ndarray


def frame_interviews(
    name: str,
    root: str | Path,
    framing: Framing = Framing(),  # frozen
    *,
    streams: Sequence[str] | None = None,
    level: Level | None = None,
    targets: Sequence[str] | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> InterviewSet:
    """Load the pictures, the sound and the labels of a data set.

    Streams "frames" and "scenes" hold uint8 (T, S, S, 3), RGB, of each answer, where T may be 0;
    "waveform" holds float32 (S, 1), see `recorded_waveform`. All are made once and kept under
    `cache`.

    Parameters
    ----------
    name : of a data card whose set has recordings or portraits
    streams : of "frames", pictures that show a face, "scenes" and "waveform"; framing says their
        size and number. None = "frames" alone, of the kind that framing says
    level : what is labelled; None = as the card says
    targets : of the card; None = those that it names first
    cache : default: the user's cache folder

    Raises
    ------
    DatasetError
        if the folder is not as the card says, there is no such stream, or no answer has anything of
        those that are wanted.
    """
    _check(streams)
    folder = cache or default_store_root().parent / "training"
    reading = read_labels(name, root, targets)
    raise_problems(Path(root), reading.problems)
    portraits = None
    if name == FIRST_IMPRESSIONS and not (data := FirstImpressions(root)).released:
        portraits, reading = data, clip_reading(data, targets)
    kinds = {STREAM: framing.kind} if streams is None else PICTURES
    shortfalls: list[Shortfall] = []
    named: dict[str, list[bool]] = {}
    found: dict[str, list[np.ndarray]] = {}
    for stream in streams or (STREAM,):
        if stream == WAVEFORM:
            found[stream] = waveforms(reading.records, folder, progress, shortfalls)
            continue
        wanted = replace(framing, kind=kinds[stream])
        if portraits is not None:
            found[stream], named[stream] = _portraits(portraits, wanted, folder, progress)
        else:
            found[stream] = _recordings(reading.records, wanted, folder, progress, shortfalls)
    shortfalls = list(dict.fromkeys(shortfalls))  # one recording may fail for every stream
    if not any(len(rows) for answers in found.values() for rows in answers):
        nothing = "no picture or sound" if WAVEFORM in found else "no picture"
        raise DatasetError(
            f"{root}: {nothing} of any answer of {name}; the folder needs recordings or portraits"
            + "".join(f"\n{sentence}" for sentence in summarised(shortfalls))
        )
    columns: dict[str, tuple[str, ...]] = dict.fromkeys(found, COLUMNS)
    if WAVEFORM in found:
        columns[WAVEFORM] = AMPLITUDE
    features = Features(found, columns, named=named, shortfalls=tuple(shortfalls))
    return assemble(reading, features, level)


def recorded_pictures(
    media: Path,
    framing: Framing,
    cache: Path | None,
    tracker: MediaPipeTracker | None,
    *,
    slice_s: float | None = None,
) -> RecordedPictures:
    """The pictures of one recording, made once and kept under `cache`, addressed by content.

    Without a cache nothing of them stays. Faces are framed as those of portraits are, see
    `load_frames`.

    Parameters
    ----------
    tracker : finds the faces; scenes need none
    slice_s : takes pictures at the moments of the portraits of First Impressions V2 in every slice
        of so many seconds; None = `framing.per_answer`, evenly spread

    Raises
    ------
    ExtractionError, OSError
        if the recording is damaged, cannot be read or has no picture.
    ValueError
        if faces are wanted of no tracker.
    """
    if cache is None:
        return _pictures_of(_taken(media, framing, tracker, slice_s), framing)
    made_by = [mediapipe_provenance().version, CROP_VERSION] if framing.kind == "face" else []
    address = digest(sha256_of(media), framing, slice_s, made_by)[:16]

    def make() -> dict[str, np.ndarray]:
        made = _pictures_of(_taken(media, framing, tracker, slice_s), framing)
        return {"pictures": made.pictures, "times_s": made.times_s}

    return RecordedPictures(**cached_arrays(cache / "recorded-frames" / address, make))


def _pictures_of(taken: Sequence[tuple[float, np.ndarray]], framing: Framing) -> RecordedPictures:
    pictures = np.array([picture for _, picture in taken], np.uint8)
    return RecordedPictures(
        pictures.reshape(-1, framing.size_px, framing.size_px, 3),
        np.array([time_s for time_s, _ in taken], np.float64),
    )


def _check(streams: Sequence[str] | None) -> None:
    if streams is not None and not streams:
        raise DatasetError(f"no stream is wanted; choose from {', '.join(STREAMS)}")
    for stream in streams or ():
        if stream not in STREAMS:
            raise DatasetError(
                f"no stream '{stream}' of pictures or sound{did_you_mean(stream, STREAMS)}"
            )


def _portraits(
    data: FirstImpressions, framing: Framing, cache: Path, progress: Progress | None
) -> tuple[list[np.ndarray], list[bool]]:
    """The pictures of every clip, and whether the folder holds portraits of it."""
    table = load_frames(data, cache, kind=framing.kind, size_px=framing.size_px, progress=progress)
    found = []
    for clip in data.clips:
        rows = table.rows.get(clip.name, np.zeros(0, int))
        rows = rows[table.valid[rows]]
        if len(rows) > framing.per_answer:
            rows = rows[even_frames(len(rows), framing.per_answer)]
        whole = len(rows) and rows[-1] - rows[0] == len(rows) - 1
        # neighbouring rows stay on the disk until they are read
        found.append(table.frames[rows[0] : rows[-1] + 1] if whole else table.frames[rows])
    return found, [clip.name in table.rows for clip in data.clips]


def _recordings(
    records: Sequence[AnswerRecord],
    framing: Framing,
    cache: Path,
    progress: Progress | None,
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


def _taken(
    media: Path, framing: Framing, tracker: MediaPipeTracker | None, slice_s: float | None
) -> list[tuple[float, np.ndarray]]:
    """Time and picture of the frames that are wanted and show what is wanted."""
    info = probe(media)
    length_s = info.duration_s
    if slice_s is None:
        times = even_times(length_s, framing.per_answer).tolist()
    else:
        times = Recipe(slice_s=slice_s).crop_times(length_s, info.frame_rate_hz).tolist()
    if framing.kind == "scene":
        frames = read_frames(media, times_s=times)
        return [(frame.time_s, resized(frame.image, framing.size_px)) for frame in frames]
    if tracker is None:
        raise ValueError("faces are found by a tracker; give one")
    track = track_video(media, tracker, times, duration_s=length_s)
    return [
        (seen.time_s, resized(face_part(crop), framing.size_px))
        for seen, crop in zip(track.crop_observations, track.crops, strict=True)
        if seen.face is not None
    ]
