"""Recordings of many kinds are read alike; damaged ones say what is wrong."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from extractors.digest import sha256_of
from extractors.errors import MediaError, NoAudioError, NoVideoError
from extractors.media.recording import probe
from extractors.media.video import read_frames
from extractors.media.waveform import read_audio, read_waveform
from tests.extractors.clips import grey_steps, tone, truncate, write_clip

KINDS = [
    ("a.mp4", "libx264", "yuv420p", "aac"),
    ("b.mov", "libx264", "yuv420p10le", "pcm_s16le"),
    ("c.webm", "libvpx", "yuv420p", "libopus"),
    ("d.webm", "libvpx-vp9", "yuva420p", "libopus"),
    ("e.webm", "libsvtav1", "yuv420p", "libopus"),
    ("f.avi", "mpeg4", "yuv420p", "libmp3lame"),
    ("g.mpg", "mpeg2video", "yuv420p", "mp2"),
    ("h.mkv", "ffv1", "yuv444p", "pcm_s16le"),
    ("i.mkv", "ffv1", "gray", "flac"),
    ("j.mkv", "ffv1", "gbrp12le", "pcm_f32le"),
    ("k.mov", "mjpeg", "yuvj422p", "pcm_s24le"),
]


@pytest.mark.parametrize(("name", "codec", "pixels", "sound"), KINDS)
def test_every_kind_gives_the_same_pictures_and_sound(tmp_path, name, codec, pixels, sound):
    path = write_clip(
        tmp_path / name,
        grey_steps(50),
        tone(2.0, 48000),
        rate_hz=25,
        codec=codec,
        pixels=pixels,
        audio_codec=sound,
        audio_rate_hz=48000,
    )
    info = probe(path)
    assert info.has_video and info.has_audio and not info.problem
    assert (info.width, info.height) == (64, 48)
    assert info.duration_s == pytest.approx(2.0, abs=0.1)
    assert info.frame_rate_hz == pytest.approx(25, rel=0.02)
    assert info.sha256 == sha256_of(path)
    frames = list(read_frames(path))
    levels = np.array([frame.image.mean() for frame in frames])
    assert len(frames) == 50
    assert levels == pytest.approx(16 + 2 * np.arange(50), abs=6)
    assert [f.time_s for f in frames] == pytest.approx(np.arange(50) / 25, abs=0.045)
    wave = read_waveform(path, rate_hz=16000)
    assert len(wave) / 16000 == pytest.approx(2.0, abs=0.1)
    assert wave[8000:16000].std() == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


def test_wanted_times_give_the_nearest_frames_and_a_rate_none_twice(tmp_path):
    path = write_clip(tmp_path / "a.mp4", grey_steps(40), rate_hz=10)
    frames = list(read_frames(path, times_s=[0.0, 0.04, 0.06, 1.51, 3.9, 4.1, 99.0]))
    assert [round(f.time_s, 6) for f in frames] == [0.0, 0.0, 0.1, 1.5, 3.9, 3.9]
    assert len(list(read_frames(path, rate_hz=5))) == 20
    assert len(list(read_frames(path, rate_hz=30))) == 40
    with pytest.raises(ValueError, match="ascend"):
        next(read_frames(path, times_s=[1.0, 0.5]))


def test_uneven_frame_times_are_kept(tmp_path):
    times = [0.0, 0.1, 0.9, 1.0, 2.5, 2.6]
    path = write_clip(tmp_path / "a.mkv", grey_steps(6), codec="ffv1", times_s=times)
    assert [f.time_s for f in read_frames(path)] == pytest.approx(times, abs=0.002)
    (frame,) = read_frames(path, times_s=[1.5])
    assert frame.time_s == pytest.approx(1.0, abs=0.002)
    assert frame.image.mean() == pytest.approx(16 + 2 * 3, abs=2)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_frames_are_upright(tmp_path, degrees):
    upright = np.zeros((48, 64, 3), dtype=np.uint8)
    upright[:24, :32] = (200, 0, 0)  # the upper left quarter is red
    stored = np.ascontiguousarray(np.rot90(upright, degrees // 90))
    path = write_clip(tmp_path / "a.mp4", [stored] * 5, rotation_degrees=degrees)
    info = probe(path)
    assert (info.width, info.height) == (64, 48)
    image = next(read_frames(path)).image
    assert image.shape == (48, 64, 3)
    assert image[4:20, 4:28, 0].mean() > 150
    assert image[28:44, 36:60].mean() < 20


def test_frames_shrink_and_have_square_pixels(tmp_path):
    frames = grey_steps(5, width=96, height=96)
    path = write_clip(tmp_path / "a.mp4", frames, aspect=Fraction(4, 3))
    assert (probe(path).width, probe(path).height) == (128, 96)
    assert next(read_frames(path)).image.shape == (96, 128, 3)
    assert next(read_frames(path, max_side_px=64)).image.shape == (48, 64, 3)


def test_a_browser_recording_without_duration_is_measured(tmp_path):
    path = write_clip(
        tmp_path / "a.webm",
        grey_steps(70),
        tone(7.0, 48000),
        codec="libvpx",
        audio_codec="libopus",
        audio_rate_hz=48000,
        live=True,
    )
    info = probe(path)
    assert info.duration_s == pytest.approx(7.0, abs=0.1)
    assert not info.problem


def test_a_truncated_recording_gives_what_is_there(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (100, 48, 64, 3), dtype=np.uint8)
    whole = write_clip(
        tmp_path / "a.mkv", list(noise), tone(10.0), codec="mpeg4", audio_codec="pcm_s16le"
    )
    cut = truncate(whole, 0.55)
    info = probe(cut)
    assert 1.0 < info.duration_s < 9.0
    assert info.problem.startswith("the file breaks off after")
    assert info.problem.endswith("of 10.0 s")
    assert 10 < len(list(read_frames(cut))) < 90


def test_damage_in_the_middle_costs_only_its_own_frames(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (100, 48, 64, 3), dtype=np.uint8)
    path = write_clip(tmp_path / "a.avi", list(noise), codec="mjpeg", pixels="yuvj420p")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20000] = bytes(20000)
    path.write_bytes(content)
    times = [f.time_s for f in read_frames(path)]
    assert times[-1] > 8.0  # an AVI counts its frames: those lost are not counted
    assert 70 < len(times) < 100


def test_audio_keeps_its_place(tmp_path):
    click = np.zeros((1, 16000), dtype=np.float32)
    click[0, 8000] = 0.9
    path = write_clip(
        tmp_path / "a.mkv",
        grey_steps(30),
        click,
        codec="ffv1",
        audio_codec="pcm_s16le",
        audio_start_s=1.25,
    )
    for rate in (16000, 22050, 48000):
        wave = read_waveform(path, rate_hz=rate)
        assert np.abs(wave).argmax() / rate == pytest.approx(1.75, abs=0.002)


def test_channels_are_averaged(write_wav):
    left = tone(1.0)[0]
    path = write_wav(np.stack([left, 0.5 * left], axis=1), 16000)
    assert read_waveform(path, rate_hz=16000) == pytest.approx(0.75 * left, abs=1e-3)


def test_blocks_join_to_the_whole(write_wav):
    path = write_wav(np.random.default_rng(0).uniform(-1, 1, 50000), 44100)
    blocks = list(read_audio(path, rate_hz=16000, block_s=0.1))
    assert {len(block) for block in blocks[:-1]} == {1600}
    assert all(block.dtype == np.float32 and np.abs(block).max() <= 1 for block in blocks)
    assert np.array_equal(np.concatenate(blocks), read_waveform(path, rate_hz=16000))


def test_tracks_that_are_missing_are_named(tmp_path, write_wav):
    silent = write_clip(tmp_path / "silent.mp4", grey_steps(5))
    assert not probe(silent).has_audio
    with pytest.raises(NoAudioError, match=r"silent\.mp4: no audio track; give a transcript"):
        next(read_audio(silent, rate_hz=16000))
    sound = write_wav(tone(1.0)[0], 16000)
    assert not probe(sound).has_video
    with pytest.raises(NoVideoError, match=r"sound\.wav: no picture"):
        next(read_frames(sound))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "zero bytes"),
        (b"Dear Sir or Madam,\n" * 50, "not a recording"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "not a recording"),
        (b"#EXTM3U\n#EXTINF:5,\nhttp://localhost/x.ts\n", "not a recording"),
        (b"ffconcat version 1.0\nfile '/etc/hostname'\n", "not a recording"),
        (b"\x00\x00\x00\x20ftypisom" + bytes(500), "index is missing or damaged"),
        (b"\x1aE\xdf\xa3" + bytes(500), "index is missing or damaged"),
    ],
)
@pytest.mark.parametrize("read", [probe, lambda path: next(read_frames(path))])
def test_what_is_no_recording_is_refused_by_name(tmp_path, content, message, read):
    path = tmp_path / "answer.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(MediaError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_an_unknown_codec_is_named(tmp_path):
    path = write_clip(tmp_path / "a.mkv", grey_steps(5), tone(0.5))
    content = path.read_bytes().replace(b"A_AAC", b"A_ZZZ")
    path.write_bytes(content)
    info = probe(path)
    assert info.has_video and not info.has_audio
    assert info.problem == "the audio track has a codec that is not supported"
    path.write_bytes(content.replace(b"V_MPEG4/ISO/AVC", b"V_ZZZZZ/ISO/AVC"))
    with pytest.raises(MediaError, match="none of its tracks has a known codec"):
        probe(path)


def test_an_mp4_cut_before_its_index_says_so(tmp_path):
    whole = write_clip(tmp_path / "b.mp4", grey_steps(50))
    with pytest.raises(MediaError, match="cut off while it was recorded or copied"):
        probe(truncate(whole, 0.5))
