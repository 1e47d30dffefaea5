"""Answers whose face OpenFace described: in a table of one's own, and in an analysis."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from toy_openface import openface_table
from toy_tables import TRAITS, write_csv

from extractors.face.observation import LANDMARK_COLUMNS, SHAPE_COLUMNS
from extractors.face.openface_table import read_openface_csv
from hirenet_sales.cli import main
from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.dataset_check import check_dataset
from hirenet_sales.data.stream_inputs import face_table
from hirenet_sales.errors import DatasetError
from hirenet_sales.release import train

PEOPLE = 24
CONFIG = {
    "kind": "model",
    "name": "toy-face",
    "model": "hirenet",
    "data": {"name": "recorded", "streams": ["visual"], "visual": "face"},
    "split": {"shares": [0.5, 0.25, 0.25]},
    "options": {"epochs": 1, "loggers": [], "progress": False},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A table of answers without any recording, each with OpenFace's CSV."""
    root = tmp_path_factory.mktemp("openface")
    rows = []
    for n in range(PEOPLE):
        openface_table(root / f"face{n}.csv", smile=5 * n / PEOPLE)
        label = dict.fromkeys(TRAITS, round(n / PEOPLE, 3))
        rows.append({"interview": f"i{n}", "question": "Why?", "openface": f"face{n}.csv", **label})
    write_csv(root / "answers.csv", rows)
    return root


def test_neither_size_of_the_picture_nor_landmarks_count(tmp_path: Path) -> None:
    small = read_openface_csv(openface_table(tmp_path / "small.csv")).stream
    large = read_openface_csv(openface_table(tmp_path / "large.csv", size=3.0)).stream
    one, other = face_table(small), face_table(large)
    assert not {*one.columns} & {*LANDMARK_COLUMNS}
    assert {"pose_Rx", "gaze_angle_x", "AU12_r", "AU12_c"} <= {*one.columns}
    assert "confidence" not in one.columns
    np.testing.assert_array_equal(one.values, other.values)
    one, other = face_table(small, shape=True), face_table(large, shape=True)
    assert one.columns[-136:] == SHAPE_COLUMNS
    np.testing.assert_allclose(one.values, other.values, atol=1e-3)  # cells have two digits


def test_the_column_of_recorded(folder: Path) -> None:
    found = load_dataset(
        "recorded", folder, streams=("visual",), visual="face", cache=folder / "cache"
    )
    smile = found.columns["visual"].index("AU12_r")
    means = [rows[0][:, smile].mean() for rows in found.streams["visual"]]
    np.testing.assert_allclose(means, [5 * n / PEOPLE for n in range(PEOPLE)], atol=2e-3)
    assert not found.completeness.losses


def test_data_check_opens_the_tables(tmp_path: Path) -> None:
    openface_table(tmp_path / "a.csv")
    names = ("a.csv", "absent.csv")
    rows = [{"interview": f, "openface": f, "openness": 0.5} for f in names]
    write_csv(tmp_path / "answers.csv", rows)
    checked = check_dataset("recorded", tmp_path)
    assert checked["data"]["streams"]["visual"] == {"named": 2, "read": 1}
    assert "absent.csv: no such file" in " ".join(checked["problems"])


def test_tables_of_two_kinds_are_refused_with_their_lines(folder: Path, tmp_path: Path) -> None:
    openface_table(tmp_path / "a.csv")
    openface_table(tmp_path / "b.csv", presences=False)
    rows = [{"interview": name, "openface": f"{name}.csv", "openness": 0.5} for name in ("a", "b")]
    write_csv(tmp_path / "answers.csv", rows)
    with pytest.raises(DatasetError) as error:
        load_dataset(
            "recorded", tmp_path, streams=("visual",), visual="face", cache=tmp_path / "cache"
        )
    assert "answers.csv, line 3 has 31 columns of the stream visual" in str(error.value)
    assert "answers.csv, line 2 has 48" in str(error.value)
    assert "for every answer, or for none" in str(error.value)


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    return train(config, folder, out=folder / "model", cache=folder / "cache")


@pytest.mark.parametrize("odd", [1, 2, None])
def test_an_analysis_of_mixed_answers_names_them(
    model: Path, tmp_path: Path, odd: int | None
) -> None:
    for n in (1, 2):
        openface_table(tmp_path / f"face{n}.csv", presences=n != odd)
    answers = [{"id": f"q{n}", "question": "Why?", "openface": f"face{n}.csv"} for n in (1, 2)]
    interview = {"id": "one", "job_title": "clerk", "language": "en", "answers": answers}
    (tmp_path / "interview.yaml").write_text(yaml.safe_dump(interview), encoding="utf-8")
    arguments = ["analyze", str(tmp_path / "interview.yaml"), "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [*arguments, "--checkpoint", str(model)])
    if odd is None:
        result = json.loads((tmp_path / "out" / "assessment.json").read_text(encoding="utf-8"))
        assert done.exit_code == 0, done.output
        assert result["answers"][0]["streams"]["visual"]["available"]
        return
    assert done.exit_code == 2, done.output
    assert isinstance(done.exception, SystemExit)
    assert f"answer q2 has {31 if odd == 2 else 48} columns of the stream visual" in done.stderr
    assert "give an OpenFace table of the same version for every answer" in done.stderr
