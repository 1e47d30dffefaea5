"""OpenFace 2.x as a face tracker: its FeatureExtraction program, or a table that it wrote."""

from __future__ import annotations

import math
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from extractors.digest import sha256_of
from extractors.errors import BackendError, ExtractionError
from extractors.face.observation import (
    GAZE_COLUMNS,
    LANDMARK_COLUMNS,
    POSE_COLUMNS,
    Face,
    FaceObservation,
)
from extractors.face.openface_table import OpenFaceTable, read_openface_csv
from extractors.media.recording import probe
from extractors.stream import Provenance, Stream

PROGRAM = "FeatureExtraction"
ACTION_UNITS = tuple(
    f"AU{number:02d}_r" for number in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
)


class OpenFaceTracker:
    """Runs OpenFace's FeatureExtraction on a recording and reads the table that it writes.

    Parameters
    ----------
    program : name on PATH, or path, of FeatureExtraction
    table : a CSV that OpenFace wrote about the recording; then no program is run

    Raises
    ------
    BackendError
        the program is missing, or fails on a recording.
    """

    action_units = ACTION_UNITS
    expressions: tuple[str, ...] = ()

    def __init__(self, program: str = PROGRAM, *, table: str | Path | None = None) -> None:
        executable = shutil.which(program)
        self._given = None if table is None else Path(table)
        if executable is None and table is None:
            raise BackendError(
                f"{program}: not on PATH; install OpenFace 2.x, or use the MediaPipe tracker"
            )
        self._program = executable or program
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
        info = probe(path)
        self._width_px = info.width
        given = self._given
        table = (
            self.run_program(path)
            if given is None
            else read_openface_csv(
                given, duration_s=info.duration_s, frame_rate_hz=info.frame_rate_hz
            )
        )
        self._table = table.stream
        wanted = (*POSE_COLUMNS, *GAZE_COLUMNS, *LANDMARK_COLUMNS, *ACTION_UNITS)
        missing = [name for name in wanted if name not in self._table.columns]
        if missing:
            raise BackendError(
                f"{self._given or path}: OpenFace wrote no {missing[0]} ({len(missing)} columns "
                "are missing); use FeatureExtraction of OpenFace 2.x with -2Dfp -pose -gaze -aus"
            )

    def run_program(self, path: Path) -> OpenFaceTable:
        """Output of FeatureExtraction for a recording, one row a frame."""
        with tempfile.TemporaryDirectory() as folder:
            options = ["-2Dfp", "-pose", "-gaze", "-aus"]
            command = [self._program, "-f", str(path.resolve()), "-out_dir", folder, "-of", "face"]
            done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
            written = Path(folder) / "face.csv"
            if done.returncode or not written.is_file():
                last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no output"]
                raise BackendError(
                    f"{path}: {self._program} failed with exit status {done.returncode} "
                    f"({last[0]}); run it by hand, or use the MediaPipe tracker"
                )
            try:
                return read_openface_csv(written)
            except ExtractionError as error:
                raise BackendError(
                    f"{path}: {self._program} wrote a table that cannot be used ({error}); run it "
                    "by hand, or use the MediaPipe tracker"
                ) from error

    def observe(self, image: np.ndarray, time_s: float) -> FaceObservation:
        """See `FaceTracker.observe`; returns the row nearest in time."""
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
        """See `FaceTracker.roll`; NaN, since a table does not cover other pictures."""
        return math.nan

    def close(self) -> None:
        """Discard the table."""
        self._table = None
