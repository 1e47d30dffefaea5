"""Orientation: rotation and mirroring of a stored picture before display."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame


@dataclass(frozen=True)
class Orientation:
    """Transformation of a stored picture before display: transpose, then mirror."""

    transposed: bool = False  # rows become columns
    mirrored: bool = False  # then left and right are swapped
    flipped: bool = False  # then top and bottom are swapped
    # the stated angle is no multiple of 90 degrees; the nearest one is applied
    oblique: bool = False

    @classmethod
    def of(cls, picture: VideoFrame) -> Orientation:
        """Orientation stated in the display matrix of a decoded picture."""
        attached: Any = picture.side_data  # its stub lists only motion vectors
        data = attached.get(Type.DISPLAYMATRIX)
        if data is None:
            return UPRIGHT
        matrix = np.frombuffer(bytes(data), dtype="<i4")
        return UPRIGHT if len(matrix) < 9 else cls.of_matrix(matrix)

    @classmethod
    def of_matrix(cls, matrix: np.ndarray) -> Orientation:
        """Orientation stated in a display matrix a b u c d v x y w (ISO 14496-12, 6.2.2).

        It takes a stored point (x, y) to (ax + cy, bx + dy).
        """
        a, b, c, d = (float(matrix[k]) for k in (0, 1, 3, 4))
        largest, smallest = max(abs(a), abs(b)), min(abs(a), abs(b))
        if not a * d - b * c:  # no way to show a picture: players ignore it
            return UPRIGHT
        oblique = smallest > 0.02 * largest
        if abs(a) >= abs(b):
            return cls(False, a < 0, d < 0, oblique)
        return cls(True, c < 0, b < 0, oblique)

    @classmethod
    def turned(cls, degrees: int) -> Orientation:
        """A clockwise rotation by 0, 90, 180 or 270 degrees."""
        return {
            0: cls(),
            90: cls(True, True, False),
            180: cls(False, True, True),
            270: cls(True, False, True),
        }[degrees % 360]

    @property
    def reflects(self) -> bool:
        """Whether the picture is displayed as its mirror image."""
        return self.transposed ^ self.mirrored ^ self.flipped

    def apply(self, image: np.ndarray) -> np.ndarray:
        """Transform a stored picture (H, W, ...) for display."""
        if self.transposed:
            image = image.swapaxes(0, 1)
        return image[:: -1 if self.flipped else 1, :: -1 if self.mirrored else 1]


UPRIGHT = Orientation()
