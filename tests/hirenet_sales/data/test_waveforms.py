"""The sound of recordings as samples, made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from clips import grey_steps, tone, write_clip

from extractors.errors import ExtractionError
from hirenet_sales.data import waveforms as module
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.records import AnswerRecord
from hirenet_sales.data.waveforms import recorded_waveform, waveforms


def record(place: str, media: Path | None) -> AnswerRecord:
    return AnswerRecord(place, "i", "p", "", "", "", np.zeros(5), media)


@pytest.mark.parametrize(("rate_hz", "channels"), [(16000, 1), (44100, 2)])
def test_sound_is_mono_at_16_khz(tmp_path: Path, rate_hz: int, channels: int) -> None:
    sound = tone(1.5, rate_hz, hz=440, channels=channels)
    path = write_clip(tmp_path / "a.mp4", sound=sound, audio_rate_hz=rate_hz)
    samples = recorded_waveform(path, tmp_path / "cache")
    assert isinstance(samples, np.memmap)
    assert samples.dtype == np.float32
    assert samples.shape == (len(samples), 1)
    assert len(samples) == pytest.approx(1.5 * 16000, abs=2048)
    middle = samples[4000:20000, 0]  # one second: a bin of the spectrum is one Hz
    assert np.abs(np.fft.rfft(middle)).argmax() == 440
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.05)


def test_sound_is_decoded_once(tmp_path: Path, monkeypatch) -> None:
    path = write_clip(tmp_path / "a.mp4", sound=tone(0.5))
    first = np.array(recorded_waveform(path, tmp_path / "cache"))
    monkeypatch.setattr(module, "read_waveform", lambda *_, **__: pytest.fail("decoded anew"))
    copied = tmp_path / "b.mp4"
    copied.write_bytes(path.read_bytes())
    np.testing.assert_array_equal(recorded_waveform(copied, tmp_path / "cache"), first)
    [folder] = (tmp_path / "cache" / "waveforms").iterdir()
    assert [file.name for file in folder.iterdir()] == ["samples.npy"]
    other = write_clip(tmp_path / "c.mp4", sound=tone(0.5, hz=600))
    with pytest.raises(pytest.fail.Exception, match="decoded anew"):
        recorded_waveform(other, tmp_path / "cache")


def test_samples_that_are_no_numbers_are_told_before_a_network_hears_them(
    tmp_path: Path, monkeypatch
) -> None:
    path = write_clip(tmp_path / "a.mp4", sound=tone(0.5))
    monkeypatch.setattr(module, "read_waveform", lambda *_, **__: np.array([0.0, np.nan]))
    lost: list[Shortfall] = []
    [samples] = waveforms([record("line 2", path)], tmp_path / "cache", None, lost)
    assert samples.shape == (0, 1)
    assert [str(one) for one in lost] == [
        "line 2: a.mp4: its sound has samples that are no numbers; convert it again."
    ]


def test_a_silent_picture_has_no_sample(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "a.mp4", grey_steps(5))
    for _ in range(2):
        samples = recorded_waveform(path, tmp_path / "cache")
        assert samples.shape == (0, 1)
        assert samples.dtype == np.float32


def test_bad_answers_are_listed_and_empty(tmp_path: Path) -> None:
    good = write_clip(tmp_path / "good.mp4", sound=tone(0.5))
    silent = write_clip(tmp_path / "silent.mp4", grey_steps(5))
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(b"\0" * 5000)
    with pytest.raises(ExtractionError, match=r"damaged\.mp4"):
        recorded_waveform(damaged, tmp_path / "cache")
    problems: list[Shortfall] = []
    told: list[tuple[str, float, float]] = []
    answers = [None, good, silent, damaged, tmp_path / "absent.mp4"]
    records = [record(f"line {n}", media) for n, media in enumerate(answers)]
    found = waveforms(records, tmp_path / "cache", lambda *said: told.append(said), problems)
    assert [len(samples) > 0 for samples in found] == [False, True, False, False, False]
    assert all(samples.shape[1:] == (1,) and samples.dtype == np.float32 for samples in found)
    assert len(problems) == 2
    assert [(p.source, p.file, p.lost) for p in problems] == [
        ("line 3", "damaged.mp4", True),
        ("line 4", "absent.mp4", True),
    ]
    assert told[-1] == ("waveforms", 4, 5)
