"""OpenFace 2.x: its CSV files, and its FeatureExtraction program as a face tracker.

Column names are OpenFace's without the leading blank that some of its versions write. Of its
several hundred columns the pose, gaze, 2-D landmarks and action units are kept.
"""

from __future__ import annotations

import csv
import math
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from extractors.errors import BackendError, ExtractionError
from extractors.face import (
    GAZE_COLUMNS,
    LANDMARK_COLUMNS,
    POSE_COLUMNS,
    Face,
    FaceObservation,
)
from extractors.media import probe, sha256_of
from extractors.stream import Provenance, Stream

PROGRAM = "FeatureExtraction"
ACTION_UNITS = tuple(
    f"AU{number:02d}_r" for number in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
)
KEPT = re.compile(r"confidence|pose_[TR][xyz]|gaze_.*|[xy]_\d+|AU\d\d_[rc]")
NEEDED = ("timestamp", "success")


def read_openface_csv(path: str | Path, *, face_id: int | None = None) -> Stream:
    """Read what OpenFace wrote about one recording.

    Parameters
    ----------
    path : a CSV of FeatureExtraction, FaceLandmarkVid or FaceLandmarkVidMulti
    face_id : which face; None takes the one that fills most of the picture over time

    Returns
    -------
    Stream with a row a frame; `valid` is OpenFace's success.

    Raises
    ------
    ExtractionError
        not such a CSV, or it has no face of that number.
    """
    path = Path(path)
    names, table = _read_table(path)
    at = {name: index for index, name in enumerate(names)}
    ids = table[:, at["face_id"]].astype(int) if "face_id" in at else np.zeros(len(table), int)
    kept = [index for index, name in enumerate(names) if KEPT.fullmatch(name)]
    columns = tuple(names[index] for index in kept)
    if face_id is None and len(table):
        face_id = max(np.unique(ids), key=lambda n: _presence(table[ids == n], at))
    elif face_id is not None and face_id not in ids:
        known = ", ".join(map(str, np.unique(ids)))
        raise ExtractionError(f"{path}: no face {face_id}; the file has {known or 'none'}")
    provenance = Provenance(
        extractor="face:openface-csv",
        version="1",
        settings={} if face_id is None else {"face_id": int(face_id)},
        source_sha256=sha256_of(path),
    )
    mine = table[ids == face_id] if len(table) else table
    success = mine[:, at["success"]] > 0.5
    finite = np.isfinite(mine[:, kept]).all(axis=1)
    if not (success & finite).any():
        return Stream.empty(columns, provenance, f"no face found in {len(mine)} frames")
    times = np.unique(table[:, at["timestamp"]])  # every frame, also those without this face
    rows = np.searchsorted(times, mine[:, at["timestamp"]])
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    values = np.zeros((len(times), len(kept)), dtype=np.float32)
    valid = np.zeros(len(times), dtype=bool)
    values[rows] = mine[:, kept]
    valid[rows] = success & finite
    return Stream(values, np.stack([times, times + step], axis=1), columns, valid, provenance)


class OpenFaceTracker:
    """Runs OpenFace's FeatureExtraction over a recording and answers from its table.

    Parameters
    ----------
    program : name on PATH, or path, of FeatureExtraction
    table : a CSV that OpenFace wrote about the recording; then no program is run

    Raises
    ------
    BackendError
        the program is not there, or fails on a recording.
    """

    action_units = ACTION_UNITS
    expressions: tuple[str, ...] = ()

    def __init__(self, program: str = PROGRAM, *, table: str | Path | None = None) -> None:
        found = shutil.which(program)
        self._given = None if table is None else Path(table)
        if found is None and table is None:
            raise BackendError(
                f"{program}: not on PATH; install OpenFace 2.x, or use the MediaPipe tracker"
            )
        self._program = found or program
        self._table: Stream | None = None
        self._width_px = 0

    @property
    def provenance(self) -> Provenance:
        """Name, version and settings of the tracker."""
        made_by = "program" if self._given is None else "table"
        digest = sha256_of(self._given or self._program)
        return Provenance("openface", "1", {f"{made_by}_sha256": digest})

    def start(self, path: Path) -> None:
        """Run FeatureExtraction over the whole recording, or read the given table."""
        self._width_px = probe(path).width
        given = self._given
        self._table = self.run_program(path) if given is None else read_openface_csv(given)
        wanted = (*POSE_COLUMNS, *GAZE_COLUMNS, *LANDMARK_COLUMNS, *ACTION_UNITS)
        missing = [name for name in wanted if name not in self._table.columns]
        if missing:
            raise BackendError(
                f"{self._given or path}: OpenFace wrote no {missing[0]} ({len(missing)} columns "
                "are missing); use FeatureExtraction of OpenFace 2.x with -2Dfp -pose -gaze -aus"
            )

    def run_program(self, path: Path) -> Stream:
        """What FeatureExtraction says about a recording, one row a frame."""
        with tempfile.TemporaryDirectory() as folder:
            what = ["-2Dfp", "-pose", "-gaze", "-aus"]
            command = [self._program, "-f", str(path.resolve()), "-out_dir", folder, "-of", "face"]
            done = subprocess.run([*command, *what], capture_output=True, text=True, check=False)
            written = Path(folder) / "face.csv"
            if done.returncode or not written.is_file():
                said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["it said nothing"]
                raise BackendError(
                    f"{path}: {self._program} failed with exit status {done.returncode} "
                    f"({said[0]}); run it by hand, or use the MediaPipe tracker"
                )
            return read_openface_csv(written)

    def observe(self, image: np.ndarray, time_s: float) -> FaceObservation:
        """See `FaceTracker.observe`; the row nearest in time answers."""
        if self._table is None:
            raise ValueError("start the tracker on a recording first")
        if not len(self._table):
            return FaceObservation(time_s, 0, None)
        row = int(np.argmin(np.abs(self._table.spans[:, 0] - time_s)))
        if not self._table.valid[row]:
            return FaceObservation(time_s, 0, None)
        at = dict(zip(self._table.columns, self._table.values[row], strict=True))

        def pick(names: tuple[str, ...]) -> np.ndarray:
            return np.array([at[name] for name in names], dtype=np.float32)

        face = Face(
            landmarks=pick(LANDMARK_COLUMNS).reshape(2, 68).T,
            pose=pick(POSE_COLUMNS),
            gaze=pick(GAZE_COLUMNS),
            action_units=pick(ACTION_UNITS),
            expressions=np.zeros(0, dtype=np.float32),
        )
        return FaceObservation(time_s, 1, face.scaled(image.shape[1] / self._width_px))

    def roll(self, image: np.ndarray) -> float:
        """See `FaceTracker.roll`; a table tells nothing of a picture that it was not made from."""
        return math.nan

    def close(self) -> None:
        """Forget the table."""
        self._table = None


def _read_table(path: Path) -> tuple[list[str], np.ndarray]:
    if not path.is_file():
        raise ExtractionError(f"{path}: no such file; give the path of a CSV that OpenFace wrote")
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.reader(file)
            names = [name.strip() for name in next(reader, [])]
            missing = [name for name in NEEDED if name not in names]
            if missing:
                raise ExtractionError(
                    f"{path}: no column {missing[0]}; expected a CSV that OpenFace 2.x wrote"
                )
            keep = [
                n
                for n, name in enumerate(names)
                if KEPT.fullmatch(name) or name in (*NEEDED, "face_id")
            ]
            rows = []
            for fields in reader:
                if len(fields) != len(names):
                    raise ExtractionError(
                        f"{path}, line {reader.line_num}: {len(fields)} fields, expected "
                        f"{len(names)}; the file may be cut off: write it again"
                    )
                try:
                    rows.append(np.array([fields[n] for n in keep], dtype=np.float64))
                except ValueError as error:
                    raise ExtractionError(
                        f"{path}, line {reader.line_num}: {error}; expected numbers"
                    ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ExtractionError(f"{path}: not a CSV file ({error})") from error
    return [names[n] for n in keep], np.array(rows).reshape(-1, len(keep))


def _presence(rows: np.ndarray, at: dict[str, int]) -> float:
    """Sum over the frames of a face of its area; without landmarks, of the frames it is seen in."""
    seen = rows[rows[:, at["success"]] > 0.5]
    if not all(name in at for name in LANDMARK_COLUMNS):
        return float(len(seen))
    points = seen[:, [at[name] for name in LANDMARK_COLUMNS]].reshape(-1, 2, 68)
    return float(np.prod(points.max(axis=2) - points.min(axis=2), axis=1).sum())
