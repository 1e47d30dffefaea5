"""Pictures and sound of any data set: what of recordings, what of portraits."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from clips import grey_steps, portrait, tone, truncate, write_clip
from PIL import Image
from toy_dataset import write_dataset
from toy_tables import write_csv

from extractors.errors import ExtractionError
from extractors.face.alignment import face_part
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.portraits import describe_portraits
from hirenet_sales.data import frame_interviews as module
from hirenet_sales.data.frame_interviews import (
    Framing,
    frame_interviews,
    recorded_pictures,
)
from hirenet_sales.data.frames import resized
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.errors import DatasetError

RATE_HZ = 10
SCENE = Framing("scene", 24, 5)
FACE = Framing("face", 48, 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A recording with a face and sound, grey pictures without, sound alone, and none."""
    root = tmp_path_factory.mktemp("recorded")
    seen = [portrait(320, 240, at=(0.4 + 0.02 * n, 0.5)) for n in range(10)]
    write_clip(root / "whole.mp4", seen, tone(1.0), rate_hz=RATE_HZ)
    write_clip(root / "grey.mp4", grey_steps(20, 64, 48), rate_hz=RATE_HZ)
    write_clip(root / "heard.mp4", sound=tone(1.0))
    (root / "damaged.mp4").write_bytes(b"\0" * 5000)
    names = ("whole.mp4", "grey.mp4", "heard.mp4", "damaged.mp4", "")
    common = {"interview": "a", "question": "Why?", "openness": 0.5, "transcript": "words.srt"}
    (root / "words.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nI sold cars\n")
    write_csv(root / "answers.csv", [{"media": name, **common} for name in names])
    return root


def counts(found, stream: str) -> list[int]:
    return [len(answer) for answer in found.streams[stream][0]]


def test_scenes_of_a_recording(folder: Path, tmp_path: Path) -> None:
    found = recorded_pictures(folder / "grey.mp4", SCENE, tmp_path, None)
    assert found.pictures.shape == (5, 24, 24, 3)
    assert found.pictures.dtype == np.uint8
    assert isinstance(found.pictures, np.memmap)
    # 2 s in five parts: their middles are 0.2, 0.6, ..., 1.8 s, frames 2, 6, ..., 18
    np.testing.assert_allclose(found.times_s, [0.2, 0.6, 1.0, 1.4, 1.8], atol=1e-6)
    levels = found.pictures.mean((1, 2, 3))
    np.testing.assert_allclose(levels, [16 + 2 * n for n in (2, 6, 10, 14, 18)], atol=2)


def test_both_sides_of_a_scene_are_scaled(tmp_path: Path) -> None:
    picture = np.zeros((48, 96, 3), np.uint8)
    picture[:, :24] = 255
    path = write_clip(tmp_path / "wide.mp4", [picture] * 5, rate_hz=RATE_HZ)
    [scene, *_] = recorded_pictures(path, SCENE, tmp_path / "cache", None).pictures
    assert (scene[:, :5].mean(), scene[:, 7:].mean()) == pytest.approx((255, 0), abs=4)


def test_faces_and_the_times_they_were_seen_at(folder: Path, tmp_path: Path) -> None:
    with MediaPipeTracker() as tracker:
        faces = recorded_pictures(folder / "whole.mp4", FACE, tmp_path, tracker)
        none = recorded_pictures(folder / "grey.mp4", FACE, tmp_path, tracker)
    assert faces.pictures.shape == (5, 48, 48, 3)
    np.testing.assert_allclose(faces.times_s, [0.1, 0.3, 0.5, 0.7, 0.9], atol=1e-6)
    assert none.pictures.shape == (0, 48, 48, 3)
    assert none.times_s.shape == (0,)
    with pytest.raises(ValueError, match="faces are found by a tracker"):
        recorded_pictures(folder / "whole.mp4", Framing("face", 32, 5), tmp_path, None)


def test_only_frames_that_show_a_face(tmp_path: Path) -> None:
    blank = np.full((240, 320, 3), 90, np.uint8)
    seen = [blank] * 10 + [portrait(320, 240)] * 10
    path = write_clip(tmp_path / "late.mp4", seen, rate_hz=RATE_HZ)
    with MediaPipeTracker() as tracker:
        found = recorded_pictures(path, FACE, tmp_path / "cache", tracker)
    np.testing.assert_allclose(found.times_s, [1.0, 1.4, 1.8], atol=1e-6)
    assert len(found.pictures) == 3


def test_a_recorded_face_is_framed_as_that_of_a_portrait(tmp_path: Path) -> None:
    image = portrait(320, 240)
    path = write_clip(tmp_path / "a.mp4", [image] * 5, rate_hz=RATE_HZ, options={"crf": "4"})
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    with MediaPipeTracker() as tracker:
        recorded = recorded_pictures(path, FACE, tmp_path / "cache", tracker).pictures[-1]
        [crop] = describe_portraits([file.getvalue()], [0.0], tracker).crops
    still, loose = resized(face_part(crop), FACE.size_px), resized(crop, FACE.size_px)

    def difference(other: np.ndarray) -> float:
        return float(np.abs(recorded.astype(float) - other).mean())

    assert difference(still) < 12
    assert difference(loose) > 2 * difference(still)


def test_pictures_are_taken_once(folder: Path, tmp_path: Path, monkeypatch) -> None:
    first = recorded_pictures(folder / "grey.mp4", SCENE, tmp_path, None)
    monkeypatch.setattr(module, "_taken", lambda *_: pytest.fail("taken anew"))
    monkeypatch.setattr(module, "CROP_VERSION", "another")  # which a scene does not have
    again = recorded_pictures(folder / "grey.mp4", SCENE, tmp_path, None)
    np.testing.assert_array_equal(again.pictures, first.pictures)
    np.testing.assert_array_equal(again.times_s, first.times_s)
    with pytest.raises(pytest.fail.Exception, match="taken anew"):
        recorded_pictures(folder / "grey.mp4", Framing("scene", 24, 6), tmp_path, None)


def test_a_recording_that_cannot_be_read(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ExtractionError, match=r"damaged\.mp4"):
        recorded_pictures(folder / "damaged.mp4", SCENE, tmp_path, None)
    with pytest.raises(ExtractionError, match=r"heard\.mp4: no picture"):
        recorded_pictures(folder / "heard.mp4", SCENE, tmp_path, None)
    assert not list(tmp_path.iterdir())


def test_all_streams_of_recordings(folder: Path, tmp_path: Path) -> None:
    names = ("frames", "scenes", "waveform")
    found = frame_interviews("recorded", folder, FACE, streams=names, cache=tmp_path)
    assert tuple(found.streams) == names
    assert counts(found, "frames") == [5, 0, 0, 0, 0]
    assert counts(found, "scenes") == [5, 5, 0, 0, 0]
    assert [n > 0 for n in counts(found, "waveform")] == [True, False, True, False, False]
    assert {a.shape[1:] for s in names[:2] for a in found.streams[s][0]} == {(48, 48, 3)}
    assert {a.shape[1:] for a in found.streams["waveform"][0]} == {(1,)}
    assert {name: len(columns) for name, columns in found.columns.items()} == {
        "frames": 3,
        "scenes": 3,
        "waveform": 1,
    }
    told = [problem for problem in found.problems if "damaged.mp4" in problem]
    assert len(told) == 1  # not once a stream
    assert "line 5: " in told[0]


def test_without_streams_the_framing_alone_says(folder: Path, tmp_path: Path) -> None:
    for framing, expected in ((FACE, [5, 0, 0, 0, 0]), (SCENE, [5, 5, 0, 0, 0])):
        found = frame_interviews("recorded", folder, framing, cache=tmp_path)
        assert tuple(found.streams) == ("frames",)
        assert counts(found, "frames") == expected


@pytest.mark.parametrize(
    ("streams", "message"),
    [
        ((), "choose from frames, scenes, waveform"),
        (("frames", "scene"), "no stream 'scene' of pictures or sound; did you mean 'scenes'"),
    ],
)
def test_other_streams(folder: Path, tmp_path: Path, streams, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        frame_interviews("recorded", folder, streams=streams, cache=tmp_path)


def test_nothing_of_any_answer(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.mp4", grey_steps(20), tone(2.0))
    truncate(whole, 0.1).rename(whole)
    write_csv(
        tmp_path / "answers.csv",
        [{"interview": "a", "media": "a.mp4", "question": "Why?", "openness": 0.5}],
    )
    with pytest.raises(DatasetError, match=r"no picture or sound of any answer(.|\n)*a\.mp4"):
        frame_interviews(
            "recorded", tmp_path, SCENE, streams=("scenes", "waveform"), cache=tmp_path / "cache"
        )
    with pytest.raises(DatasetError, match="no picture of any answer"):
        frame_interviews("recorded", tmp_path, SCENE, cache=tmp_path / "cache")


def test_portraits_with_the_sound_of_their_clips(tmp_path: Path) -> None:
    root = write_dataset(tmp_path / "data", {"source-train": 2}, clips=2)
    names = [clip.name for clip in FirstImpressions(root).clips]
    (root / "clips").mkdir()
    write_clip(root / "clips" / names[2], sound=tone(0.5))
    found = frame_interviews(
        "first-impressions-v2",
        root,
        SCENE,
        streams=("waveform", "scenes"),
        cache=tmp_path / "cache",
    )
    heard = [len(answer) > 0 for answers in found.streams["waveform"] for answer in answers]
    assert heard == [False, False, True, False]
    assert [len(a) for answers in found.streams["scenes"] for a in answers] == [1] * 4
    (root / "clips" / names[2]).unlink()
    found = frame_interviews(
        "first-impressions-v2",
        root,
        SCENE,
        streams=("frames", "waveform"),
        cache=tmp_path / "cache",
    )
    assert not any(len(a) for answers in found.streams["waveform"] for a in answers)
    assert {len(a) for answers in found.streams["frames"] for a in answers} == {1}
