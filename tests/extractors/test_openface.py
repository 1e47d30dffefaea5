"""OpenFace's tables are read as they are, and its program stands in for MediaPipe."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from extractors.alignment import CROP_SIZE_PX
from extractors.errors import BackendError, ExtractionError
from extractors.face import GAZE_COLUMNS, LANDMARK_COLUMNS, POSE_COLUMNS, face_stream, smooth
from extractors.openface import ACTION_UNITS, OpenFaceTracker, read_openface_csv
from extractors.tracking import track_video
from tests.extractors.clips import grey_steps, write_clip

KEPT = (*GAZE_COLUMNS, *POSE_COLUMNS, *LANDMARK_COLUMNS, *ACTION_UNITS, "AU28_c")
HEAD = ("frame", "face_id", "timestamp", "confidence", "success", "eye_lmk_x_0", *KEPT, "p_0")


def row(number: int, *, face_id: int = 0, success: int = 1, left: float = 10, side: float = 20):
    """A row at 10 frames a second with a square of landmarks; AU12_r counts the frames."""
    at = dict.fromkeys(HEAD, 0.5)
    at |= {f"x_{n}": left + side * (n % 2) for n in range(68)}
    at |= {f"y_{n}": left + side * (n // 34) for n in range(68)}
    at |= {
        "frame": number + 1,
        "face_id": face_id,
        "timestamp": number / 10,
        "success": int(success),
    }
    at |= {"AU12_r": 0.1 * number, "pose_Rz": 0.2, "gaze_angle_x": -0.1}
    return [at[name] for name in HEAD]


def write(path: Path, rows, head=HEAD, blank=" ") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([head[0], *(blank + name for name in head[1:])])
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("blank", ["", " "])
def test_a_table_is_read_with_or_without_blanks_in_its_names(tmp_path, blank):
    path = write(tmp_path / "a.csv", [row(n, success=n != 2) for n in range(5)], blank=blank)
    stream = read_openface_csv(path)
    assert stream.columns == ("confidence", *KEPT)
    assert stream.valid.tolist() == [True, True, False, True, True]
    assert stream.spans[:, 0] == pytest.approx(np.arange(5) / 10)
    assert stream.spans[:, 1] == pytest.approx(np.arange(1, 6) / 10)
    assert stream.values[:, stream.columns.index("AU12_r")] == pytest.approx(np.arange(5) / 10)
    assert smooth(stream).values[0, stream.columns.index("AU12_r")] == pytest.approx(0.2)


def test_of_several_faces_the_one_that_fills_most_is_taken(tmp_path):
    rows = [row(n, face_id=0, side=20) for n in range(10)]
    rows += [row(n, face_id=1, side=60, left=100) for n in range(4, 8)]
    rows += [row(0, face_id=2, side=90)]
    path = write(tmp_path / "a.csv", sorted(rows, key=lambda r: r[0]))
    x = read_openface_csv(path)
    assert x.provenance.settings["face_id"] == 1
    assert x.valid.tolist() == [False] * 4 + [True] * 4 + [False] * 2
    assert read_openface_csv(path, face_id=0).valid.all()
    with pytest.raises(ExtractionError, match=r"no face 7; the file has 0, 1, 2"):
        read_openface_csv(path, face_id=7)


def test_a_table_without_a_face_says_so(tmp_path):
    stream = read_openface_csv(write(tmp_path / "a.csv", [row(0, success=0), row(1, success=0)]))
    assert stream.reason == "no face found in 2 frames"
    assert read_openface_csv(write(tmp_path / "b.csv", [])).reason == "no face found in 0 frames"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        ("name,age\nx,3\n", "no column timestamp"),
        ("frame, timestamp, success, AU01_r\n1,0.0,1\n", "line 2: 3 fields, expected 4"),
        ("frame, timestamp, success, AU01_r\n1,0.0,1,high\n", "line 2: .*expected numbers"),
        (b"\xff\xfe\x00\x01", "not a CSV file"),
    ],
)
def test_other_tables_are_refused_by_name(tmp_path, content, message):
    path = tmp_path / "table.csv"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ExtractionError, match=message) as caught:
        read_openface_csv(path)
    assert str(path) in str(caught.value)


@pytest.fixture
def feature_extraction(tmp_path, monkeypatch):
    """Stands for OpenFace's program: copies a ready table to where it was told to write."""

    def install(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "FeatureExtraction"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=":")

    return install


# FeatureExtraction -f VIDEO -out_dir FOLDER -of NAME -2Dfp -pose -gaze -aus
COPY = 'test "$1" = -f && test -f "$2" && test "$3" = -out_dir && cp "{}" "$4/$6.csv"'


def test_the_program_serves_as_a_tracker(tmp_path, feature_extraction):
    table = write(tmp_path / "t.csv", [row(n, success=n != 5, side=600) for n in range(20)])
    feature_extraction(COPY.format(table))
    clip = write_clip(tmp_path / "a.mp4", grey_steps(20, width=1280, height=720), rate_hz=10)
    tracker = OpenFaceTracker()
    track = track_video(clip, tracker, [0.0, 1.0], rate_hz=5)
    stream = face_stream(track.rows, tracker, rate_hz=5)
    at = {name: stream.values[:, n] for n, name in enumerate(stream.columns)}
    assert stream.columns == (*POSE_COLUMNS, *GAZE_COLUMNS, *LANDMARK_COLUMNS, *ACTION_UNITS)
    assert at["AU12_r"] == pytest.approx(0.2 * np.arange(10), abs=1e-5)
    assert at["pose_Rz"] == pytest.approx(0.2)
    assert at["x_1"] == pytest.approx(610)  # pixels of the full frame, though it was shrunk
    assert track.crops.shape == (2, CROP_SIZE_PX, CROP_SIZE_PX, 3) and track.crop_valid.all()
    assert tracker.observe(np.zeros((360, 640, 3), np.uint8), 0.5).face is None
    assert tracker.observe(np.zeros((360, 640, 3), np.uint8), 0.4).face.landmarks[1, 0] == 305


def test_a_given_table_needs_no_program(tmp_path):
    table = write(tmp_path / "t.csv", [row(n) for n in range(20)])
    clip = write_clip(tmp_path / "a.mp4", grey_steps(20), rate_hz=10)
    tracker = OpenFaceTracker("no-such-program", table=table)
    track = track_video(clip, tracker, [1.0], rate_hz=5)
    assert len(track.rows) == 10 and track.crop_valid.all()
    assert "table_sha256" in tracker.provenance.settings
    short = write(tmp_path / "s.csv", [row(0)[:-30]], head=HEAD[:-30])
    with pytest.raises(BackendError, match=r"s\.csv: OpenFace wrote no .* columns are missing"):
        OpenFaceTracker(table=short).start(clip)


def test_a_program_that_fails_or_is_missing_is_named(tmp_path, feature_extraction):
    with pytest.raises(BackendError, match="FeatureExtractionX: not on PATH; install OpenFace"):
        OpenFaceTracker("FeatureExtractionX")
    clip = write_clip(tmp_path / "a.mp4", grey_steps(5))
    feature_extraction("echo 'could not load the model' >&2; exit 3")
    with pytest.raises(BackendError, match=r"exit status 3 \(could not load the model\)") as caught:
        OpenFaceTracker().start(clip)
    assert str(clip) in str(caught.value)
