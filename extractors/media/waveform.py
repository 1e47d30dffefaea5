"""Decode the sound of a recording as mono blocks, from the start, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from extractors.media.layout import layout_of
from extractors.media.sound import blocks, mono, resampled, sound_of


def read_audio(
    path: str | Path,
    *,
    rate_hz: int,
    block_s: float | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
) -> Iterator[np.ndarray]:
    """Decode the sound of a recording as mono blocks.

    Of several tracks the one with the most speech is read. Channels are averaged with equal weight,
    unless they cancel each other. Gaps in the track and a late start are silence, so that sample n
    of the result is the sound at start_s + n / rate_hz; `sound_of` lists the gaps.

    Parameters
    ----------
    path : the recording
    rate_hz : sampling rate of the result; FFmpeg's swresample converts
    block_s : length of each block but the last; None gives blocks as they are decoded
    start_s, end_s : the part to read, seconds; None reads to the end

    Yields
    ------
    float32 (N,), within [-1, 1]

    Raises
    ------
    NoAudioError
        the recording has no sound.
    MediaError
        as `probe`.
    """
    first = round(start_s * rate_hz)
    last = None if end_s is None else round(end_s * rate_hz)
    size = None if block_s is None else max(1, round(block_s * rate_hz))
    pending: list[np.ndarray] = []
    position = 0
    for samples in resampled(_mono(Path(path)), rate_hz):
        cut = samples[max(0, first - position) : None if last is None else max(0, last - position)]
        position += len(samples)
        if size is None:
            if len(cut):
                yield cut
        elif len(cut):
            pending.append(cut)
            if sum(map(len, pending)) >= size:
                joined = np.concatenate(pending)
                whole = len(joined) // size * size
                yield from joined[:whole].reshape(-1, size)
                pending = [joined[whole:]]
        if last is not None and position >= last:
            break
    if sum(map(len, pending)):
        yield np.concatenate(pending)


def read_waveform(
    path: str | Path, *, rate_hz: int, start_s: float = 0.0, end_s: float | None = None
) -> np.ndarray:
    """Decode the sound of a recording, or a part of it, as float32 (N,); see `read_audio`."""
    blocks = list(read_audio(path, rate_hz=rate_hz, start_s=start_s, end_s=end_s))
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def _mono(path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """Sampling rate and float32 mono samples of each block, gaps filled, from time 0."""
    layout, sound = layout_of(path), sound_of(path)
    track = next(t for t in layout.audio if t.index == sound.track)
    for block in blocks(layout, track):
        if block.values.shape[1]:
            yield block.rate_hz, mono(block.values, sound.channel)
