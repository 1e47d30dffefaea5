"""How a stored picture is turned and mirrored before it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame


@dataclass(frozen=True)
class Orientation:
    """What a player does to a stored picture: transpose it first, then mirror.

    Attributes
    ----------
    transposed : rows become columns
    mirrored : left and right change places, after that
    flipped : top and bottom change places, after that
    oblique : the file asks for an angle that is no multiple of 90 degrees; the nearest is applied
    """

    transposed: bool = False
    mirrored: bool = False
    flipped: bool = False
    oblique: bool = False

    @classmethod
    def of(cls, picture: VideoFrame) -> Orientation:
        """What the display matrix of a decoded picture asks for."""
        attached: Any = picture.side_data  # its stub knows motion vectors alone
        data = attached.get(Type.DISPLAYMATRIX)
        if data is None:
            return UPRIGHT
        matrix = np.frombuffer(bytes(data), dtype="<i4")
        return UPRIGHT if len(matrix) < 9 else cls.of_matrix(matrix)

    @classmethod
    def of_matrix(cls, matrix: np.ndarray) -> Orientation:
        """What a display matrix asks for.

        Parameters
        ----------
        matrix : array (9,), in the order a b u c d v x y w: it takes a stored point (x, y) to
            (ax + cy, bx + dy) (ISO 14496-12, 6.2.2)
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
        """The orientation of a picture that is to be turned clockwise by 0, 90, 180 or 270."""
        return {
            0: cls(),
            90: cls(True, True, False),
            180: cls(False, True, True),
            270: cls(True, False, True),
        }[degrees % 360]

    @property
    def degrees(self) -> int:
        """How far it turns a picture clockwise, mirroring left aside: 0, 90, 180 or 270."""
        if self.transposed:
            return 90 if self.mirrored else 270
        return 180 if self.flipped else 0

    @property
    def reflects(self) -> bool:
        """Whether writing in the stored picture is mirrored writing as shown."""
        return self.transposed ^ self.mirrored ^ self.flipped

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The picture (H, W, ...) as it is shown."""
        if self.transposed:
            image = image.swapaxes(0, 1)
        return image[:: -1 if self.flipped else 1, :: -1 if self.mirrored else 1]


UPRIGHT = Orientation()
