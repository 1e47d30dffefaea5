import csv

import numpy as np
import pytest

from extractors.errors import NoAudioError
from extractors.voice.spectral import (
    COLUMNS,
    READ_RATE_HZ,
    SAMPLE_RATE_HZ,
    clip_statistics,
    halve_rate,
    spectral_provenance,
    spectral_stream,
)


def tone(hz: float, seconds: float, rate_hz: int = SAMPLE_RATE_HZ, level: float = 0.3):
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def statistics(waveform) -> dict[str, float]:
    return dict(zip(COLUMNS, clip_statistics(waveform), strict=True))


def test_the_real_clips_agree_with_the_published_table(data):
    folder = data / "first-impressions-v2"
    clips = sorted((folder / "clips").glob("*.mp4"))
    with (folder / "audio_spectral26.csv").open(newline="") as file:
        table = {row["clip"]: row for row in csv.DictReader(file)}
    published = np.array([[float(table[clip.name][name]) for name in COLUMNS] for clip in clips])
    streams = [spectral_stream(clip) for clip in clips]
    assert [len(stream) for stream in streams] == [1] * len(clips)
    ours = np.stack([stream.values[0] for stream in streams])
    for name, a, b in zip(COLUMNS, ours.T, published.T, strict=True):
        assert np.corrcoef(a, b)[0, 1] > 0.998, name
        assert np.median(np.abs(a - b) / np.abs(b)) < 0.001, name


@pytest.mark.parametrize("hz", [440.0, 1000.0, 3000.0])
def test_a_tone_has_its_own_frequency(hz):
    result = statistics(tone(hz, 2.0))
    assert result["spectral_centroid"] == pytest.approx(hz, rel=0.05)
    assert result["rolloff"] == pytest.approx(hz, rel=0.05)
    assert result["zero_crossing_rate"] == pytest.approx(2 * hz / SAMPLE_RATE_HZ, rel=0.05)
    assert result["rmse"] == pytest.approx(0.3 / np.sqrt(2), rel=0.02)


def test_loudness_moves_level_and_first_cepstrum_only():
    noise = np.random.default_rng(0).normal(0, 0.05, 2 * SAMPLE_RATE_HZ).astype(np.float32)
    soft, loud = clip_statistics(noise), clip_statistics(4 * noise)
    moved = ~np.isclose(soft, loud, rtol=1e-3, atol=1e-3)
    assert [name for name, m in zip(COLUMNS, moved, strict=True) if m] == ["rmse", "mfcc1"]


@pytest.mark.parametrize(
    ("hz", "remaining"), [(1000, 1.0), (9000, 1.0), (12000, 0.0), (20000, 0.0)]
)
def test_halving_the_rate_keeps_what_fits_and_folds_nothing_back(hz, remaining):
    halved = halve_rate(tone(hz, 1.0, READ_RATE_HZ))
    assert np.std(halved[500:-500]) == pytest.approx(remaining * 0.3 / np.sqrt(2), abs=0.002)


@pytest.mark.parametrize(
    ("seconds", "ends"),
    [(7.0, [7.0]), (15.3, [15.3]), (18.9, [18.9]), (19.5, [15.0, 19.5]), (33.0, [15.0, 33.0])],
)
def test_one_row_a_slice_and_a_short_rest_joins(write_wav, seconds, ends):
    stream = spectral_stream(write_wav(tone(300, seconds, 16000), 16000))
    assert stream.spans[:, 1] == pytest.approx(ends, abs=0.01)
    assert stream.spans[1:, 0] == pytest.approx(stream.spans[:-1, 1])
    assert stream.valid.all() and not stream.reason


@pytest.mark.parametrize(
    ("seconds", "starts"),
    [
        (7.0, [0, 1, 2, 3, 4]),
        (15.0, [0, 1, 2, 3, 4]),
        (5.5, [0, 2.5 / 3, 5 / 3, 2.5]),
        (3.4, [0, 0.4]),
        (3.0, [0]),
        (1.2, [0]),
        (19.5, [0, 1, 2, 3, 4, 15, 15.75, 16.5]),
    ],
)
def test_overlapping_rows_cover_the_window(write_wav, seconds, starts):
    stream = spectral_stream(write_wav(tone(300, seconds, 44100), 44100), row_s=3.0)
    assert stream.spans[:, 0] == pytest.approx(starts, abs=0.01)
    lengths = stream.spans[:, 1] - stream.spans[:, 0]
    assert lengths == pytest.approx([min(3.0, seconds)] * len(starts), abs=0.01)
    assert stream.valid.all()


def test_a_row_hears_its_own_seconds_alone(write_wav):
    sound = np.concatenate([tone(300, 4.0), tone(3000, 3.0)])
    path = write_wav(sound, SAMPLE_RATE_HZ)
    rows = spectral_stream(path, row_s=3.0)
    centroid = rows.values[:, COLUMNS.index("spectral_centroid")]
    assert centroid[:2] == pytest.approx(300, rel=0.15)
    assert centroid[-1] == pytest.approx(3000, rel=0.05)
    assert (np.diff(centroid[1:]) > 500).all()
    whole = spectral_stream(path, row_s=7.0)  # a row as long as the window is that of the slice
    np.testing.assert_array_equal(whole.values, spectral_stream(path).values)


def test_a_silent_row_is_not_valid_among_others(write_wav):
    sound = np.concatenate([tone(300, 3.0), np.zeros(4 * SAMPLE_RATE_HZ)])
    stream = spectral_stream(write_wav(sound, SAMPLE_RATE_HZ), row_s=3.0)
    assert stream.valid.tolist() == [True, True, True, False, False]
    assert stream.reason == "2 of 5 windows of 3 s are silent"


def test_rows_are_part_of_the_address_of_a_result_and_a_slice_is_addressed_as_before():
    slices, windows = spectral_provenance("a"), spectral_provenance("a", row_s=3.0)
    assert "row_s" not in slices.settings
    assert windows.settings == {**slices.settings, "row_s": 3.0}


def test_only_the_window_counts(write_wav):
    sound = tone(300, 15.0)
    other = sound.copy()
    other[8 * SAMPLE_RATE_HZ :] = 0.5
    rows = [
        spectral_stream(write_wav(s, SAMPLE_RATE_HZ, f"{i}.wav")).values
        for i, s in enumerate([sound, other])
    ]
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-4, atol=1e-3)


def test_a_silent_slice_is_not_valid_and_says_so(write_wav):
    sound = np.concatenate([tone(300, 15.0), np.zeros(15 * SAMPLE_RATE_HZ), tone(200, 15.0)])
    stream = spectral_stream(write_wav(sound, SAMPLE_RATE_HZ))
    assert stream.valid.tolist() == [True, False, True]
    assert stream.reason == "1 of 3 slices of 15 s are silent"


@pytest.mark.parametrize(
    ("seconds", "level", "reason"),
    [(20.0, 0.0, "silent"), (0.5, 0.3, "0.5 s of sound; at least 1 s is needed")],
)
def test_nothing_to_measure_is_an_empty_stream_with_a_reason(write_wav, seconds, level, reason):
    stream = spectral_stream(write_wav(tone(300, seconds, level=level), SAMPLE_RATE_HZ))
    assert len(stream) == 0
    assert reason in stream.reason


def test_a_video_without_sound_is_an_error(tmp_path):
    import av

    with av.open(str(tmp_path / "mute.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(NoAudioError, match="no audio track"):
        spectral_stream(tmp_path / "mute.mp4")
