"""Select the speaker among several faces: the largest steady one, not a passer-by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SAME_FACE_IOU = 0.2  # overlap of one head with itself 1/8 s later, even in a quick turn
RELEASE_S = 1.0  # a face not detected for this long may be dropped for another
LARGER = 1.5  # a face has to be this much larger (area) ...
SWITCH_S = 2.0  # ... for this long before it takes over


class FaceSelector:
    """Selects one face over time by its position alone, without recognising identity.

    The largest face is selected first. It is dropped only when it was not detected for RELEASE_S,
    or when one and the same clearly larger face was present for SWITCH_S.
    """

    def __init__(self) -> None:
        self._box: np.ndarray | None = None
        self._detected_s = -np.inf
        self._rival: np.ndarray | None = None
        self._rival_since_s = 0.0

    def choose(self, boxes: Sequence[np.ndarray], time_s: float) -> int | None:
        """Index of the selected face among boxes (4,), None if it is not detected.

        Boxes are left, top, right, bottom, all in the same units over the recording; times ascend.
        """
        if not boxes:
            self._rival = None
            return None
        largest = int(np.argmax([_area(box) for box in boxes]))
        if self._box is None or time_s - self._detected_s > RELEASE_S:
            return self._select(boxes, largest, time_s)
        overlaps = [overlap(self._box, box) for box in boxes]
        same = int(np.argmax(overlaps))
        if overlaps[same] < SAME_FACE_IOU:
            return None
        if _area(boxes[largest]) < LARGER * _area(boxes[same]):
            self._rival = None
            return self._select(boxes, same, time_s)
        if self._rival is None or overlap(self._rival, boxes[largest]) < SAME_FACE_IOU:
            self._rival_since_s = time_s
        self._rival = boxes[largest]
        long_enough = time_s - self._rival_since_s >= SWITCH_S
        return self._select(boxes, largest if long_enough else same, time_s)

    def _select(self, boxes: Sequence[np.ndarray], index: int, time_s: float) -> int:
        self._box, self._detected_s = boxes[index], time_s
        return index


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes (left, top, right, bottom)."""
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None)
    inner = float(np.prod(shared))
    return inner / (_area(a) + _area(b) - inner) if inner else 0.0


def _area(box: np.ndarray) -> float:
    return float(np.prod(box[2:] - box[:2]))
