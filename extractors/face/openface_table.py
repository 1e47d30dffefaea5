"""Tables that OpenFace 2.x wrote about a recording: read, and held against what can be.

Column names are OpenFace's without the leading blank that some of its versions write. Of its
several hundred columns the pose, gaze, 2-D landmarks and action units are kept. A row that OpenFace
doubts, or whose numbers no face has, is not valid; rows without a time, or of another time than the
recording's, are left out. What was done is told.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.digest import sha256_of
from extractors.errors import ExtractionError
from extractors.face.observation import LANDMARK_COLUMNS
from extractors.face.openface_times import row_times
from extractors.stream import Provenance, Stream

VERSION = "2"  # of how a table is read: a new version is a new result
READ = re.compile(r"confidence|pose_[TR][xyz]|gaze_.*|[xy]_\d+|AU\d\d_[rc]")
NEEDED = ("timestamp", "success")
OTHERS = (*NEEDED, "face_id", "frame")
# What C's printf makes of numbers that are none, on Linux and on Windows; empty cells count, too.
NO_NUMBER = re.compile(r"\s*[+-]?(nan(\(\w*\))?|inf(inity)?|1\.#\w+)?\s*", re.IGNORECASE)

# "I interpret confidence below 0.7 as a failure in landmark detection": OpenFace's author,
# github.com/TadasBaltrusaitis/OpenFace/issues/270.
LEAST_CONFIDENCE = 0.7
SEVERAL_SHARE = 0.05  # other faces in at least so many of the rows are reported
# What a face can have, by column, and words for it. Intensities are 0 to 5, presences 0 or 1, by
# OpenFace's page "Output Format"; the tolerances are for what other programs round. The head stands
# before the camera, in mm, and turns by at most half a circle, in rad; gaze vectors have length 1.
RANGES: tuple[tuple[re.Pattern[str], float, float, str], ...] = (
    (re.compile(r"confidence"), 0.0, 1.0, "0 to 1"),
    (re.compile(r"AU\d\d_r"), -0.05, 5.05, "0 to 5"),
    (re.compile(r"AU\d\d_c"), -0.05, 1.05, "0 or 1"),
    (re.compile(r"pose_T[xy]"), -10_000.0, 10_000.0, "within 10 m"),
    (re.compile(r"pose_Tz"), 0.0, 10_000.0, "0 to 10 m before the camera"),
    (re.compile(r"pose_R[xyz]|gaze_angle_[xy]"), -3.2, 3.2, "-pi to pi"),
    (re.compile(r"gaze_[01]_[xyz]"), -1.05, 1.05, "-1 to 1"),
    (re.compile(r"[xy]_\d+"), -20_000.0, 20_000.0, "pixels within 20,000"),
)


@dataclass(frozen=True, eq=False)
class OpenFaceTable:
    """What a table says of one face.

    Attributes
    ----------
    stream : a row a frame; `valid` where OpenFace saw the face and its numbers can be believed
    problems : what is doubtful or was left out, whole sentences without the name of the file
    """

    stream: Stream
    problems: tuple[str, ...] = ()


def read_openface_csv(
    path: str | Path,
    *,
    face_id: int | None = None,
    duration_s: float | None = None,
    frame_rate_hz: float = 0.0,
) -> OpenFaceTable:
    """Read what OpenFace wrote about one recording.

    Parameters
    ----------
    path : a CSV of FeatureExtraction, FaceLandmarkVid or FaceLandmarkVidMulti
    face_id : which face; None takes the one that fills most of the picture over time
    duration_s : of the recording, which the times are held against; None = it is not given
    frame_rate_hz : of the recording, for a table whose time stamps are lost; 0 = unknown

    Raises
    ------
    ExtractionError
        not such a CSV, it has no face of that number, its times cannot be used, or it belongs to
        another recording.
    """
    path = Path(path)
    names, rows = _read_rows(path)
    at = {name: index for index, name in enumerate(names)}
    described = [index for index, name in enumerate(names) if READ.fullmatch(name)]
    columns = tuple(names[index] for index in described)
    try:
        timed = row_times(rows, at, duration_s=duration_s, frame_rate_hz=frame_rate_hz)
    except ExtractionError as error:
        raise ExtractionError(f"{path}: {error}") from error
    table, starts, problems = rows[timed.rows], timed.starts_s, list(timed.problems)
    ids = table[:, at["face_id"]].astype(int) if "face_id" in at else np.zeros(len(table), int)
    valid, doubts = _judged(table, names, at)
    if face_id is None and len(table):
        face_id = max(np.unique(ids), key=lambda n: _presence(table[valid & (ids == n)], at))
        others = np.unique(ids[valid & (ids != face_id)])
        if (valid & (ids != face_id)).sum() >= SEVERAL_SHARE * len(table):
            problems.append(
                f"other faces are described, too ({', '.join(map(str, others[:5]))}); number "
                f"{face_id}, which fills most of the picture over time, is taken: check that it is "
                "the speaker's"
            )
    elif face_id is not None and face_id not in ids:
        numbers = ", ".join(map(str, np.unique(ids)))
        raise ExtractionError(f"{path}: no face {face_id}; the file has {numbers or 'none'}")
    mine = ids == face_id if len(table) else valid
    problems += [doubt.told(mine) for doubt in doubts if doubt.of(mine)]
    provenance = Provenance(
        extractor="face:openface-csv",
        version=VERSION,
        settings={} if face_id is None else {"face_id": int(face_id)},
        source_sha256=sha256_of(path),
    )
    if not (valid & mine).any():
        reason = f"no face found in {int(mine.sum())} frames"
        return OpenFaceTable(Stream.empty(columns, provenance, reason), tuple(problems))
    stream = _stream(table[:, described], columns, starts, mine, valid, provenance)
    return OpenFaceTable(stream, tuple(problems))


def _stream(
    values: np.ndarray,
    columns: tuple[str, ...],
    starts: np.ndarray,
    mine: np.ndarray,
    valid: np.ndarray,
    provenance: Provenance,
) -> Stream:
    """One face over the times of all rows: it is not seen where it has none."""
    times = np.unique(starts)
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    seen = np.zeros(len(times), dtype=bool)
    seen[np.searchsorted(times, starts[mine])] = valid[mine]
    shown = np.zeros((len(times), len(columns)), dtype=np.float32)
    shown[seen] = values[valid & mine]
    return Stream(shown, np.stack([times, times + step], axis=1), columns, seen, provenance)


@dataclass(frozen=True, eq=False)
class _Doubt:
    """Rows that are not valid for one reason; `why` follows their number."""

    rows: np.ndarray
    why: str

    def of(self, mine: np.ndarray) -> int:
        return int((self.rows & mine).sum())

    def told(self, mine: np.ndarray) -> str:
        return f"{self.of(mine)} of {int(mine.sum())} rows {self.why}; they count as not seen"


def _judged(
    table: np.ndarray, names: Sequence[str], at: dict[str, int]
) -> tuple[np.ndarray, list[_Doubt]]:
    """Which rows show a face that can be believed, bool (N,), and why others do not."""
    seen = table[:, at["success"]] > 0.5
    doubts = []
    numbers = np.ones(len(table), dtype=bool)
    ranged = np.ones(len(table), dtype=bool)
    example = ""
    for index, name in enumerate(names):
        column = table[:, index]
        if not READ.fullmatch(name):
            continue
        finite = np.isfinite(column)
        numbers &= finite
        for pattern, low, high, words in RANGES:
            if pattern.fullmatch(name):
                beyond = seen & finite & ~((column >= low) & (column <= high))
                if beyond.any() and not example:
                    example = f"{name} {column[beyond][0]:g}, expected {words}"
                ranged &= ~beyond
    if (seen & ~numbers).any():
        doubts.append(_Doubt(seen & ~numbers, "hold values that are no numbers"))
    if example:
        doubts.append(_Doubt(seen & numbers & ~ranged, f"hold values of no face ({example})"))
    valid = seen & numbers & ranged
    if "confidence" in at:
        unsure = valid & (table[:, at["confidence"]] < LEAST_CONFIDENCE)
        if unsure.any():
            why = (
                f"have a confidence below {LEAST_CONFIDENCE:g}, which OpenFace takes for a failure"
            )
            doubts.append(_Doubt(unsure, why))
        valid &= ~unsure
    return valid, doubts


def _read_rows(path: Path) -> tuple[list[str], np.ndarray]:
    """Names of the columns that matter, and their numbers, float64 (N, C); NaN where none is."""
    if not path.is_file():
        raise ExtractionError(f"{path}: no such file; give the path of a CSV that OpenFace wrote")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            names = [name.strip() for name in next(reader, [])]
            _check_header(path, names)
            keep = [n for n, name in enumerate(names) if READ.fullmatch(name) or name in OTHERS]
            rows = []
            for fields in reader:
                if len(fields) != len(names):
                    raise ExtractionError(
                        f"{path}, line {reader.line_num}: {len(fields)} fields, expected "
                        f"{len(names)}; the file may be cut off: write it again"
                    )
                try:
                    rows.append(_numbers([fields[n] for n in keep]))
                except ValueError as error:
                    raise ExtractionError(
                        f"{path}, line {reader.line_num}: {error}; expected numbers"
                    ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExtractionError(f"{path}: not a CSV file ({error})") from error
    except OSError as error:
        raise ExtractionError(f"{path}: cannot be read ({error.strerror})") from error
    return [names[n] for n in keep], np.array(rows).reshape(-1, len(keep))


def _check_header(path: Path, names: Sequence[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise ExtractionError(
            f"{path}: no column {missing[0]}; expected a CSV that OpenFace 2.x wrote"
        )
    wanted = [name for name in names if READ.fullmatch(name) or name in OTHERS]
    twice = [name for name in wanted if wanted.count(name) > 1]
    if twice:
        raise ExtractionError(
            f"{path}: column {twice[0]} comes twice, and which is right cannot be told; write the "
            "table again with OpenFace"
        )


def _numbers(fields: Sequence[str]) -> np.ndarray:
    try:
        return np.array(fields, dtype=np.float64)
    except ValueError:
        plain = [("nan" if NO_NUMBER.fullmatch(field) else field) for field in fields]
        return np.array(plain, dtype=np.float64)


def _presence(rows: np.ndarray, at: dict[str, int]) -> float:
    """Sum over the frames of a face of its area; without landmarks, of the frames it is seen in."""
    if not len(rows) or not all(name in at for name in LANDMARK_COLUMNS):
        return float(len(rows))
    points = rows[:, [at[name] for name in LANDMARK_COLUMNS]].reshape(-1, 2, 68)
    return float(np.prod(points.max(axis=2) - points.min(axis=2), axis=1).sum())
