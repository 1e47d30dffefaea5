"""Slices of 15 s of an answer's sound, over which clip statistics and functionals are computed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.media.sampling import SHORTEST_SLICE_S, SLICE_S
from extractors.media.sound import SILENCE_RMS, sound_of
from extractors.media.waveform import read_audio
from extractors.stretch import Stretch, merged, without


@dataclass(frozen=True, eq=False)
class SoundSlice:
    """A slice of the sound of an answer."""

    # start_s, end_s: of the part with sound, seconds of the answer
    start_s: float
    end_s: float
    offset_s: float  # start of `waveform`, seconds of the answer
    waveform: np.ndarray  # float32 (N,), full scale 1, zeros where nothing was observed
    # float32 (M,), the samples that were really observed, joined; `waveform` itself where that is
    # all of them
    observed: np.ndarray
    stretches: tuple[Stretch, ...]  # of the answer that `observed` joins, seconds

    def moment(self, observed_s: float) -> float:
        """When in the answer a moment of `observed` was, seconds; both count from their start."""
        left_s = observed_s
        for start_s, end_s in self.stretches:
            if left_s < end_s - start_s:
                return start_s + left_s
            left_s -= end_s - start_s
        return self.end_s


def sound_slices(
    path: str | Path,
    *,
    rate_hz: int,
    slice_s: float = SLICE_S,
    shortest_s: float = SHORTEST_SLICE_S,
) -> Iterator[SoundSlice]:
    """Cut the sound of a recording into slices, at `sampling.slice_bounds`.

    MediaError if the recording cannot be read; NoAudioError if it has no sound.
    """
    coverage = sound_of(path).coverage
    lead = [(0.0, coverage.start_s)] if coverage.start_s > 0 else []
    missing = merged([*lead, *coverage.gaps])
    position = 0
    pending: np.ndarray | None = None
    for block in read_audio(path, rate_hz=rate_hz, block_s=slice_s):
        if pending is not None and len(block) < shortest_s * rate_hz:
            pending = np.concatenate([pending, block])
            break
        if pending is not None:
            yield _slice(pending, position / rate_hz, rate_hz, missing)
            position += len(pending)
        pending = block
    if pending is not None:
        yield _slice(pending, position / rate_hz, rate_hz, missing)


def _slice(
    waveform: np.ndarray, offset_s: float, rate_hz: int, missing: Sequence[Stretch]
) -> SoundSlice:
    end_s = offset_s + len(waveform) / rate_hz
    parts = without(offset_s, end_s, missing)
    if parts == [(offset_s, end_s)]:
        return SoundSlice(offset_s, end_s, offset_s, waveform, waveform, tuple(parts))
    cuts = [
        waveform[round((start - offset_s) * rate_hz) : round((end - offset_s) * rate_hz)]
        for start, end in parts
    ]
    observed = np.concatenate([*cuts, np.zeros(0, np.float32)])
    start_s, end_s = (parts[0][0], parts[-1][1]) if parts else (offset_s, offset_s)
    return SoundSlice(start_s, end_s, offset_s, waveform, observed, tuple(parts))


def is_silent(waveform: np.ndarray) -> bool:
    """Whether a waveform (N,), full scale 1, is digital silence or below one 16-bit step."""
    return not len(waveform) or float(np.sqrt(np.mean(np.square(waveform)))) < SILENCE_RMS
