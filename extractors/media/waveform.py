"""Decode the sound of a recording as mono blocks, from the start, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from extractors.media.layout import layout_of
from extractors.media.sound import blocks, mono, resampled, sound_of


def read_audio(
    path: str | Path, *, rate_hz: int, block_s: float | None = None
) -> Iterator[np.ndarray]:
    """Decode the sound of a recording as mono blocks, float32 (N,) within [-1, 1].

    Of several tracks the one with the most speech is read. Channels are averaged with equal weight,
    unless they cancel each other. Gaps in the track and a late start are silence, so that sample n
    of the result is the sound at n / rate_hz; `sound_of` lists the gaps, and the errors. Blocks
    last `block_s`, but the last; None gives them as they are decoded.
    """
    size = 1 if block_s is None else max(1, round(block_s * rate_hz))
    pending: list[np.ndarray] = []
    for samples in resampled(_mono(Path(path)), rate_hz):
        if block_s is None:
            yield samples
            continue
        pending.append(samples)
        if sum(map(len, pending)) >= size:
            joined = np.concatenate(pending)
            whole = len(joined) // size * size
            yield from joined[:whole].reshape(-1, size)
            pending = [joined[whole:]]
    if sum(map(len, pending)):
        yield np.concatenate(pending)


def read_waveform(path: str | Path, *, rate_hz: int) -> np.ndarray:
    """Decode the sound of a recording as float32 (N,); see `read_audio`."""
    return np.concatenate([np.zeros(0, np.float32), *read_audio(path, rate_hz=rate_hz)])


def _mono(path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """Sampling rate and float32 mono samples of each block, gaps filled, from time 0."""
    layout, sound = layout_of(path), sound_of(path)
    track = next(t for t in layout.audio if t.index == sound.track)
    for block in blocks(layout, track):
        if block.values.shape[1]:
            yield block.rate_hz, mono(block.values, sound.channel)
