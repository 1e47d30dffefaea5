"""Frozen stretches, in which the picture does not move, as after a dropped connection."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

FROZEN_S = 3.0
# Of 255, on a picture of 64 x 36. In no 3 s of 24 clips of people and 5 of a rendered head did less
# than 32 levels change somewhere; a still picture, encoded as a video, changes by 1.
FROZEN_CHANGE = 3.0
ROWS, COLUMNS = 36, 64


def signature(image: np.ndarray) -> np.ndarray:
    """Green levels of a picture (H, W, 3) uint8 at `ROWS` x `COLUMNS`, int16."""
    green = cv2.extractChannel(image, 1)
    return cv2.resize(green, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA).astype(np.int16)


def frozen_stretches(
    times_s: Sequence[float], changes: Sequence[float]
) -> tuple[tuple[float, float], ...]:
    """Stretches without motion for at least `FROZEN_S`, from the first unchanged picture on.

    `changes` are levels, of each picture against the previous one; infinity for the first.
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
