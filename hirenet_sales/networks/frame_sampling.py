"""Frame sampling of a clip: evenly spread frames, or one of every segment."""

from __future__ import annotations

import numpy as np

from hirenet_sales.errors import DatasetError

FRAMES = 60  # Kassab et al. 2022, section IV.B
SEGMENTS = 32  # Li et al. 2020, section 3.1.1


def even_frames(count: int, frames: int = FRAMES) -> np.ndarray:
    """Indices of `frames` evenly spread frames, the middle of as many equal parts.

    Parameters
    ----------
    count : frames of the clip, at least 1; where it has fewer than `frames`, some come twice

    Returns
    -------
    int array (frames,), ascending.

    Raises
    ------
    DatasetError
        if the clip has no frame.

    Examples
    --------
    >>> even_frames(450, 3)
    array([ 75, 225, 375])
    """
    return segment_frames(count, frames)


def segment_frames(
    count: int, segments: int = SEGMENTS, random: np.random.Generator | None = None
) -> np.ndarray:
    """One frame of every segment (Li et al. 2020): a random one in training, else the middle one.

    Parameters
    ----------
    count : frames of the clip, at least 1
    segments : equal parts of the clip
    random : draws the frames anew at every call; None takes the middle of each segment

    Returns
    -------
    int array (segments,), ascending; where count < segments, some frames come twice.

    Raises
    ------
    DatasetError
        if the clip has no frame.
    """
    if count < 1:
        raise DatasetError("a clip without frames; expected at least one, so leave the clip out")
    offset = 0.5 if random is None else random.uniform(size=segments)
    at = (np.arange(segments) + offset) * count / segments
    # Rounding may reach the end of the last segment.
    positions: np.ndarray = np.minimum(at.astype(int), count - 1)
    return positions
