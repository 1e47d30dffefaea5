"""Small copies: smaller, playable, the same each time, and true to the answer's clock."""

import io
from pathlib import Path

import av
import numpy as np
import pytest
from clips import grey_steps, portrait, tone, write_clip
from PIL import Image

from extractors.errors import MediaError
from extractors.media.playback import playability
from extractors.media.recording import probe
from extractors.media.small_copy import (
    MIME,
    POSTER_PX,
    SHORTER_SIDE_PX,
    is_small,
    poster,
    write_small_copy,
)
from extractors.media.video import read_frames
from extractors.media.waveform import read_waveform


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    dice = np.random.default_rng(0)
    noise = dice.integers(0, 40, (10, 540, 960, 3), dtype=np.uint8)
    frames = [portrait(960, 540) // 2 + grain for grain in noise]
    return write_clip(tmp_path_factory.mktemp("large") / "q1.mp4", frames, tone(1.0))


def test_a_copy_is_small_playable_and_has_picture_and_sound(tmp_path, large) -> None:
    copy = write_small_copy(large, tmp_path / "copy.mp4")
    before, after = probe(large), probe(copy)
    assert playability(copy).mime == MIME and not is_small(large)
    assert copy.stat().st_size < large.stat().st_size / 4
    assert after.has_video and after.has_audio and min(after.width, after.height) == SHORTER_SIDE_PX
    assert after.duration_s == pytest.approx(before.duration_s, abs=0.15)
    assert after.width / after.height == pytest.approx(before.width / before.height, abs=0.01)


def test_the_same_recording_gives_the_same_bytes(tmp_path, large) -> None:
    first, second = (write_small_copy(large, tmp_path / name) for name in ("a.mp4", "b.mp4"))
    assert first.read_bytes() == second.read_bytes()


def test_what_happens_at_a_time_happens_at_that_time_in_the_copy(tmp_path) -> None:
    """A picture that turns white and a tone that begins in the middle."""
    dark, light = np.full((2, 240, 320, 3), [[[[10]]], [[[240]]]], dtype=np.uint8)
    sound = tone(4.0)
    sound[:, : 2 * 16000] = 0
    source = write_clip(tmp_path / "q1.mp4", [dark] * 30 + [light] * 30, sound)
    at_s = probe(source).duration_s / 2
    copy = write_small_copy(source, tmp_path / "copy.mp4")
    turn_s = next(f.time_s for f in read_frames(copy) if f.image.mean() > 120)
    wave = read_waveform(copy, rate_hz=16000)
    assert turn_s == pytest.approx(at_s, abs=0.1)
    assert np.flatnonzero(np.abs(wave) > 0.1)[0] / 16000 == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("missing", ["picture", "sound"])
def test_a_track_that_is_missing_is_left_out(tmp_path, missing) -> None:
    frames = [] if missing == "picture" else grey_steps(30)
    sound = None if missing == "sound" else tone(2.0)
    source = write_clip(tmp_path / "q1.mkv", frames, sound)
    after = probe(write_small_copy(source, tmp_path / "copy.mp4"))
    assert after.has_video is (missing == "sound") and after.has_audio is (missing == "picture")


def test_odd_sizes_and_upright_phones(tmp_path) -> None:
    source = write_clip(tmp_path / "q1.mkv", [np.full((642, 366, 3), 90, np.uint8)] * 5)
    after = probe(write_small_copy(source, tmp_path / "copy.mp4"))
    assert (after.width % 2, after.height % 2) == (0, 0) and after.height > after.width


def test_what_cannot_be_read_leaves_no_file(tmp_path) -> None:
    (tmp_path / "q1.mp4").write_bytes(b"")
    with pytest.raises(MediaError, match="zero bytes"):
        write_small_copy(tmp_path / "q1.mp4", tmp_path / "copy.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["q1.mp4"]


def test_a_poster_is_a_small_jpeg(tmp_path, large) -> None:
    image = Image.open(io.BytesIO(poster(large, 0.5)))
    assert image.format == "JPEG" and max(image.size) == POSTER_PX
    sound_only = write_clip(tmp_path / "q1.mkv", [], tone(1.0))
    assert poster(sound_only, 0.5) == b""


def test_a_copy_of_a_copy_would_gain_nothing(tmp_path) -> None:
    source = write_clip(tmp_path / "q1.mkv", grey_steps(60), tone(2.0))
    copy = write_small_copy(source, tmp_path / "copy.mp4")
    with av.open(str(copy)) as file:
        assert {stream.codec_context.name for stream in file.streams} == {"h264", "aac"}
    assert is_small(copy)
