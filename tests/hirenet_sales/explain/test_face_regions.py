"""Six regions: together the whole picture, each where the face has it."""

from __future__ import annotations

import numpy as np
import pytest
from toy_face import landmarks

from hirenet_sales.explain.face_regions import REGIONS, face_regions, regions_of_crops

SIDE = 128


def region_at(labels: np.ndarray, x: float, y: float) -> str:
    return REGIONS[labels[round(y * SIDE), round(x * SIDE)]]


@pytest.mark.parametrize(
    ("x", "y", "region"),
    [
        (0.38, 0.46, "eyes"),
        (0.62, 0.46, "eyes"),
        (0.38, 0.40, "eyes"),  # a brow
        (0.50, 0.60, "nose"),
        (0.50, 0.74, "mouth"),
        (0.50, 0.84, "skin"),  # the chin
        (0.33, 0.62, "skin"),  # a cheek
        (0.50, 0.30, "skin"),  # the forehead
        (0.50, 0.13, "hair"),
        (0.02, 0.95, "background"),
        (0.98, 0.50, "background"),
        (0.50, 0.97, "background"),  # the neck
    ],
)
def test_regions_lie_where_the_face_has_them(x: float, y: float, region: str) -> None:
    assert region_at(face_regions(landmarks(SIDE), SIDE, SIDE), x, y) == region


def test_every_pixel_has_one_region_and_all_six_occur() -> None:
    labels = face_regions(landmarks(SIDE), SIDE, SIDE)
    assert labels.shape == (SIDE, SIDE)
    assert set(np.unique(labels)) == set(range(len(REGIONS))) == set(range(6))


def test_regions_move_and_turn_with_the_face() -> None:
    points = landmarks(SIDE)
    straight = face_regions(points, SIDE, SIDE)
    moved = face_regions(points + np.array([7, -4]), SIDE, SIDE)
    np.testing.assert_array_equal(moved[:-4, 7:], straight[4:, :-7])
    mirrored = face_regions(points * [-1, 1] + np.array([SIDE - 1, 0]), SIDE, SIDE)
    assert (mirrored[:, ::-1] == straight).mean() > 0.98  # the outlines are rounded to pixels
    quarter = np.stack([SIDE - 1 - points[:, 1], points[:, 0]], 1)
    assert (np.rot90(face_regions(quarter, SIDE, SIDE)) == straight).mean() > 0.98


def test_regions_grow_with_the_face() -> None:
    shares = [
        np.bincount(face_regions(landmarks(side), side, side).ravel(), minlength=6) / side**2
        for side in (96, 384)
    ]
    np.testing.assert_allclose(*shares, atol=0.015)


def test_a_face_partly_outside_the_picture_is_cut() -> None:
    labels = face_regions(landmarks(SIDE) + np.array([SIDE // 2, 0]), SIDE, SIDE)
    assert REGIONS.index("background") in labels
    assert labels.shape == (SIDE, SIDE)


def test_kept_shapes_give_the_same_regions() -> None:
    points = landmarks()
    shapes = np.stack([points.T.ravel(), (points + 0.02).T.ravel()])
    result = regions_of_crops(shapes, SIDE)
    np.testing.assert_array_equal(result[0], face_regions(points * SIDE, SIDE, SIDE))
    assert (result[0] != result[1]).any()
