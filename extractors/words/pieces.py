"""Cut sound into pieces for the recogniser, so that memory stays constant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from extractors.media.voice_activity import SAMPLE_RATE_HZ
from extractors.media.waveform import read_audio

PIECE_S = 120.0  # what is recognised at once
SEARCH_S = 20.0  # the last part of a piece, where its quietest moment is cut
QUIET_S = 0.3


def pieces(recording: str | Path | np.ndarray) -> Iterator[tuple[float, np.ndarray]]:
    """Cut a recording, or its sound at 16 kHz (N,), into pieces of at most two minutes.

    They are cut at quiet moments: start in seconds and sound, float32 (N,), the whole in order.
    """
    blocks: Iterable[np.ndarray]
    if isinstance(recording, np.ndarray):
        blocks = [recording.astype(np.float32, copy=False)]
    else:
        blocks = read_audio(recording, rate_hz=SAMPLE_RATE_HZ, block_s=PIECE_S / 4)
    start, pending = 0, np.zeros(0, np.float32)
    for block in blocks:
        pending = np.concatenate([pending, block])
        while len(pending) > PIECE_S * SAMPLE_RATE_HZ:
            cut = _quiet_moment(pending[: round(PIECE_S * SAMPLE_RATE_HZ)])
            yield start / SAMPLE_RATE_HZ, pending[:cut]
            start, pending = start + cut, pending[cut:]
    if len(pending):
        yield start / SAMPLE_RATE_HZ, pending


def _quiet_moment(waveform: np.ndarray) -> int:
    """The middle of the quietest 0.3 s among the last 20 s."""
    width = round(QUIET_S * SAMPLE_RATE_HZ)
    begin = len(waveform) - round(SEARCH_S * SAMPLE_RATE_HZ)
    energy = np.concatenate([[0.0], np.cumsum(np.square(waveform[begin:], dtype=np.float64))])
    return begin + int(np.argmin(energy[width:] - energy[:-width])) + width // 2
