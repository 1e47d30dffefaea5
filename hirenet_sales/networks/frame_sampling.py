"""Frame sampling of a clip: one frame of every segment (Li et al. 2020, section 3.1.1)."""

from __future__ import annotations

import numpy as np

from hirenet_sales.errors import DatasetError

FRAMES = 60  # Kassab et al. 2022, section IV.B
SEGMENTS = 32  # Li et al. 2020, section 3.1.1


def segment_frames(
    count: int, segments: int, random: np.random.Generator | None = None
) -> np.ndarray:
    """Index of one frame of every segment: a random one in training, else the middle one.

    Parameters
    ----------
    count : frames of the clip, at least 1
    segments : equal parts of the clip

    Returns
    -------
    int array (segments,), ascending; where count < segments, some frames come twice.

    Raises
    ------
    DatasetError
        if the clip has no frame.

    Examples
    --------
    >>> segment_frames(450, 3)
    array([ 75, 225, 375])
    """
    if count < 1:
        raise DatasetError("a clip without frames; expected at least one, so leave the clip out")
    offset = 0.5 if random is None else random.uniform(size=segments)
    at = (np.arange(segments) + offset) * count / segments
    # Rounding may reach the end of the last segment.
    indices: np.ndarray = np.minimum(at.astype(int), count - 1)
    return indices
