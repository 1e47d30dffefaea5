import warnings

import numpy as np
import pytest

from extractors.voice.egemaps import SAMPLE_RATE_HZ, columns, egemaps_streams, process


def voice(seconds: float, pitch_hz: float = 120.0) -> np.ndarray:
    """Harmonics that wobble as a voice does, in bursts with pauses."""
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    phase = 2 * np.pi * (pitch_hz * t + 2 * np.sin(2 * np.pi * 2 * t))
    tone = sum(np.sin(k * phase) / k for k in range(1, 20))
    return 0.2 * tone * (np.sin(2 * np.pi * 0.8 * t) > -0.5)


def test_one_pass_gives_the_numbers_of_opensmile(write_wav):
    import opensmile

    sound = voice(6.0)
    lld, functionals = egemaps_streams(write_wav(sound, SAMPLE_RATE_HZ))
    written = np.round(sound * 32767) / 32768
    for stream, level in (
        (lld, opensmile.FeatureLevel.LowLevelDescriptors),
        (functionals, opensmile.FeatureLevel.Functionals),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            smile = opensmile.Smile(opensmile.FeatureSet.eGeMAPSv02, level)
            expected = smile.process_signal(written.astype(np.float32), SAMPLE_RATE_HZ)
        assert list(stream.columns) == list(expected.columns)
        np.testing.assert_allclose(stream.values, expected.to_numpy(), rtol=1e-4, atol=1e-4)


def test_widths_and_the_hop_are_those_of_the_set(write_wav):
    lld, functionals = egemaps_streams(write_wav(voice(3.0), SAMPLE_RATE_HZ))
    assert [len(names) for names in columns()] == [25, 88]
    assert len(lld) == pytest.approx(300, abs=8)
    assert np.diff(lld.spans[:, 0]) == pytest.approx(0.01)
    assert functionals.spans.tolist() == [[0.0, pytest.approx(3.0)]]


def test_pitch_of_the_voice_is_found(write_wav):
    _, functionals = egemaps_streams(write_wav(voice(4.0, pitch_hz=220.0), SAMPLE_RATE_HZ))
    semitones = functionals.values[
        0, functionals.columns.index("F0semitoneFrom27.5Hz_sma3nz_amean")
    ]
    assert semitones == pytest.approx(36.0, abs=1.0)  # 220 Hz is three octaves above 27.5 Hz


def test_long_sound_comes_in_slices_with_times_from_the_start(write_wav):
    lld, functionals = egemaps_streams(write_wav(voice(33.0), SAMPLE_RATE_HZ))
    assert functionals.spans.round(3).tolist() == [[0.0, 15.0], [15.0, 33.0]]
    assert (np.diff(lld.spans[:, 0]) > 0).all()
    assert lld.spans[-1, 1] == pytest.approx(33.0, abs=0.1)
    alone, _, _ = process(voice(33.0)[: 15 * SAMPLE_RATE_HZ])
    np.testing.assert_allclose(lld.values[: len(alone)], alone, rtol=0.05, atol=0.5)


def test_digital_silence_is_not_valid(write_wav):
    sound = np.concatenate([voice(15.0), np.zeros(15 * SAMPLE_RATE_HZ)])
    lld, functionals = egemaps_streams(write_wav(sound, SAMPLE_RATE_HZ))
    late = lld.spans[:, 0] > 15.1
    assert not lld.valid[late].any()
    assert lld.valid[~late].any()
    assert functionals.valid.tolist() == [True, False]
    assert functionals.reason == "1 of 2 slices of 15 s hold no voice"


def test_noise_without_voice_has_descriptors_but_no_functionals(write_wav):
    noise = np.random.default_rng(0).normal(0, 0.02, 5 * SAMPLE_RATE_HZ)
    lld, functionals = egemaps_streams(write_wav(noise, SAMPLE_RATE_HZ))
    assert lld.valid.all()
    assert not functionals.observed
    assert "no voice" in functionals.reason


@pytest.mark.parametrize(("seconds", "reason"), [(5.0, "silent"), (0.01, "too short")])
def test_nothing_to_measure_is_two_empty_streams_with_a_reason(write_wav, seconds, reason):
    silence = np.zeros(round(seconds * SAMPLE_RATE_HZ))
    streams = egemaps_streams(write_wav(silence, SAMPLE_RATE_HZ))
    assert [len(stream) for stream in streams] == [0, 0]
    assert all(reason in stream.reason for stream in streams)


def test_full_scale_does_not_wrap_round():
    descriptors, _, _ = process(np.clip(3 * voice(2.0), -1.0, 1.0))
    softer, _, _ = process(0.99 * np.clip(3 * voice(2.0), -1.0, 1.0))
    loudness = columns()[0].index("Loudness_sma3")
    np.testing.assert_allclose(descriptors[:, loudness], softer[:, loudness], rtol=0.05, atol=0.02)


def test_steps_are_means_of_the_frames_that_start_in_them(write_wav):
    sound = voice(33.0)
    sound[SAMPLE_RATE_HZ : 2 * SAMPLE_RATE_HZ] = 0  # a second of digital silence
    path = write_wav(sound, SAMPLE_RATE_HZ)
    frames, every = egemaps_streams(path)
    steps, same = egemaps_streams(path, step_s=0.1)
    assert np.diff(steps.spans[:, 0]) == pytest.approx(0.1) and len(steps) == 330
    for row in (0, 3, 152, 240):
        start = steps.spans[row, 0]
        inside = (frames.spans[:, 0] >= start - 1e-6) & (frames.spans[:, 0] < start + 0.1 - 1e-6)
        expected = frames.values[inside & frames.valid].mean(axis=0)
        np.testing.assert_allclose(steps.values[row], expected, rtol=1e-4, atol=1e-4)
    assert not steps.valid[11:19].any() and steps.valid[:7].all()
    assert same.values.tolist() == every.values.tolist()
    assert steps.provenance.settings["step_s"] == 0.1
