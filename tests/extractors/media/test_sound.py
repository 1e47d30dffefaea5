"""Which track and channel is read, and what is missing of it."""

from __future__ import annotations

import json
from dataclasses import asdict

import av
import numpy as np
import pytest

from extractors.errors import MediaError
from extractors.media.coverage import Coverage
from extractors.media.slices import sound_slices
from extractors.media.sound import Sound, sound_of
from extractors.media.waveform import read_audio, read_waveform
from extractors.stretch import merged, overlap_s
from extractors.voice.spectral import spectral_stream
from tests.extractors.clips import grey_steps, restamp, tone, write_clip


def write_float(path, samples: np.ndarray, rate_hz: int = 16000):
    """Samples (channels, N) as they are, NaN and all, in 32-bit floats."""
    layout = "stereo" if len(samples) == 2 else "mono"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_f32le", rate=rate_hz, layout=layout)
        packed = np.ascontiguousarray(samples.T.reshape(1, -1), dtype=np.float32)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate_hz, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def two_tracks(path, first: np.ndarray, second: np.ndarray):
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("pcm_s16le", rate=16000, layout="mono") for _ in range(2)]
        for stream, samples in zip(streams, (first, second), strict=True):
            whole = np.round(samples * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="mono")
            frame.sample_rate, frame.pts = 16000, 0
            container.mux(stream.encode(frame))
            container.mux(stream.encode())
    return path


def test_an_ordinary_recording_has_no_remarks(tmp_path):
    path = write_clip(tmp_path / "a.mp4", grey_steps(30), tone(3.0))
    sound = sound_of(path)
    assert sound.channel is None and sound.problems == ()
    assert sound.coverage.share == 1.0 and not sound.coverage.partial
    assert sound.level_db == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.3)
    assert sound_of(path) is sound  # the file is decoded for it once


def test_a_stored_sound_is_the_same(tmp_path):
    sound = sound_of(write_clip(tmp_path / "a.mkv", grey_steps(5), tone(0.5)))
    assert Sound.from_dict(json.loads(json.dumps(asdict(sound)))) == sound


@pytest.mark.parametrize("factor", [-1.0, -0.8])
def test_of_channels_that_cancel_the_louder_is_read(tmp_path, factor):
    left = tone(1.0)[0]
    path = write_float(tmp_path / "a.wav", np.stack([left, factor * left]))
    sound = sound_of(path)
    assert sound.channel == 0
    assert "opposite phase" in sound.problems[0]
    assert read_waveform(path, rate_hz=16000) == pytest.approx(left, abs=1e-4)


@pytest.mark.parametrize("factor", [1.0, 0.0, 0.3, -0.1])
def test_other_channels_are_averaged(tmp_path, factor):
    left = tone(1.0)[0]
    sound = sound_of(write_float(tmp_path / "a.wav", np.stack([left, factor * left])))
    assert sound.channel is None and sound.problems == ()


def test_a_silent_first_track_gives_way(tmp_path):
    path = two_tracks(tmp_path / "a.mkv", np.zeros(16000), tone(1.0)[0])
    sound = sound_of(path)
    assert sound.problems == (
        "it has 2 sound tracks; number 2 is read, since the others are silent",
    )
    assert np.abs(read_waveform(path, rate_hz=16000)).max() == pytest.approx(0.5, abs=0.01)


def test_a_silent_second_track_is_not_mentioned(tmp_path):
    path = two_tracks(tmp_path / "a.mkv", tone(1.0)[0], np.zeros(16000))
    assert sound_of(path).problems == ()


def test_the_track_with_speech_is_read(tmp_path, data):
    speech = read_waveform(data / "grid" / "grid_bbaf2n.mpg", rate_hz=16000)
    noise = 0.3 * np.random.default_rng(0).uniform(-1, 1, len(speech))
    path = two_tracks(tmp_path / "a.mkv", noise, speech)
    assert sound_of(path).problems == (
        "it has 2 sound tracks; number 2 is read, since it has the most speech",
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_silence(tmp_path, value):
    samples = tone(4.0)
    samples[0, 32000:] = value
    path = write_float(tmp_path / "a.wav", samples)
    sound = sound_of(path)
    assert sound.problems[0].startswith(
        "samples of its sound are not numbers (NaN or infinity): 32000"
    )
    assert sound.coverage.partial and sound.coverage.gaps[0] == pytest.approx((2.0, 4.0), abs=0.1)
    wave = read_waveform(path, rate_hz=16000)
    assert np.isfinite(wave).all() and not wave[32000:].any()
    assert wave[:31000] == pytest.approx(samples[0, :31000], abs=1e-4)


def test_lost_packets_are_a_gap_and_no_pause(tmp_path):
    whole = write_clip(
        tmp_path / "a.mkv", grey_steps(80), tone(8.0), codec="ffv1", audio_codec="pcm_s16le"
    )
    path = restamp(
        whole, tmp_path / "b.mkv", lambda kind, _, t: None if kind == "audio" and 2 < t < 5 else t
    )
    sound = sound_of(path)
    (problem,) = sound.problems
    assert problem.startswith("the sound is missing or damaged for 3.0 s of 8.0 s (2.")
    assert sound.coverage.partial and sound.coverage.share == pytest.approx(5 / 8, abs=0.02)
    (part,) = sound_slices(path, rate_hz=16000)
    assert len(part.waveform) / 16000 == pytest.approx(8.0, abs=0.1)
    assert len(part.observed) / 16000 == pytest.approx(5.0, abs=0.1)
    assert [part.moment(s) for s in (0.0, 1.0, 3.0)] == pytest.approx([0, 1, 6], abs=0.1)
    rows = spectral_stream(path, row_s=3.0)
    assert rows.spans[:2] == pytest.approx(np.array([[0, 6], [1, 7]]), abs=0.1)
    assert rows.spans[2, 1] == pytest.approx(8.0, abs=0.1)
    # What is measured is the tone, not the tone and a silence.
    gap, clean = (spectral_stream(p).values[0] for p in (path, whole))
    assert gap[1] == pytest.approx(clean[1], rel=0.02)


@pytest.mark.parametrize(
    ("start_s", "length_s", "expected"),
    [
        (2.0, 6.0, "the sound starts 2.0 s late"),
        (0.0, 3.0, "the sound ends at 3.0 s of 8.0 s; nothing after that counts for it"),
    ],
)
def test_a_track_that_starts_late_or_ends_early_is_told(tmp_path, start_s, length_s, expected):
    path = write_clip(
        tmp_path / "a.mkv",
        grey_steps(80),
        tone(length_s),
        codec="ffv1",
        audio_codec="pcm_s16le",
        audio_start_s=start_s,
    )
    assert sound_of(path).problems == (expected,)
    stream = spectral_stream(path)
    assert stream.spans[0] == pytest.approx((start_s, start_s + length_s), abs=0.1)


def test_a_changing_rate_is_read_on(tmp_path):
    parts = []
    for rate in (44100, 32000):
        path = write_clip(
            tmp_path / f"{rate}.ts",
            sound=tone(3.0, rate),
            audio_codec="mp2",
            audio_rate_hz=rate,
        )
        parts.append(path.read_bytes())
    joined = tmp_path / "a.ts"
    joined.write_bytes(b"".join(parts))
    sound = sound_of(joined)
    assert sound.coverage.missing_s < 0.3
    blocks = list(read_audio(joined, rate_hz=16000))
    assert sum(map(len, blocks)) / 16000 == pytest.approx(6.0, abs=0.2)
    assert np.concatenate(blocks)[-30000:-10000].std() > 0.3


def test_sound_that_cannot_be_decoded_is_an_error_of_its_own(data):
    with pytest.raises(MediaError, match=r"aac-header\.mp4: the sound cannot be decoded"):
        sound_of(data / "broken" / "aac-header.mp4")


@pytest.mark.parametrize("name", ["antiphase.mp4", "two-tracks.mp4"])
def test_real_recordings_are_heard(data, name):
    sound = sound_of(data / "broken" / name)
    assert len(sound.problems) == 1


COVERAGES = [
    (Coverage(10, 0, 10), [], False),
    (Coverage(10, 0.4, 9.7), [], False),
    (Coverage(10, 0.6, 10), ["the sound starts 0.6 s late"], True),
    (
        Coverage(20, 0, 8),
        ["the sound ends at 8.0 s of 20.0 s; nothing after that counts for it"],
        True,
    ),
    (Coverage(10, 0, 10, ((1.0, 1.1),)), [], False),
    (
        Coverage(10, 0, 10, tuple((n, n + 0.1) for n in range(1, 9))),
        [
            "the sound is missing or damaged for 0.8 s of 10.0 s (8 short stretches); nothing is "
            "read from there"
        ],
        True,
    ),
    (
        Coverage(20, 0, 20, ((1.0, 1.4), (5.0, 5.1))),
        [
            "the sound is missing or damaged for 0.5 s of 20.0 s (1.0 to 1.4 s and in 1 more "
            "stretch); nothing is read from there"
        ],
        False,
    ),
]


@pytest.mark.parametrize(("coverage", "remarks", "partial"), COVERAGES)
def test_what_is_missing_is_told_from_a_limit_on(coverage, remarks, partial):
    assert coverage.remarks("the sound") == remarks
    assert coverage.partial is partial
    assert coverage.share == pytest.approx(1 - coverage.missing_s / coverage.duration_s)


def test_a_coverage_can_be_stored_whatever_its_numbers_were():
    coverage = Coverage(*np.array([10.0, 0.0, 9.0]), ((np.float64(1.0), np.float64(4.0)),))
    figures = (coverage.partial, coverage.share, coverage.missing, coverage.late, coverage.early)
    assert json.loads(json.dumps(figures)) == [True, 0.6, [[1.0, 4.0], [9.0, 10.0]], False, True]


def test_stretches_are_joined_and_measured():
    stretches = merged([(3.0, 4.0), (0.0, 1.0), (0.5, 2.0), (4.02, 5.0)], 0.05)
    assert stretches == ((0.0, 2.0), (3.0, 5.0))
    assert overlap_s(stretches, 1.0, 3.5) == 1.5
