"""Sounds made on the spot, and the folder of real recordings where it is present."""

from __future__ import annotations

import os
import wave
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def write_wav(tmp_path):
    """A function that writes samples in [-1, 1], (N,) or (N, channels), as a 16-bit WAV file."""

    def write(samples: np.ndarray, rate_hz: int, name: str = "sound.wav") -> Path:
        samples = np.asarray(samples)
        with wave.open(str(tmp_path / name), "wb") as file:
            file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
            file.setsampwidth(2)
            file.setframerate(rate_hz)
            file.writeframes(np.round(samples * 32767).astype("<i2").tobytes())
        return tmp_path / name

    return write


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data: HIRENET_SALES_DATA, else ../shared/data beside the project."""
    beside = Path(__file__).parents[2] / ".." / "shared" / "data"
    folder = Path(os.environ.get("HIRENET_SALES_DATA", beside))
    if not (folder / "first-impressions-v2").is_dir():
        pytest.skip(f"no real data in {folder}; set HIRENET_SALES_DATA to the folder that holds it")
    return folder
