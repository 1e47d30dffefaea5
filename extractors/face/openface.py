"""OpenFace 2.x: run its FeatureExtraction program on a recording."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from extractors.errors import BackendError, ExtractionError
from extractors.face.openface_table import OpenFaceTable, read_openface_csv

PROGRAM = "FeatureExtraction"


def run_openface(program: Path, recording: Path) -> OpenFaceTable:
    """Output of FeatureExtraction for a recording, one row a frame.

    BackendError if the program fails, or its table cannot be used.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [str(program), "-f", str(recording.resolve()), "-out_dir", folder, "-of", "face"]
        command += ["-2Dfp", "-pose", "-gaze", "-aus"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        table = Path(folder) / "face.csv"
        if done.returncode or not table.is_file():
            last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no output"]
            raise BackendError(
                f"{recording}: {program} failed with exit status {done.returncode} "
                f"({last[0]}); run it by hand, or use the MediaPipe tracker"
            )
        try:
            return read_openface_csv(table)
        except ExtractionError as error:
            raise BackendError(
                f"{recording}: {program} wrote a table that cannot be used ({error}); run it "
                "by hand, or use the MediaPipe tracker"
            ) from error
