"""An answer's sound in slices of 15 s: what the clip statistics and functionals are taken over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.coverage import merged
from extractors.sampling import SHORTEST_SLICE_S, SLICE_S
from extractors.sound import SILENCE_RMS, sound_of
from extractors.waveform import read_audio


@dataclass(frozen=True, eq=False)
class SoundSlice:
    """A slice of the sound of an answer.

    Attributes
    ----------
    start_s, end_s : of the part in which there was sound, seconds of the answer
    offset_s : where `waveform` begins, seconds of the answer
    waveform : float32 (N,), full scale 1, zeros where nothing was observed
    observed : float32 (M,), the samples that were really observed, joined; `waveform` itself where
        that is all of them
    """

    start_s: float
    end_s: float
    offset_s: float
    waveform: np.ndarray
    observed: np.ndarray


def sound_slices(
    path: str | Path,
    *,
    rate_hz: int,
    slice_s: float = SLICE_S,
    shortest_s: float = SHORTEST_SLICE_S,
) -> Iterator[SoundSlice]:
    """The sound of a recording slice by slice, cut as `sampling.slice_bounds` cuts.

    Parameters
    ----------
    path : the recording
    rate_hz : sampling rate of the result
    slice_s : length of a slice, seconds
    shortest_s : a last slice shorter than this joins the one before, seconds

    Raises
    ------
    MediaError
        if the recording cannot be read; NoAudioError if it has no sound.
    """
    coverage = sound_of(path).coverage
    lead = [(0.0, coverage.start_s)] if coverage.start_s > 0 else []
    without = merged([*lead, *coverage.gaps])
    position = 0
    pending: np.ndarray | None = None
    for block in read_audio(path, rate_hz=rate_hz, block_s=slice_s):
        if pending is not None and len(block) < shortest_s * rate_hz:
            pending = np.concatenate([pending, block])
            break
        if pending is not None:
            yield _slice(pending, position / rate_hz, rate_hz, without)
            position += len(pending)
        pending = block
    if pending is not None:
        yield _slice(pending, position / rate_hz, rate_hz, without)


def _slice(
    waveform: np.ndarray,
    offset_s: float,
    rate_hz: int,
    without: Sequence[tuple[float, float]],
) -> SoundSlice:
    end_s = offset_s + len(waveform) / rate_hz
    inside = [(max(s, offset_s), min(e, end_s)) for s, e in without if s < end_s and e > offset_s]
    if not inside:
        return SoundSlice(offset_s, end_s, offset_s, waveform, waveform)
    keep = np.ones(len(waveform), dtype=bool)
    for start, end in inside:
        keep[round((start - offset_s) * rate_hz) : round((end - offset_s) * rate_hz)] = False
    where = np.flatnonzero(keep)
    bounds = (
        (offset_s, offset_s)
        if not len(where)
        else (
            offset_s + where[0] / rate_hz,
            offset_s + (where[-1] + 1) / rate_hz,
        )
    )
    return SoundSlice(*bounds, offset_s, waveform, waveform[keep])


def is_silent(waveform: np.ndarray) -> bool:
    """Whether a waveform (N,), full scale 1, is digital silence or below one 16-bit step."""
    return not len(waveform) or float(np.sqrt(np.mean(np.square(waveform)))) < SILENCE_RMS
