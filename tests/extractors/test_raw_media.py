"""Pictures and sound as networks read them: their moments, their frames, their samples."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from clips import grey_steps, portrait, tone, write_clip
from PIL import Image

from extractors import raw_media as module
from extractors.errors import ExtractionError, MediaError
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.stills import describe_portraits
from extractors.raw_media import Framing, resized, still_face, take_pictures, take_waveform

RATE_HZ = 10
SCENE = Framing("scene", 24, 5)
FACE = Framing("face", 48, 5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A recording with a face, grey pictures, sound alone, and a damaged one."""
    root = tmp_path_factory.mktemp("recorded")
    seen = [portrait(320, 240, at=(0.4 + 0.02 * n, 0.5)) for n in range(10)]
    write_clip(root / "whole.mp4", seen, rate_hz=RATE_HZ)
    write_clip(root / "grey.mp4", grey_steps(20, 64, 48), rate_hz=RATE_HZ)
    write_clip(root / "heard.mp4", sound=tone(1.0))
    (root / "damaged.mp4").write_bytes(b"\0" * 5000)
    return root


def test_scenes_of_a_recording(folder: Path) -> None:
    found = take_pictures(folder / "grey.mp4", SCENE, None)
    assert found.pictures.shape == (5, 24, 24, 3)
    assert found.pictures.dtype == np.uint8
    # 2 s in five parts: their middles are 0.2, 0.6, ..., 1.8 s, frames 2, 6, ..., 18
    np.testing.assert_allclose(found.times_s, [0.2, 0.6, 1.0, 1.4, 1.8], atol=1e-6)
    levels = found.pictures.mean((1, 2, 3))
    np.testing.assert_allclose(levels, [16 + 2 * n for n in (2, 6, 10, 14, 18)], atol=2)


def test_both_sides_of_a_scene_are_scaled(tmp_path: Path) -> None:
    picture = np.zeros((48, 96, 3), np.uint8)
    picture[:, :24] = 255
    path = write_clip(tmp_path / "wide.mp4", [picture] * 5, rate_hz=RATE_HZ)
    [scene, *_] = take_pictures(path, SCENE, None).pictures
    assert (scene[:, :5].mean(), scene[:, 7:].mean()) == pytest.approx((255, 0), abs=4)


def test_faces_and_the_times_they_were_seen_at(folder: Path) -> None:
    with MediaPipeTracker() as tracker:
        faces = take_pictures(folder / "whole.mp4", FACE, tracker)
        none = take_pictures(folder / "grey.mp4", FACE, tracker)
    assert faces.pictures.shape == (5, 48, 48, 3)
    np.testing.assert_allclose(faces.times_s, [0.1, 0.3, 0.5, 0.7, 0.9], atol=1e-6)
    assert none.pictures.shape == (0, 48, 48, 3)
    assert none.times_s.shape == (0,)
    with pytest.raises(ValueError, match="faces are found by a tracker"):
        take_pictures(folder / "whole.mp4", Framing("face", 32, 5), None)


def test_only_frames_that_show_a_face(tmp_path: Path) -> None:
    blank = np.full((240, 320, 3), 90, np.uint8)
    seen = [blank] * 10 + [portrait(320, 240)] * 10
    path = write_clip(tmp_path / "late.mp4", seen, rate_hz=RATE_HZ)
    with MediaPipeTracker() as tracker:
        found = take_pictures(path, FACE, tracker)
    np.testing.assert_allclose(found.times_s, [1.0, 1.4, 1.8], atol=1e-6)
    assert len(found.pictures) == 3


def test_a_recorded_face_is_framed_as_that_of_a_portrait(tmp_path: Path) -> None:
    image = portrait(320, 240)
    path = write_clip(tmp_path / "a.mp4", [image] * 5, rate_hz=RATE_HZ, options={"crf": "4"})
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    with MediaPipeTracker() as tracker:
        recorded = take_pictures(path, FACE, tracker).pictures[-1]
        [crop] = describe_portraits([file.getvalue()], [0.0], tracker).crops
    still, loose = still_face(crop, FACE.size_px), resized(crop, FACE.size_px)

    def difference(other: np.ndarray) -> float:
        return float(np.abs(recorded.astype(float) - other).mean())

    assert difference(still) < 12
    assert difference(loose) > 2 * difference(still)


def test_a_face_that_lies_on_its_side_is_turned_as_for_the_features(tmp_path: Path) -> None:
    image = portrait(320, 240)
    upright = write_clip(tmp_path / "a.mp4", [image] * 10, rate_hz=RATE_HZ)
    lying = write_clip(tmp_path / "b.mp4", [np.rot90(image)] * 10, rate_hz=RATE_HZ)
    with MediaPipeTracker() as tracker:
        faces = [take_pictures(path, FACE, tracker).pictures for path in (upright, lying)]
    assert np.abs(faces[0].astype(float) - faces[1]).mean() < 12


@pytest.mark.parametrize("values", [("hand", 64, 5), ("face", 0, 5), ("scene", 64, 0)])
def test_a_framing_that_makes_no_sense(values: tuple) -> None:
    with pytest.raises(ExtractionError, match="expected face or scene, and sizes from 1"):
        Framing(*values)


def test_a_recording_that_cannot_be_read(folder: Path) -> None:
    with pytest.raises(ExtractionError, match=r"damaged\.mp4"):
        take_pictures(folder / "damaged.mp4", SCENE, None)
    with pytest.raises(ExtractionError, match=r"heard\.mp4: no picture"):
        take_pictures(folder / "heard.mp4", SCENE, None)


@pytest.mark.parametrize(("rate_hz", "channels"), [(16000, 1), (44100, 2)])
def test_sound_is_mono_at_16_khz(tmp_path: Path, rate_hz: int, channels: int) -> None:
    sound = tone(1.5, rate_hz, hz=440, channels=channels)
    path = write_clip(tmp_path / "a.mp4", sound=sound, audio_rate_hz=rate_hz)
    samples = take_waveform(path, 16000)
    assert samples.dtype == np.float32
    assert samples.shape == (len(samples), 1)
    assert len(samples) == pytest.approx(1.5 * 16000, abs=2048)
    middle = samples[4000:20000, 0]  # one second: a bin of the spectrum is one Hz
    assert np.abs(np.fft.rfft(middle)).argmax() == 440
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.05)


def test_samples_that_are_no_numbers_are_told_before_a_network_hears_them(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(module, "read_waveform", lambda *_, **__: np.array([0.0, np.nan]))
    with pytest.raises(MediaError, match=r"a\.mp4: its sound has samples that are no numbers"):
        take_waveform(tmp_path / "a.mp4", 16000)


def test_a_silent_picture_has_no_sample(tmp_path: Path) -> None:
    samples = take_waveform(write_clip(tmp_path / "a.mp4", grey_steps(5)), 16000)
    assert samples.shape == (0, 1)
    assert samples.dtype == np.float32
