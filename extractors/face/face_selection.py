"""Which of several faces is the speaker: the largest steady one, not whoever passes by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SAME_FACE_IOU = 0.2  # overlap of one head with itself 1/8 s later, even in a quick turn
RELEASE_S = 1.0  # a face unseen for this long may be given up for another
LARGER = 1.5  # a face has to be this much larger (area) ...
SWITCH_S = 2.0  # ... for this long before it takes over


class FaceFollower:
    """Keeps to one face over time by its place alone; knows nothing of identity.

    The largest face is taken first. It is left only when it was not seen for RELEASE_S, or when
    one and the same clearly larger face was there for SWITCH_S.
    """

    def __init__(self) -> None:
        self._box: np.ndarray | None = None
        self._seen_s = -np.inf
        self._rival: np.ndarray | None = None
        self._rival_since_s = 0.0

    def choose(self, boxes: Sequence[np.ndarray], time_s: float) -> int | None:
        """The index of the followed face among `boxes`, None where it is not seen.

        Parameters
        ----------
        boxes : arrays (4,), left, top, right, bottom, all in the same units over the recording
        time_s : seconds, ascending
        """
        if not boxes:
            self._rival = None
            return None
        largest = int(np.argmax([_area(box) for box in boxes]))
        if self._box is None or time_s - self._seen_s > RELEASE_S:
            return self._follow(boxes, largest, time_s)
        overlaps = [overlap(self._box, box) for box in boxes]
        same = int(np.argmax(overlaps))
        if overlaps[same] < SAME_FACE_IOU:
            return None
        if _area(boxes[largest]) < LARGER * _area(boxes[same]):
            self._rival = None
            return self._follow(boxes, same, time_s)
        if self._rival is None or overlap(self._rival, boxes[largest]) < SAME_FACE_IOU:
            self._rival_since_s = time_s
        self._rival = boxes[largest]
        long_enough = time_s - self._rival_since_s >= SWITCH_S
        return self._follow(boxes, largest if long_enough else same, time_s)

    def _follow(self, boxes: Sequence[np.ndarray], index: int, time_s: float) -> int:
        self._box, self._seen_s = boxes[index], time_s
        return index


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    inner = float(np.prod(shared))
    return inner / (_area(a) + _area(b) - inner) if inner else 0.0


def _area(box: np.ndarray) -> float:
    return float(np.prod(box[2:] - box[:2]))
