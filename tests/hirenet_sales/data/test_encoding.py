"""From recordings to streams: every stream, bad answers listed, done work not done again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips import portrait, tone, write_clip
from toy_dataset import rows
from toy_tables import write_csv, write_release

from hirenet_sales.data import encoding
from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.encoding import WHOLE_ANSWER_S
from hirenet_sales.data.interview_set import InterviewSet

SECONDS = 3


def recording(path: Path) -> Path:
    moving = [portrait(320, 240, at=(0.4 + 0.02 * (n % 10), 0.5)) for n in range(10 * SECONDS)]
    return write_clip(path, moving, tone(SECONDS, hz=220))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two interviews of two answers: good, words alone, damaged, and no file."""
    root = tmp_path_factory.mktemp("recorded")
    recording(root / "good.mp4")
    (root / "damaged.mp4").write_bytes(b"\0" * 5000)
    (root / "words.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nI sold cars\n")
    (root / "broken.srt").write_text("not a subtitle")
    common = {"question": "Why?", "openness": 0.5}
    write_csv(
        root / "answers.csv",
        [
            {"interview": "a", "media": "good.mp4", "transcript": "words.srt", **common},
            {"interview": "a", "media": "", "transcript": "words.srt", **common},
            {"interview": "b", "media": "damaged.mp4", "transcript": "words.srt", **common},
            {"interview": "b", "media": "absent.mp4", "transcript": "broken.srt", **common},
        ],
    )
    return root


def load(folder: Path, **options) -> InterviewSet:
    return load_dataset("recorded", folder, **{"cache": folder / "cache", **options})


@pytest.fixture(scope="module")
def found(folder: Path) -> InterviewSet:
    return load(folder)


def steps(found: InterviewSet, stream: str) -> list[list[int]]:
    return [[len(answer) for answer in interview] for interview in found.streams[stream]]


def test_streams_of_a_recording(found: InterviewSet) -> None:
    assert steps(found, "text") == [[3, 3], [3, 0]]
    assert found.words == [[("I", "sold", "cars")] * 2, [("I", "sold", "cars"), ()]]
    assert steps(found, "visual") == [[SECONDS, 0], [0, 0]]  # one crop a second
    audio = steps(found, "audio")
    assert audio[0][0] == pytest.approx(10 * SECONDS, abs=2)  # one row every 0.1 s
    assert [*audio[0][1:], *audio[1]] == [0, 0, 0]
    for name, interviews in found.streams.items():
        widths = {answer.shape[1] for interview in interviews for answer in interview}
        assert widths == {len(found.columns[name])}
        assert all(np.isfinite(answer).all() for interview in interviews for answer in interview)
    assert len(found.columns["audio"]) == 25
    functionals = found.functionals["audio"]
    assert [f.shape for f in functionals] == [(2, 88), (2, 88)]
    known = [np.isfinite(f).all(axis=1).tolist() for f in functionals]
    assert known == [[True, False], [False, False]]


def test_bad_answers_are_listed_with_their_line(found: InterviewSet) -> None:
    told = "\n".join(found.problems)
    assert "answers.csv, line 4: " in told
    assert "damaged.mp4" in told
    assert "line 5: absent.mp4: no such file; copy it into the folder" in told
    assert "line 5: broken.srt: line 1: " in told
    assert "line 2" not in told
    assert len(found) == 2


def test_a_second_time_nothing_is_computed(folder: Path, found, monkeypatch) -> None:
    def computed(*_: object, **__: object) -> None:
        raise AssertionError("extracted again")

    monkeypatch.setattr("extractors.media.container.av.open", computed)
    monkeypatch.setattr("extractors.face.cnn.LiteEncoder.encode", computed)
    (folder / "damaged.mp4").rename(folder / "away.mp4")  # there is nothing kept of it
    try:
        again = load(folder, streams=("visual", "audio"))
    finally:
        (folder / "away.mp4").rename(folder / "damaged.mp4")
    for name in ("visual", "audio"):
        np.testing.assert_array_equal(again.streams[name][0][0], found.streams[name][0][0])


def test_in_several_processes_the_same(folder: Path, found, monkeypatch) -> None:
    monkeypatch.setattr(encoding, "CHUNK", 1)
    seen = []
    again = load(
        folder, streams=("text", "audio"), jobs=2, progress=lambda *told: seen.append(told)
    )
    for name, interviews in again.streams.items():
        for one, other in zip(interviews, found.streams[name], strict=True):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_array_equal(a, b)
    assert again.problems == found.problems
    assert [done for stage, done, _ in seen if stage == "answers"] == [1, 2, 3, 4]


def test_words_alone_open_no_recording(folder: Path, monkeypatch) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("a recording was opened")

    monkeypatch.setattr("extractors.media.container.av.open", opened)
    assert steps(load(folder, streams=("text",)), "text") == [[3, 3], [3, 0]]


def test_the_face_as_openface_describes_it(folder: Path) -> None:
    found = load(folder, streams=("visual",), visual="face")
    assert len(found.streams["visual"][0][0]) > SECONDS  # every 0.25 s
    assert any(column.startswith("AU") for column in found.columns["visual"])


def test_functionals_are_of_the_whole_answer() -> None:
    recipe = encoding.Encoding().recipe()
    assert recipe.slices(600.0).tolist() == [[0.0, 600.0]]
    assert recipe.slice_s == WHOLE_ANSWER_S


def test_clips_of_the_release_have_the_columns_of_the_tables(tmp_path: Path) -> None:
    table = rows({"source-train": 3}, clips=1)
    write_release(tmp_path, table)
    (tmp_path / "train-1").mkdir()
    recording(tmp_path / "train-1" / table[0]["clip"])
    found = load_dataset("first-impressions-v2", tmp_path, cache=tmp_path / "cache")
    place = found.ids.index(table[0]["youtube_id"])
    assert len(found.columns["audio"]) == 26
    assert found.columns["visual"][0] == "cnn_0"
    assert len(found.streams["audio"][place][0]) == 1
    heard = found.functionals["audio"][place][0]  # as of the tables: the clip's one row
    np.testing.assert_array_equal(heard, found.streams["audio"][place][0][0])
    assert len(found.streams["visual"][place][0]) > 0
    others = [k for k in range(len(found)) if k != place]
    assert all(len(found.streams["visual"][k][0]) == 0 for k in others)
