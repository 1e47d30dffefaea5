"""Roll: whether a face is upright, lies on its side or stands on its head.

A phone that was held sideways without a rotation tag gives such recordings. A face on its side is
tracked well and has the roll that it has; one upside down is mostly taken for an upright one with
other features. So a few pictures are looked at once more after a quarter turn, where the tracker
tells the two apart (measured on 14 clips of First Impressions V2 and 10 of GRID: every upright face
had -45 to 5 degrees there, every one upside down more than 135).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

UPRIGHT_WITHIN_DEG = 45.0
ABSTAIN_DEG = 60.0  # a face that leans further than this is not described
STEADY_SHARE = 0.8  # of the faces have to lean alike before the picture is turned
SEEN_SHARE = 0.1  # with a face in fewer of the pictures, only the turned ones count
LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)  # of the 68 landmarks, on the image's sides


def roll_of(landmarks: np.ndarray) -> float:
    """How far a face leans clockwise, degrees in (-180, 180].

    Parameters
    ----------
    landmarks : array (68, 2), pixels, y down
    """
    x, y = landmarks[RIGHT_EYE].mean(axis=0) - landmarks[LEFT_EYE].mean(axis=0)
    return float(np.degrees(np.arctan2(y, x)))


def turn_needed(rolls: Sequence[float], turned: Sequence[float]) -> tuple[int, bool]:
    """By how much the pictures have to be turned clockwise, and whether that holds throughout.

    Parameters
    ----------
    rolls : of the faces in the pictures as they are, degrees; NaN where none was seen
    turned : of the faces in some pictures after a quarter turn clockwise, degrees; NaN likewise

    Returns
    -------
    0, 90, 180 or 270, and True; or 0 and False where faces lean, but not all alike.
    """
    own = np.array([roll for roll in rolls if not np.isnan(roll)])
    checked = np.array([_wrapped(roll - 90.0) for roll in turned if not np.isnan(roll)])
    seldom = len(own) < SEEN_SHARE * len(rolls)
    inverted = np.abs(checked) > 180.0 - UPRIGHT_WITHIN_DEG
    leaning = np.abs(checked if seldom else own) > UPRIGHT_WITHIN_DEG
    if not inverted.any() and (not len(leaning) or leaning.mean() <= 1 - STEADY_SHARE):
        return 0, True
    for quarter in (90, 180, 270):
        fits = [np.abs(_wrapped(own + quarter)) <= UPRIGHT_WITHIN_DEG] if not seldom else []
        if quarter == 180 or seldom:  # as they are, faces upside down seem to be upright
            fits = [np.abs(_wrapped(checked + quarter)) <= UPRIGHT_WITHIN_DEG]
        if len(fits[0]) and fits[0].mean() >= STEADY_SHARE:
            return quarter, True
    return 0, False


def _wrapped(degrees: np.ndarray | float) -> np.ndarray | float:
    return (np.asarray(degrees) + 180.0) % 360.0 - 180.0
