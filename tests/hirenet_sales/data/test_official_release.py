"""First Impressions V2 as published: the same clips as from the tables."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from toy_dataset import rows, write_table
from toy_tables import write_release

from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.errors import DatasetError

PER_SPLIT = {"source-train": 3, "source-validation": 2, "source-calibration": 2}


@pytest.fixture
def table() -> list[dict[str, str]]:
    return rows(PER_SPLIT, clips=2)


@pytest.mark.parametrize("protocol", [0, 2])
def test_the_same_clips_as_from_the_tables(tmp_path: Path, table, protocol: int) -> None:
    write_table(tmp_path / "tables", table)
    write_release(tmp_path / "release", table, protocol)
    expected = FirstImpressions(tmp_path / "tables").clips
    found = FirstImpressions(tmp_path / "release").clips
    assert [c.name for c in found] == [c.name for c in expected]
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a.targets, b.targets)
        assert (a.source, a.split, a.source_split, a.transcript, a.scores) == (
            b.source,
            b.split,
            b.source_split,
            b.transcript,
            b.scores,
        )


def test_recordings_in_any_folder_below(tmp_path: Path, table) -> None:
    write_release(tmp_path, table)
    folder = tmp_path / "train-1" / "training80_01"
    folder.mkdir(parents=True)
    (folder / table[0]["clip"]).write_bytes(b"x")
    media = {c.name: c.media for c in FirstImpressions(tmp_path).clips}
    assert media.pop(table[0]["clip"]) == folder / table[0]["clip"]
    assert not any(media.values())


def test_text_of_python_2_is_utf8(tmp_path: Path, table) -> None:
    table[0]["transcription"] = "café naïve"
    table[0]["split"] = "train"
    write_release(tmp_path, table)
    path = tmp_path / "train-annotation" / "transcription_training.pkl"
    spoken = pickle.loads(path.read_bytes())
    raw = spoken[table[0]["clip"]].encode().decode("latin1")  # as Latin-1 reads UTF-8 bytes
    path.write_bytes(pickle.dumps({**spoken, table[0]["clip"]: raw}, protocol=2))
    by_name = {c.name: c.transcript for c in FirstImpressions(tmp_path).clips}
    assert by_name[table[0]["clip"]] == "café naïve"


def change_labels(root: Path, change) -> None:
    path = root / "train-annotation" / "annotation_training.pkl"
    labels = pickle.loads(path.read_bytes())
    change(labels)
    path.write_bytes(pickle.dumps(labels, protocol=2))


def test_all_labels_out_of_range_at_once(tmp_path: Path, table) -> None:
    write_release(tmp_path, table)
    names = [row["clip"] for row in table if row["split"] == "train"][:2]

    def change(labels):
        labels["openness"][names[0]] = 1.5
        labels["neuroticism"][names[1]] = float("nan")

    change_labels(tmp_path, change)
    with pytest.raises(DatasetError, match="2 problems") as error:
        FirstImpressions(tmp_path)
    assert f"annotation_training.pkl, clip {names[0]}: openness is '1.5'" in str(error.value)
    assert f"clip {names[1]}: neuroticism_column is 'nan'" in str(error.value)


def test_a_clip_without_one_of_its_labels(tmp_path: Path, table) -> None:
    write_release(tmp_path, table)
    change_labels(tmp_path, lambda labels: labels["openness"].popitem())
    with pytest.raises(DatasetError, match="openness is ''"):
        FirstImpressions(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda labels: labels.pop("openness"), "no trait openness; found agreeableness"),
        (lambda labels: labels.update(openness=[1]), "expected a dictionary of trait to clip"),
    ],
)
def test_another_content(tmp_path: Path, table, change, message: str) -> None:
    write_release(tmp_path, table)
    change_labels(tmp_path, change)
    with pytest.raises(DatasetError, match=message):
        FirstImpressions(tmp_path)


def test_a_file_of_no_known_part(tmp_path: Path, table) -> None:
    write_release(tmp_path, table)
    path = tmp_path / "train-annotation" / "annotation_training.pkl"
    path.rename(path.with_name("annotation_secret.pkl"))
    with pytest.raises(DatasetError, match=r"which part is it\? Expected one of training"):
        FirstImpressions(tmp_path)


def test_text_alone_needs_no_recording_and_the_others_do(tmp_path: Path, table) -> None:
    write_release(tmp_path, table)
    found = load_dataset("first-impressions-v2", tmp_path, streams=("text",), cache=tmp_path / "c")
    assert len(found) == sum(PER_SPLIT.values())
    assert all(len(answer) for interview in found.streams["text"] for answer in interview)
    with pytest.raises(DatasetError, match="release without its recordings"):
        load_dataset("first-impressions-v2", tmp_path, streams=("visual",), cache=tmp_path / "c")
