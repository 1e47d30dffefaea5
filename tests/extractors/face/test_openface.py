"""OpenFace's tables are read as they are, and so is what its program writes."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from extractors.errors import BackendError, ExtractionError
from extractors.face.descriptors import smooth
from extractors.face.observation import GAZE_COLUMNS, LANDMARK_COLUMNS, POSE_COLUMNS
from extractors.face.openface import run_openface
from extractors.face.openface_table import read_openface_csv
from tests.extractors.clips import grey_steps, write_clip

ACTION_UNITS = tuple(
    f"AU{n:02d}_r" for n in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)
)
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
        "confidence": 0.98,
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
    stream = read_openface_csv(path).stream
    assert stream.columns == ("confidence", *KEPT)
    assert stream.valid.tolist() == [True, True, False, True, True]
    assert stream.spans[:, 0] == pytest.approx(np.arange(5) / 10)
    assert stream.spans[:, 1] == pytest.approx(np.arange(1, 6) / 10)
    smiles = stream.values[stream.valid, stream.columns.index("AU12_r")]
    assert smiles == pytest.approx([0.0, 0.1, 0.3, 0.4])
    assert smooth(stream).values[0, stream.columns.index("AU12_r")] == pytest.approx(0.2)


def test_of_several_faces_the_one_that_fills_most_is_taken(tmp_path):
    rows = [row(n, face_id=0, side=20) for n in range(10)]
    rows += [row(n, face_id=1, side=60, left=100) for n in range(4, 8)]
    rows += [row(0, face_id=2, side=90)]
    path = write(tmp_path / "a.csv", sorted(rows, key=lambda r: r[0]))
    table = read_openface_csv(path)
    x = table.stream
    assert table.problems == (
        "other faces are described, too (0, 2); number 1, which fills most of the picture over "
        "time, is taken: check that it is the speaker's",
    )
    assert x.valid.tolist() == [False] * 4 + [True] * 4 + [False] * 2


def test_a_table_without_a_face_says_so(tmp_path):
    path = write(tmp_path / "a.csv", [row(0, success=0), row(1, success=0)])
    assert read_openface_csv(path).stream.reason == "no face found in 2 frames"
    none = read_openface_csv(write(tmp_path / "b.csv", []), duration_s=4.0, frame_rate_hz=25.0)
    assert none.stream.reason == "no face found in 0 frames"


def with_cells(count: int = 40, **cells):
    """Rows at 10 a second; of a column, other values at some rows: {row: value}."""
    rows = [row(n) for n in range(count)]
    for name, values in cells.items():
        for number, value in values.items():
            rows[number][HEAD.index(name)] = value
    return rows


@pytest.mark.parametrize(
    ("cells", "unseen", "problem"),
    [
        ({"AU12_r": {3: "-nan(ind)"}}, [3], "1 of 40 rows hold values that are not numbers"),
        ({"AU12_r": {3: "nan", 5: "inf"}}, [3, 5], "2 of 40 rows hold values that are not numbers"),
        ({"x_3": {1: "1.#QNAN"}, "y_3": {2: ""}}, [1, 2], "2 of 40 rows hold values that are no"),
        ({"success": {4: "nan"}}, [4], None),
        ({"success": {4: 0, 5: 0}}, [4, 5], None),
        (
            {"AU12_r": {7: 99_999}},
            [7],
            "1 of 40 rows hold values impossible for a face (AU12_r 99999, expected 0 to 5)",
        ),
        ({"AU01_r": {7: -3}}, [7], "(AU01_r -3, expected 0 to 5)"),
        ({"AU01_r": {7: 5.02, 8: -0.01}}, [], None),
        ({"AU28_c": {7: 2}}, [7], "(AU28_c 2, expected 0 or 1)"),
        ({"pose_Tz": {0: -40}}, [0], "(pose_Tz -40, expected 0 to 10 m before the camera)"),
        ({"pose_Tx": {0: 1e9}}, [0], "(pose_Tx 1e+09, expected within 10 m)"),
        ({"pose_Rx": {0: 57}}, [0], "(pose_Rx 57, expected -pi to pi)"),
        ({"gaze_0_x": {0: 9}}, [0], "(gaze_0_x 9, expected -1 to 1)"),
        ({"x_0": {0: 1e30}}, [0], "(x_0 1e+30, expected pixels within 20,000)"),
        ({"confidence": {9: 98}}, [9], "(confidence 98, expected 0 to 1)"),
        (
            {"confidence": {1: 0.02, 2: 0.69, 3: 0.7}},
            [1, 2],
            "2 of 40 rows have a confidence below 0.7, which OpenFace takes for a failure",
        ),
    ],
)
def test_rows_that_cannot_be_believed_are_not_seen(tmp_path, cells, unseen, problem):
    path = write(tmp_path / "a.csv", with_cells(**cells))
    table = read_openface_csv(path, duration_s=4.0, frame_rate_hz=10.0)
    assert np.flatnonzero(~table.stream.valid).tolist() == unseen
    assert np.isfinite(table.stream.values).all() and len(table.stream) == 40
    if problem is None:
        assert table.problems == ()
    else:
        [message] = table.problems
        assert problem in message and message.endswith("; they count as not seen")


def times(values) -> dict:
    return {"timestamp": dict(enumerate(values))}


NOT_ASCENDING = "its time stamps do not ascend (1 of 40 differ)"
FORTY = np.arange(40) / 10


@pytest.mark.parametrize(
    ("cells", "rate_hz", "starts", "problem"),
    [
        (times(FORTY), 10, FORTY, None),
        (
            {"timestamp": {3: "nan", 7: "-nan(ind)"}},
            10,
            np.delete(FORTY, [3, 7]),
            "2 of 40 rows have no time stamp or no number of a face; they are left out",
        ),
        (
            {"face_id": {3: "nan", 7: 1e300}},
            10,
            np.delete(FORTY, [3, 7]),
            "2 of 40 rows have no time stamp or no number of a face; they are left out",
        ),
        (
            {"timestamp": {3: 0.2}},
            10,
            np.delete(FORTY, 3),
            "1 of 40 rows repeat a time stamp; they are left out",
        ),
        (
            {"timestamp": {38: 30.0, 39: 34.0}},
            10,
            FORTY[:38],
            "2 of 40 rows lie outside of the recording; they are left out",
        ),
        (
            {"timestamp": {0: -5}},
            10,
            FORTY[1:],
            "1 of 40 rows lie outside of the recording; they are left out",
        ),
        (
            times(np.zeros(40)),
            10,
            FORTY,
            "its time stamps do not ascend; the numbers of its frames are used instead, at 10 "
            "frames a second as in the recording",
        ),
        (times(FORTY[::-1]), 10, FORTY, "its rows are not in the order of time; they were put int"),
        (
            times(FORTY / 10),
            10,
            FORTY / 10,
            "it describes 0.0 to 0.4 s of 4.0 s; check that it belongs to this recording",
        ),
    ],
)
def test_times_are_held_against_the_recording(tmp_path, cells, rate_hz, starts, problem):
    path = write(tmp_path / "a.csv", with_cells(**cells))
    table = read_openface_csv(path, duration_s=4.0, frame_rate_hz=rate_hz)
    assert table.stream.spans[:, 0] == pytest.approx(starts)
    assert len(table.problems) == (problem is not None)
    assert problem is None or problem in table.problems[0]


ELSEWHERE = "it belongs to another recording; give this one's"


@pytest.mark.parametrize(
    ("cells", "given", "message"),
    [
        (
            times(30 + FORTY),
            {"duration_s": 4.0},
            "40 of 40 rows lie elsewhere (the table has 30.0 to 33.9 s, the recording has 0 to "
            f"4.0 s): {ELSEWHERE}",
        ),
        (times(10 * FORTY), {"duration_s": 4.0}, f"the recording has 0 to 4.0 s): {ELSEWHERE}"),
        (times(-1 - FORTY), {}, f"a recording begins at 0 s): {ELSEWHERE}"),
        (
            times(np.zeros(40)),
            {},
            f"{NOT_ASCENDING}, and no frame rate is at hand to count frames; write the table again "
            "with OpenFace",
        ),
        (
            {**times(np.zeros(40)), "frame": dict.fromkeys(range(40), 1)},
            {"duration_s": 4.0, "frame_rate_hz": 10.0},
            f"{NOT_ASCENDING}, nor do the numbers of its frames; write the table again with "
            "OpenFace",
        ),
        (
            times(["nan"] * 40),
            {},
            "no row has a time stamp; write the table again with OpenFace",
        ),
    ],
)
def test_times_that_cannot_be_used_refuse_the_table(tmp_path, cells, given, message):
    path = write(tmp_path / "a.csv", with_cells(**cells))
    with pytest.raises(ExtractionError) as caught:
        read_openface_csv(path, **given)
    assert str(caught.value).startswith(f"{path}: ") and str(caught.value).endswith(message)


def test_a_face_of_absurd_size_is_not_the_largest(tmp_path):
    rows = [row(n, face_id=0, side=20) for n in range(10)]
    rows += [row(n, face_id=1, side=1e30) for n in range(10)]
    table = read_openface_csv(write(tmp_path / "a.csv", rows))
    assert set(table.stream.values[:, table.stream.columns.index("x_1")]) == {30.0}
    assert table.stream.valid.all() and table.problems == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        ("name,age\nx,3\n", "no column timestamp"),
        ("frame, timestamp, success, AU01_r\n1,0.0,1\n", "line 2: 3 fields, expected 4"),
        ("frame, timestamp, success, AU01_r\n1,0.0,1,high\n", "line 2: .*expected numbers"),
        ("frame, timestamp, success, AU01_r, AU01_r\n1,0,1,2,2\n", "column AU01_r comes twice"),
        ("\ufeffframe, timestamp, success, AU01_r\n1,0,1,high\n", "line 2: .*expected numbers"),
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
def feature_extraction(tmp_path):
    """Stands for OpenFace's program: copies a ready table to where it is to write."""

    def install(script: str) -> Path:
        program = tmp_path / "FeatureExtraction"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    return install


# FeatureExtraction -f VIDEO -out_dir FOLDER -of NAME -2Dfp -pose -gaze -aus
COPY = 'test "$1" = -f && test -f "$2" && test "$3" = -out_dir && cp "{}" "$4/$6.csv"'


def test_the_table_of_the_program_is_read(tmp_path, feature_extraction):
    table = write(tmp_path / "t.csv", [row(n, success=n != 5) for n in range(20)])
    clip = write_clip(tmp_path / "a.mp4", grey_steps(20), rate_hz=10)
    stream = run_openface(feature_extraction(COPY.format(table)), clip).stream
    assert stream.columns == ("confidence", *KEPT)
    assert np.flatnonzero(~stream.valid).tolist() == [5]
    smiles = stream.values[stream.valid, stream.columns.index("AU12_r")]
    assert smiles[:5] == pytest.approx(0.1 * np.arange(5))


def test_a_program_that_fails_is_named(tmp_path, feature_extraction):
    clip = write_clip(tmp_path / "a.mp4", grey_steps(5))
    program = feature_extraction("echo 'could not load the model' >&2; exit 3")
    with pytest.raises(BackendError, match=r"exit status 3 \(could not load the model\)") as caught:
        run_openface(program, clip)
    assert str(clip) in str(caught.value)
    short = write(tmp_path / "s.csv", [row(0)[:-30]])
    with pytest.raises(BackendError, match="wrote a table that cannot be used"):
        run_openface(feature_extraction(COPY.format(short)), clip)
