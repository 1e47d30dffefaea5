"""The loader of First Impressions V2: what it reads, and what it says of damaged folders."""

from __future__ import annotations

import csv
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from toy_dataset import rows, write_audio, write_dataset, write_table

from extractors.face.alignment import CROP_SIZE_PX
from extractors.face.cnn import LiteEncoder
from extractors.voice.spectral import COLUMNS as SPECTRAL_COLUMNS
from hirenet_sales.data import portrait_table as module
from hirenet_sales.data.features import audio_inputs, embed_portraits, spoken, visual_inputs
from hirenet_sales.data.portrait_table import portrait_table
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import TRAITS

PER_SPLIT = {"source-train": 3, "source-validation": 2, "source-calibration": 2}


@pytest.fixture
def table() -> list[dict[str, str]]:
    return rows(PER_SPLIT, clips=2)


@pytest.fixture
def folder(tmp_path: Path, table) -> Path:
    write_table(tmp_path, table)
    write_audio(tmp_path, table)
    return tmp_path


def test_labels_in_the_order_and_polarity_of_the_house(folder: Path, table) -> None:
    by_name = {row["clip"]: row for row in table}
    data = FirstImpressions(folder)
    assert len(data.clips) == len(table)
    for clip in data.clips:
        row = by_name[clip.name]
        expected = [float(row[trait]) for trait in TRAITS[:4]]
        expected.append(1 - float(row["neuroticism_column"]))
        np.testing.assert_allclose(clip.targets, expected)
        assert clip.transcript == row["transcription"]
        assert clip.spectral is not None
        assert clip.spectral.shape == (26,)
        assert clip.media is None


def test_clips_of_a_source_are_one_interview_in_order(folder: Path) -> None:
    interviews = FirstImpressions(folder).interviews()
    assert len(interviews) == sum(PER_SPLIT.values())
    for group in interviews:
        assert len({c.source for c in group}) == 1
        assert [c.name for c in group] == sorted(c.name for c in group)


def test_source_splits_are_disjoint_and_complete(folder: Path) -> None:
    parts = {split: FirstImpressions(folder, split) for split in PER_SPLIT}
    for split, count in PER_SPLIT.items():
        assert len({c.source for c in parts[split].clips}) == count
    names = [c.name for part in parts.values() for c in part.clips]
    assert sorted(names) == sorted(c.name for c in FirstImpressions(folder).clips)


def test_official_split(folder: Path) -> None:
    assert {c.split for c in FirstImpressions(folder, "train").clips} == {"train"}


def test_unknown_split(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"no split 'test'; there are train.*source-validation"):
        FirstImpressions(folder, "test")


def test_split_without_a_clip(tmp_path: Path) -> None:
    write_table(tmp_path, rows({"source-train": 2}, clips=1))
    with pytest.raises(DatasetError, match="'source-validation' holds no clip"):
        FirstImpressions(tmp_path, "source-validation")


def test_no_table(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no clips\.csv; give the folder that holds it"):
        FirstImpressions(tmp_path)


def test_missing_columns_are_named(tmp_path: Path) -> None:
    (tmp_path / "clips.csv").write_text("split,clip,openness\ntrain,a.001.mp4,0.5\n")
    with pytest.raises(DatasetError) as error:
        FirstImpressions(tmp_path)
    for column in ("youtube_id", "neuroticism_column", "agreeableness"):
        assert column in str(error.value).split("; found")[0]
    assert "; found clip, openness, split" in str(error.value)


@pytest.mark.parametrize("value", ["1.2", "-0.1", "", "high", "nan"])
def test_label_out_of_range_names_its_line(tmp_path: Path, table, value: str) -> None:
    table[0]["transcription"] = "two\nlines"  # so that the third row ends in line 5
    table[2]["conscientiousness"] = value
    write_table(tmp_path, table)
    with pytest.raises(DatasetError) as error:
        FirstImpressions(tmp_path)
    assert f"line 5: conscientiousness is '{value}', expected a number from 0" in str(error.value)


def test_table_with_a_byte_order_mark(folder: Path) -> None:
    path = folder / "clips.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(FirstImpressions(folder).clips) == 14


def test_missing_tables_are_missing_streams(tmp_path: Path, table) -> None:
    write_table(tmp_path, table)
    data = FirstImpressions(tmp_path)
    assert data.spectral_columns == ()
    assert all(c.spectral is None for c in data.clips)
    assert list(data.portraits()) == []
    assert portrait_table(data, tmp_path / "cache") is None


def change_audio(folder: Path, change) -> None:
    path = folder / "audio_spectral26.csv"
    with path.open(newline="") as file:
        content = list(csv.reader(file))
    change(content)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(content)


@pytest.mark.parametrize("value", ["nan", "inf", ""])
def test_statistics_that_are_not_finite_are_missing(folder: Path, table, value: str) -> None:
    change_audio(folder, lambda content: content[1].__setitem__(3, value))
    data = FirstImpressions(folder)
    assert [c.name for c in data.clips if c.spectral is None] == [table[0]["clip"]]
    [lost] = data.shortfalls  # not in silence
    assert lost.lost
    assert lost.source == "audio_spectral26.csv, line 2"
    assert lost.reason == f"no finite number in {SPECTRAL_COLUMNS[2]}; its audio is left out"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[2].__setitem__(3, "loud"), "line 3: .* is 'loud', expected a num"),
        (lambda content: content[2].pop(), "line 3: 25 numbers, expected 26"),
    ],
)
def test_damaged_statistics(folder: Path, change, message: str) -> None:
    change_audio(folder, change)
    with pytest.raises(DatasetError, match=message):
        FirstImpressions(folder)


def test_empty_table_of_statistics_is_none(folder: Path) -> None:
    (folder / "audio_spectral26.csv").write_bytes(b"")
    assert FirstImpressions(folder).spectral_columns == ()


def write_tar(path: Path, names: list[str], content: bytes = b"x" * 3000) -> None:
    with tarfile.open(path, "w") as tar:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def test_portraits_of_all_tar_files_in_order(folder: Path, table) -> None:
    first, second = table[0]["clip"], table[1]["clip"]
    write_tar(folder / "faces-train.tar", [f"{first}-00081.jpg", f"{first}-00001.jpg", "notes.txt"])
    write_tar(folder / "faces-validation.tar", [f"{second}-1.jpg", "stranger.001.mp4-1.jpg"])
    found = dict(FirstImpressions(folder).portraits())
    assert {name: [n for n, _ in pictures] for name, pictures in found.items()} == {
        first: [1, 81],
        second: [1],
    }


@pytest.mark.parametrize("keep", [0, 300, 2000])
def test_damaged_tar(folder: Path, table, keep: int) -> None:
    path = folder / "faces-train.tar"
    write_tar(path, [f"{row['clip']}-1.jpg" for row in table])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DatasetError, match=r"faces-train\.tar: a damaged tar file .*copy it anew"):
        list(FirstImpressions(folder).portraits())


def test_portraits_of_other_clips_are_no_stream(folder: Path, tmp_path: Path) -> None:
    write_tar(folder / "faces-train.tar", ["stranger.001.mp4-1.jpg"])
    assert portrait_table(FirstImpressions(folder), tmp_path / "cache") is None


def test_a_portrait_that_is_no_picture(folder: Path) -> None:
    name = FirstImpressions(folder).clips[0].name
    with pytest.raises(DatasetError, match=f"{name}: a portrait cannot be read"):
        module._look_at([(name, [(1, b"not a picture")])])


def test_faces_are_found_and_kept(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "data", {"source-train": 2}, clips=2)
    data = FirstImpressions(folder)
    table = portrait_table(data, tmp_path / "cache", jobs=1)
    assert table is not None
    assert sorted(table.clips) == [c.name for c in data.clips]
    assert table.valid.all()
    assert table.crops.shape == (4, CROP_SIZE_PX, CROP_SIZE_PX, 3)
    assert np.isfinite(table.descriptors).all()
    again = portrait_table(data, tmp_path / "cache", jobs=1)
    np.testing.assert_array_equal(again.descriptors, table.descriptors)


def test_a_split_of_a_folder_that_was_looked_at_is_not_looked_at_anew(
    tmp_path: Path, monkeypatch
) -> None:
    folder = write_dataset(tmp_path / "data", {"source-train": 1, "source-validation": 1}, clips=1)
    cache = tmp_path / "cache"
    part = FirstImpressions(folder, "source-validation")
    alone = portrait_table(part, tmp_path / "other", jobs=1)
    whole = portrait_table(FirstImpressions(folder), cache, jobs=1)

    def looked(*_: object) -> None:
        raise AssertionError("looked at anew")

    monkeypatch.setattr(module, "_look", looked)
    found = portrait_table(part, cache, jobs=1)
    assert found.partial
    assert not whole.partial
    assert set(found.clips[found.valid]) == {clip.name for clip in part.clips}
    encoder = LiteEncoder("efficientnet-lite2")
    embedded = embed_portraits(found, encoder, cache)  # of the split alone
    (inputs,) = visual_inputs(part.clips, found, embedded)
    expected = visual_inputs(part.clips, alone, embed_portraits(alone, encoder, cache))
    np.testing.assert_allclose(inputs, expected[0], rtol=1e-4, atol=1e-4)
    everything = embed_portraits(whole, encoder, cache)
    assert not np.array_equal(everything, embedded)
    np.testing.assert_array_equal(embed_portraits(found, encoder, cache), everything)


def test_statistics_of_other_columns_are_refused(folder: Path) -> None:
    path = folder / "audio_spectral26.csv"
    path.write_text(path.read_text().replace("mfcc20", "mfcc21"))
    with pytest.raises(DatasetError, match=f"mfcc21; expected {SPECTRAL_COLUMNS[0]}"):
        audio_inputs(FirstImpressions(folder))


@pytest.mark.parametrize(
    ("transcript", "words"),
    [
        ("I like it.", "I like it."),
        ("I [laughs 00:00:04] like it", "I like it"),
        ("I (coughs) like [a b] it", "I like it"),
        ("[all noise]", ""),
        ("so] it ends", "so] it ends"),
        ("", ""),
    ],
)
def test_notes_of_the_transcriber_were_not_spoken(transcript: str, words: str) -> None:
    assert " ".join(spoken(transcript)) == words
