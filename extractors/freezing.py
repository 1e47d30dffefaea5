"""Freezing: stretches in which a picture does not move, as behind a dropped connection."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FROZEN_S = 3.0
# Of 255, on a picture of 64 x 36. In no 3 s of 24 clips of people and 5 of a rendered head did less
# than 33 levels change somewhere; a still picture, encoded as a video, changes by 1.
FROZEN_CHANGE = 3.0
ROWS, COLUMNS = 36, 64
SAMPLES = 4  # pixels of a block that count, each way


def signature(image: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) as a few means of its green levels, to tell whether two are the same.

    Returns
    -------
    float32 (rows, columns), at most `ROWS` and `COLUMNS`; the same for pictures of one size.
    """
    green = image[:, :, 1]
    high, wide = max(1, green.shape[0] // ROWS), max(1, green.shape[1] // COLUMNS)
    step_y, step_x = (max(1, side // SAMPLES) for side in (high, wide))
    rows, columns = green.shape[0] // high, green.shape[1] // wide
    blocks = green[: rows * high, : columns * wide].reshape(rows, high, columns, wide)
    return blocks[:, ::step_y, :, ::step_x].mean(axis=(1, 3), dtype=np.float32)


def change(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference of two signatures, levels; infinity for pictures of two sizes."""
    return float(np.abs(a - b).max()) if a.shape == b.shape else np.inf


def frozen_stretches(
    times_s: Sequence[float], changes: Sequence[float]
) -> tuple[tuple[float, float], ...]:
    """Where nothing moved for `FROZEN_S`, from the first picture that did not change on.

    Parameters
    ----------
    times_s : of pictures, seconds, ascending
    changes : of each against the picture before, levels; infinity where there is none
    """
    stretches: list[tuple[float, float]] = []
    begin = 0
    for number in range(1, len(times_s) + 1):
        if number < len(times_s) and changes[number] < FROZEN_CHANGE:
            continue
        if times_s[number - 1] - times_s[begin] >= FROZEN_S:
            stretches.append((times_s[begin + 1], times_s[number - 1]))
        begin = number
    return tuple(stretches)
