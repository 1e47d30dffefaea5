"""Read tables that OpenFace 2.x wrote about a recording, and check their values.

Column names are OpenFace's without the leading blank that some of its versions write. Of its
several hundred columns the pose, gaze, 2-D landmarks and action units are read. A row with a low
confidence, or with values outside the range of a face, is not valid; rows without a time, or with a
time outside the recording, are left out. Each of these is reported.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.errors import ExtractionError
from extractors.face.observation import LANDMARK_COLUMNS
from extractors.face.openface_times import row_times
from extractors.stream import Provenance, Stream

VERSION = "2"  # of the reader; a new version invalidates stored results
READ = re.compile(r"confidence|pose_[TR][xyz]|gaze_.*|[xy]_\d+|AU\d\d_[rc]")
NEEDED = ("timestamp", "success")
OTHERS = (*NEEDED, "face_id", "frame")
# How C's printf writes numbers that are not finite, on Linux and on Windows; or an empty cell.
NO_NUMBER = re.compile(r"\s*[+-]?(nan(\(\w*\))?|inf(inity)?|1\.#\w+)?\s*", re.IGNORECASE)

# "I interpret confidence below 0.7 as a failure in landmark detection": OpenFace's author,
# github.com/TadasBaltrusaitis/OpenFace/issues/270.
LEAST_CONFIDENCE = 0.7
SEVERAL_SHARE = 0.05  # other faces in at least this share of the rows are reported
# Possible values of a face, by column, in words. Intensities are 0 to 5, presences 0 or 1, by
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
    """One face of a table."""

    # a row a frame; `valid` where OpenFace detected the face and its values are plausible
    stream: Stream
    # what is doubtful or was left out, whole sentences without the name of the file
    problems: tuple[str, ...] = ()


def read_openface_csv(
    path: str | Path,
    *,
    duration_s: float | None = None,
    frame_rate_hz: float = 0.0,
) -> OpenFaceTable:
    """Read an OpenFace table about one recording: the face that fills most of it over time.

    Parameters
    ----------
    path : a CSV of FeatureExtraction, FaceLandmarkVid or FaceLandmarkVidMulti
    duration_s : of the recording, which the times are checked against; None = not given
    frame_rate_hz : of the recording, for a table whose time stamps are lost; 0 = unknown

    Raises
    ------
    ExtractionError
        not such a CSV, its times cannot be used, or it belongs to another recording.
    """
    path = Path(path)
    names, rows = _read_rows(path)
    at = {name: index for index, name in enumerate(names)}
    feature_indices = [index for index, name in enumerate(names) if READ.fullmatch(name)]
    columns = tuple(names[index] for index in feature_indices)
    try:
        timed, starts, problems = row_times(
            rows, at, duration_s=duration_s, frame_rate_hz=frame_rate_hz
        )
    except ExtractionError as error:
        raise ExtractionError(f"{path}: {error}") from error
    table = rows[timed]
    ids = table[:, at["face_id"]].astype(int) if "face_id" in at else np.zeros(len(table), int)
    valid, reasons = _check_values(table, names, at)
    selected = valid
    if len(table):
        face_id = max(np.unique(ids), key=lambda n: _presence(table[valid & (ids == n)], at))
        selected = ids == face_id
        others = np.unique(ids[valid & ~selected])
        if (valid & ~selected).sum() >= SEVERAL_SHARE * len(table):
            problems.append(
                f"other faces are described, too ({', '.join(map(str, others[:5]))}); number "
                f"{face_id}, which fills most of the picture over time, is taken: check that it is "
                "the speaker's"
            )
    for rows_concerned, why in reasons:
        if count := int((rows_concerned & selected).sum()):
            total = int(selected.sum())
            problems.append(f"{count} of {total} rows {why}; they count as not seen")
    provenance = Provenance("face:openface-csv", VERSION)
    if not (valid & selected).any():
        reason = f"no face found in {int(selected.sum())} frames"
        return OpenFaceTable(Stream.empty(columns, provenance, reason), tuple(problems))
    stream = _stream(table[:, feature_indices], columns, starts, selected, valid, provenance)
    return OpenFaceTable(stream, tuple(problems))


def _stream(
    values: np.ndarray,
    columns: tuple[str, ...],
    starts: np.ndarray,
    selected: np.ndarray,
    valid: np.ndarray,
    provenance: Provenance,
) -> Stream:
    """One face at the times of all rows, not valid where the face has no row."""
    times = np.unique(starts)
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    detected = np.zeros(len(times), dtype=bool)
    detected[np.searchsorted(times, starts[selected])] = valid[selected]
    features = np.zeros((len(times), len(columns)), dtype=np.float32)
    features[detected] = values[valid & selected]
    return Stream(features, np.stack([times, times + step], axis=1), columns, detected, provenance)


def _check_values(
    table: np.ndarray, names: Sequence[str], at: dict[str, int]
) -> tuple[np.ndarray, list[tuple[np.ndarray, str]]]:
    """Which rows have plausible values, bool (N,), and why the others do not."""
    detected = table[:, at["success"]] > 0.5
    reasons = []
    numbers = np.ones(len(table), dtype=bool)
    ranged = np.ones(len(table), dtype=bool)
    example = ""
    for index, name in enumerate(names):
        column = table[:, index]
        if not READ.fullmatch(name):
            continue
        finite = np.isfinite(column)
        numbers &= finite
        for pattern, low, high, range_text in RANGES:
            if pattern.fullmatch(name):
                beyond = detected & finite & ~((column >= low) & (column <= high))
                if beyond.any() and not example:
                    example = f"{name} {column[beyond][0]:g}, expected {range_text}"
                ranged &= ~beyond
    if (detected & ~numbers).any():
        reasons.append((detected & ~numbers, "hold values that are not numbers"))
    if example:
        reasons.append(
            (detected & numbers & ~ranged, f"hold values impossible for a face ({example})")
        )
    valid = detected & numbers & ranged
    if "confidence" in at:
        unsure = valid & (table[:, at["confidence"]] < LEAST_CONFIDENCE)
        if unsure.any():
            why = (
                f"have a confidence below {LEAST_CONFIDENCE:g}, which OpenFace takes for a failure"
            )
            reasons.append((unsure, why))
        valid &= ~unsure
    return valid, reasons


def _read_rows(path: Path) -> tuple[list[str], np.ndarray]:
    """Names and values of the relevant columns, float64 (N, C); NaN where a value is missing."""
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
    """Area of a face summed over frames; without landmarks, the number of frames."""
    if not len(rows) or not all(name in at for name in LANDMARK_COLUMNS):
        return float(len(rows))
    points = rows[:, [at[name] for name in LANDMARK_COLUMNS]].reshape(-1, 2, 68)
    return float(np.prod(points.max(axis=2) - points.min(axis=2), axis=1).sum())
