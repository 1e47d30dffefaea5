"""Any data set as an interview set whose one stream is pictures: what frame networks read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np

from extractors.errors import ExtractionError
from extractors.media import probe, sha256_of
from extractors.mediapipe_tracker import MediaPipeTracker, mediapipe_provenance
from extractors.sampling import even_times
from extractors.store import default_store_root
from extractors.tracking import track_video
from hirenet_sales.datasets.catalogue import read_labels
from hirenet_sales.datasets.first_impressions import NAME as FIRST_IMPRESSIONS
from hirenet_sales.datasets.first_impressions import FirstImpressions
from hirenet_sales.datasets.first_impressions_set import clip_reading
from hirenet_sales.datasets.frames import Kind, load_frames, resized
from hirenet_sales.datasets.interview_set import InterviewSet, Level
from hirenet_sales.datasets.portraits import Progress
from hirenet_sales.datasets.problems import raise_problems
from hirenet_sales.datasets.records import AnswerRecord, Features, assemble
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.frame_sampling import FRAMES, even_frames

STREAM = "frames"
COLUMNS = ("red", "green", "blue")


@dataclass(frozen=True)
class Framing:
    """Which pictures of an answer a network sees.

    Attributes
    ----------
    kind : "face", aligned; "scene", the whole picture, of portraits alone
    size_px : side of a picture
    per_answer : evenly spread over the answer. Portraits are four a clip: they are all seen, once.
    """

    kind: Kind = "face"
    size_px: int = 64
    per_answer: int = FRAMES

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or min(self.size_px, self.per_answer) < 1:
            raise DatasetError(f"{self}: expected face or scene, and sizes from 1")


def frame_interviews(
    name: str,
    root: str | Path,
    framing: Framing = Framing(),  # frozen
    *,
    level: Level | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> InterviewSet:
    """Load the pictures and labels of a data set.

    Its stream "frames" holds uint8 (T, S, S, 3), RGB, of each answer: only pictures that show a
    face, so T may be 0. Pictures are made once and kept under `cache`.

    Parameters
    ----------
    name : of a data card whose set has recordings or portraits
    level : what is labelled; None = as the card says
    cache : default: the user's cache folder

    Raises
    ------
    DatasetError
        if the folder is not as the card says, or no answer has a picture.
    """
    folder = cache or default_store_root().parent / "training"
    reading = read_labels(name, root)
    raise_problems(Path(root), reading.problems)
    problems: list[str] = []
    if name == FIRST_IMPRESSIONS and not (data := FirstImpressions(root)).released:
        reading = clip_reading(data)
        pictures = _portraits(data, framing, folder, progress)
    else:
        pictures = _recordings(reading.records, framing, folder, progress, problems)
    if not any(len(rows) for rows in pictures):
        raise DatasetError(
            f"{root}: no picture of any answer of {name}; the folder needs recordings or portraits"
            + "".join(f"\n{problem}" for problem in problems[:5])
        )
    features = Features({STREAM: pictures}, {STREAM: COLUMNS}, problems=tuple(problems))
    return assemble(reading, features, level)


def _portraits(
    data: FirstImpressions, framing: Framing, cache: Path, progress: Progress | None
) -> list[np.ndarray]:
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
    return found


def _recordings(
    records: Sequence[AnswerRecord],
    framing: Framing,
    cache: Path,
    progress: Progress | None,
    problems: list[str],
) -> list[np.ndarray]:
    if framing.kind != "face":
        raise DatasetError("pictures of kind scene are those of portraits; of recordings take face")
    none = np.zeros((0, framing.size_px, framing.size_px, 3), np.uint8)
    found = []
    with MediaPipeTracker() as tracker:
        for place, record in enumerate(records):
            if progress is not None:
                progress("face pictures", place, len(records))
            try:
                found.append(
                    none if record.media is None else _faces(record.media, framing, cache, tracker)
                )
            except (ExtractionError, OSError) as error:
                problems.append(f"{record.place}: {error}.")
                found.append(none)
    return found


def _faces(media: Path, framing: Framing, cache: Path, tracker: MediaPipeTracker) -> np.ndarray:
    said = [sha256_of(media), mediapipe_provenance().version, repr(framing)]
    name = hashlib.sha256("|".join(said).encode()).hexdigest()[:16]
    path = cache / "recorded-frames" / f"{name}.npy"
    if path.is_file():
        return np.load(path, mmap_mode="r")
    length_s = probe(media).duration_s
    times = even_times(length_s, framing.per_answer)
    track = track_video(media, tracker, times.tolist(), duration_s=length_s)
    faces = [resized(crop, framing.size_px) for crop in track.crops[track.crop_valid]]
    values = np.array(faces, np.uint8).reshape(-1, framing.size_px, framing.size_px, 3)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".part.npy")  # an interrupt leaves no half file under the final name
    np.save(whole, values)
    whole.replace(path)
    return values
