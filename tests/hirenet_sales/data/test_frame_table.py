"""Frames of clips: faces and scenes of one size, made once."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from toy_dataset import portrait, rows, write_table

from hirenet_sales.data import frame_table as module
from hirenet_sales.data.frame_table import load_frames
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.errors import DatasetError


def plain(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (128, 172), colour).save(file, "PNG")
    return file.getvalue()


def write_pictures(folder: Path, pictures: dict[str, bytes]) -> None:
    with tarfile.open(folder / "faces-train.tar", "w") as tar:
        for name, content in pictures.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three clips: two frames with a face, one of each kind, none."""
    table = rows({"source-train": 3}, clips=1)
    write_table(tmp_path / "data", table)
    a, b, _ = sorted(row["clip"] for row in table)
    rng = np.random.default_rng(0)
    write_pictures(
        tmp_path / "data",
        {
            f"{b}-81.jpg": plain((200, 10, 10)),
            f"{a}-81.jpg": portrait(rng),
            f"{a}-1.jpg": portrait(rng),
            f"{b}-1.jpg": portrait(rng),
        },
    )
    return tmp_path / "data"


def test_scenes_and_faces_have_the_same_rows(folder: Path, tmp_path: Path) -> None:
    data = FirstImpressions(folder)
    a, b, _ = (clip.name for clip in data.clips)
    face = load_frames(data, tmp_path / "cache", kind="face", size_px=48)
    scene = load_frames(data, tmp_path / "cache", kind="scene", size_px=48)
    for table in (face, scene):
        assert table.frames.shape == (4, 48, 48, 3)
        assert table.frames.dtype == np.uint8
        assert isinstance(table.frames, np.memmap)
        assert set(table.rows) == {a, b}
        for name in (a, b):
            assert set(table.clips[table.rows[name]]) == {name}
            assert table.times_s[table.rows[name]].tolist() == [0.0, 80 / 30]
    np.testing.assert_array_equal(face.clips, scene.clips)
    assert scene.valid.all()
    assert face.valid[face.rows[a]].all()
    assert face.valid[face.rows[b]].tolist() == [True, False]
    last = face.rows[b][1]
    assert not face.frames[last].any()
    np.testing.assert_allclose(scene.frames[last].reshape(-1, 3), [[200, 10, 10]] * 48**2, atol=2)
    assert not np.array_equal(face.frames[face.rows[a][0]], scene.frames[scene.rows[a][0]])


def test_pictures_are_made_once(folder: Path, tmp_path: Path, monkeypatch) -> None:
    data = FirstImpressions(folder)
    made = load_frames(data, tmp_path / "cache", kind="scene", size_px=32)
    monkeypatch.setattr(module, "_scenes", lambda *_: pytest.fail("made anew"))
    again = load_frames(data, tmp_path / "cache", kind="scene", size_px=32)
    np.testing.assert_array_equal(made.frames, again.frames)
    np.testing.assert_array_equal(made.clips, again.clips)
    with pytest.raises(pytest.fail.Exception, match="made anew"):
        load_frames(data, tmp_path / "cache", kind="scene", size_px=40)


def test_other_clips_are_left_out(folder: Path, tmp_path: Path) -> None:
    data = FirstImpressions(folder)
    load_frames(data, tmp_path, kind="face", size_px=32)
    data.clips = data.clips[1:]
    for kind in ("face", "scene"):
        assert set(load_frames(data, tmp_path, kind=kind, size_px=32).rows) == {data.clips[0].name}


@pytest.mark.parametrize("kind", ["face", "scene"])
def test_a_folder_without_portraits(tmp_path: Path, kind) -> None:
    write_table(tmp_path, rows({"source-train": 1}, clips=2))
    with pytest.raises(DatasetError, match="no portrait of these 2 clips; expected them in faces"):
        load_frames(FirstImpressions(tmp_path), tmp_path / "cache", kind=kind, size_px=32)


def test_a_damaged_picture(folder: Path, tmp_path: Path) -> None:
    data = FirstImpressions(folder)
    name = data.clips[0].name
    write_pictures(folder, {f"{name}-1.jpg": b"not a picture"})
    with pytest.raises(DatasetError, match=f"{name}: portrait 1 cannot be read"):
        load_frames(data, tmp_path, kind="scene", size_px=32)
