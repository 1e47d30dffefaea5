"""The sound of recorded answers as samples: what networks without hand-made features hear."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from extractors.errors import MediaError, NoAudioError
from extractors.media.recording import read_waveform
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.portraits import Progress
from hirenet_sales.data.recordings import read_recordings
from hirenet_sales.data.records import AnswerRecord
from hirenet_sales.networks.deep_impression import SAMPLE_RATE_HZ
from hirenet_sales.persist import cached_arrays, digest, sha256_of

STREAM = "waveform"
COLUMNS = ("amplitude",)


def recorded_waveform(media: Path, cache: Path | None) -> np.ndarray:
    """The sound of one recording, made once and kept under `cache`, addressed by content.

    Without a cache nothing of it stays.

    Returns
    -------
    float32 (S, 1), memory-mapped, mono at SAMPLE_RATE_HZ, on [-1, 1]; (0, 1) where the recording
    has no sound.

    Raises
    ------
    ExtractionError, OSError
        if the recording is damaged or cannot be read.
    """
    if cache is None:
        return _read(media)
    folder = cache / "waveforms" / digest(sha256_of(media), SAMPLE_RATE_HZ)[:16]
    return cached_arrays(folder, lambda: {"samples": _read(media)})["samples"]


def _read(media: Path) -> np.ndarray:
    try:
        samples = read_waveform(media, rate_hz=SAMPLE_RATE_HZ)[:, None]
    except NoAudioError:
        return np.zeros((0, 1), np.float32)
    if not np.isfinite(samples).all():  # nobody looks at it again before a network hears it
        raise MediaError(f"{media}: its sound has samples that are no numbers; convert it again")
    return samples


def waveforms(
    records: Sequence[AnswerRecord],
    cache: Path,
    progress: Progress | None,
    shortfalls: list[Shortfall],
) -> list[np.ndarray]:
    """The sound of every answer, (0, 1) of one without a recording or that cannot be read.

    Parameters
    ----------
    shortfalls : what could not be read is added
    """
    return read_recordings(
        records,
        lambda media: recorded_waveform(media, cache),
        np.zeros((0, 1), np.float32),
        "waveforms",
        progress,
        shortfalls,
    )
