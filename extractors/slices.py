"""An answer's sound in slices of 15 s: what the clip statistics and functionals are taken over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from extractors.sampling import SHORTEST_SLICE_S, SLICE_S
from extractors.waveform import read_audio

SILENCE_RMS = 2.0**-15  # one step of 16-bit audio; the quietest clip of the data has 1.5e-4


def sound_slices(
    path: str | Path,
    *,
    rate_hz: int,
    slice_s: float = SLICE_S,
    shortest_s: float = SHORTEST_SLICE_S,
) -> Iterator[tuple[float, np.ndarray]]:
    """The sound of a recording slice by slice, cut as `sampling.slice_bounds` cuts.

    Parameters
    ----------
    path : the recording
    rate_hz : sampling rate of the result
    slice_s : length of a slice, seconds
    shortest_s : a last slice shorter than this joins the one before, seconds

    Yields
    ------
    start in seconds, and float32 (N,), full scale 1

    Raises
    ------
    MediaError
        if the recording cannot be read; NoAudioError if it has no sound.
    """
    position = 0
    held: np.ndarray | None = None
    for block in read_audio(path, rate_hz=rate_hz, block_s=slice_s):
        if held is not None and len(block) < shortest_s * rate_hz:
            held = np.concatenate([held, block])
            break
        if held is not None:
            yield position / rate_hz, held
            position += len(held)
        held = block
    if held is not None:
        yield position / rate_hz, held


def is_silent(waveform: np.ndarray) -> bool:
    """Whether a waveform (N,), full scale 1, is digital silence or below one 16-bit step."""
    return not len(waveform) or float(np.sqrt(np.mean(np.square(waveform)))) < SILENCE_RMS
