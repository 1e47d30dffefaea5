"""Pictures come as players show them: turned, mirrored, or both."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from extractors.media.orientation import Orientation
from extractors.media.recording import probe
from extractors.media.video import read_frames
from tests.extractors.clips import show_as, write_clip

# A display matrix takes the stored point (x, y) to (ax + cy, bx + dy), y down.
MATRICES = [
    (a, b, c, d)
    for a, b, c, d in itertools.product((-1, 0, 1), repeat=4)
    if abs(a * d - b * c) == 1 and (a == 0) == (d == 0) and (b == 0) == (c == 0)
]


@pytest.mark.parametrize("matrix", MATRICES)
def test_every_right_angle_and_mirror_is_applied(tmp_path, matrix):
    stored = np.zeros((48, 64, 3), dtype=np.uint8)
    stored[:16, :16] = (220, 0, 0)  # red where x and y are least
    stored[:16, 48:] = (0, 220, 0)  # green where x is greatest
    plain = write_clip(tmp_path / "a.mp4", [stored] * 3)
    path = show_as(plain, tmp_path / "b.mp4", matrix)
    image = next(read_frames(path)).image
    a, b, c, d = matrix
    assert image.shape[:2] == ((48, 64) if a else (64, 48))
    assert (probe(path).height, probe(path).width) == image.shape[:2]

    def shown(x: float, y: float) -> np.ndarray:
        """Colour at the place where a player shows the stored point, from the middle."""
        u, v = a * x + c * y, b * x + d * y
        height, width = image.shape[:2]
        return image[int(height / 2 + v), int(width / 2 + u)].astype(int)

    assert shown(-26, -18)[0] > 150 > shown(-26, -18)[1]
    assert shown(26, -18)[1] > 100 > shown(26, -18)[0]
    orientation = Orientation.of_matrix(np.array([a, b, 0, c, d, 0, 0, 0, 1]))
    assert orientation.reflects == (a * d - b * c < 0)


def test_turning_is_undone_by_turning_back():
    image = np.arange(12).reshape(3, 4)
    for degrees in (0, 90, 180, 270):
        turned = Orientation.turned(degrees)
        assert not turned.reflects
        assert (turned.apply(image) == np.rot90(image, -degrees // 90)).all()
        assert (Orientation.turned(-degrees).apply(turned.apply(image)) == image).all()


@pytest.mark.parametrize(
    ("matrix", "expected"), [((0, 0, 0, 0), False), ((46341, 46341, -46341, 46341), True)]
)
def test_a_matrix_that_shows_nothing_is_ignored_and_an_oblique_one_told(matrix, expected):
    a, b, c, d = matrix
    assert Orientation.of_matrix(np.array([a, b, 0, c, d, 0, 0, 0, 1])).oblique is expected
