"""Roll: whether a face is upright, on its side or upside down.

A phone held sideways without a rotation tag gives such recordings. The tracker's own roll is not
enough: a face upside down is mostly taken for an upright one with other features, one on its
side now and then, too. But as the picture is turned by a quarter each time, the roll of an upright
face goes 0, 90, (anything), -90, and that of any other starts elsewhere in this sequence.

On 14 clips of First Impressions V2, 10 of GRID and 5 of a rendered head, each stored in all four
ways, `turn_needed` was right 116 times of 116. One quarter turn of a few pictures mostly suffices
to rule out anything unusual; all four are examined where it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

USUAL_ROLL_DEG = 45.0  # either way; a head leans by less
UNUSUAL_SHARE = 0.2  # if more of the faces lean further, they are examined
DETECTED_SHARE = 0.5  # so they are if fewer of the pictures show a face
MEAN_ERROR_DEG = 40.0  # of three rolls against what they have to be
STEADY_SHARE = 0.8  # of the pictures have to agree before they are turned
LEFT_EYE, RIGHT_EYE = slice(36, 42), slice(42, 48)  # of the 68 landmarks, on the image's sides
QUARTERS_DEG = (0, 90, 180, 270)


def roll_of(landmarks: np.ndarray) -> float:
    """Clockwise roll of a face with landmarks (68, 2), y down; degrees in (-180, 180]."""
    x, y = landmarks[RIGHT_EYE].mean(axis=0) - landmarks[LEFT_EYE].mean(axis=0)
    return float(np.degrees(np.arctan2(y, x)))


def quarter_turns(
    image: np.ndarray, roll: Callable[[np.ndarray], float], *, brief: bool = False
) -> list[float]:
    """Four rolls of the face in a picture, after turns by 0, 90, 180 and 270 degrees clockwise.

    Degrees; NaN where no face was detected or the turn was skipped: `brief` stops after one quarter
    turn if the face is upright by it, or not detected.
    """

    def after(quarters: int) -> float:
        return roll(np.ascontiguousarray(np.rot90(image, -quarters)))

    first = after(1)
    if brief and not np.abs(_wrapped(first - 90.0)) > USUAL_ROLL_DEG:
        return [np.nan, first, np.nan, np.nan]
    return [after(0), first, after(2), after(3)]


def is_unusual(rolls: Sequence[float], turned: Sequence[Sequence[float]]) -> bool:
    """Whether some faces may not be upright.

    By the rolls of the faces in the pictures as stored, degrees, NaN where none was detected, and
    brief `quarter_turns` of a few pictures.
    """
    detected = np.array([roll for roll in rolls if not np.isnan(roll)])
    if len(detected) < DETECTED_SHARE * len(rolls):
        return bool(len(detected) or any(not np.isnan(picture).all() for picture in turned))
    leaning = len(detected) and np.mean(np.abs(detected) > USUAL_ROLL_DEG) > UNUSUAL_SHARE
    unusual = [picture for picture in turned if abs(_wrapped(picture[1] - 90.0)) > USUAL_ROLL_DEG]
    return bool(leaning or any(_upright_after(picture) != 0 for picture in unusual))


def turn_needed(pictures: Sequence[Sequence[float]]) -> tuple[int, bool]:
    """Clockwise turn that makes the faces upright, and whether it holds throughout.

    `pictures` are their `quarter_turns`. 0, 90, 180 or 270, and True; 0 and False where the
    pictures disagree; 0 and True where no picture is conclusive.
    """
    votes = [quarter for rolls in pictures if (quarter := _upright_after(rolls)) is not None]
    if not votes:
        return 0, True
    counts = np.bincount(votes, minlength=len(QUARTERS_DEG))
    best = int(counts.argmax())
    if counts[best] < STEADY_SHARE * len(votes):
        return 0, False
    return QUARTERS_DEG[best], True


def _upright_after(rolls: Sequence[float]) -> int | None:
    """Number of quarter turns after which a face is upright, None if its rolls are inconclusive.

    The roll of an upside-down face is ignored: it may be anything.
    """
    errors = {}
    for upright in range(len(QUARTERS_DEG)):
        expected = {upright: 0.0, (upright + 1) % 4: 90.0, (upright + 3) % 4: -90.0}
        errors_deg = [
            float(np.abs(_wrapped(rolls[n] - roll)))
            for n, roll in expected.items()
            if not np.isnan(rolls[n])
        ]
        if len(errors_deg) > 1 and np.mean(errors_deg) <= MEAN_ERROR_DEG:
            errors[upright] = float(np.mean(errors_deg))
    return min(errors, key=errors.__getitem__, default=None)


def _wrapped(degrees: np.ndarray | float) -> np.ndarray:
    return (np.asarray(degrees) + 180.0) % 360.0 - 180.0
