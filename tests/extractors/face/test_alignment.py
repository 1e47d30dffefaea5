"""A face lands in the same place of its crop, however it lies in the picture."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.face.alignment import (
    CROP_SIZE_PX,
    CROP_TEMPLATE,
    TEMPLATE,
    align_face,
    anchor_points,
    face_part,
    similarity_transform,
)
from extractors.face.mediapipe_tracker import MediaPipeTracker
from tests.extractors.clips import portrait, rotated


@pytest.mark.parametrize("seed", range(5))
def test_a_similarity_is_found_again(seed):
    random = np.random.default_rng(seed)
    source = random.uniform(0, 100, (4, 2))
    angle, scale, shift = random.uniform(-3, 3), random.uniform(0.1, 5), random.uniform(-9, 9, 2)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = similarity_transform(source, source @ turn.T + shift)
    assert matrix == pytest.approx(np.column_stack([turn, shift]))


def test_a_face_looks_the_same_turned_shrunk_or_moved():
    with MediaPipeTracker() as tracker:

        def crop(image):
            tracker.start()
            landmarks = tracker.observe(image, 0.0).face.landmarks.astype(float)
            return align_face(image, landmarks, 64).astype(float)[16:56, 12:52]

        image = portrait(640, 480, size=0.6)
        reference = crop(image)
        others = [
            rotated(image, 15),
            np.ascontiguousarray(image[::2, ::2]),
            portrait(960, 720, at=(0.4, 0.55), size=0.7),
        ]
        for other in others:
            assert np.abs(crop(other) - reference).mean() < 12
            assert np.corrcoef(crop(other).ravel(), reference.ravel())[0, 1] > 0.95


def test_the_anchors_land_on_the_template_and_the_size_is_free():
    landmarks = np.zeros((68, 2))
    landmarks[36:42], landmarks[42:48] = (200, 220), (300, 220)
    landmarks[48], landmarks[54] = (209, 336), (291, 336)
    image = np.zeros((480, 640, 3), dtype=np.uint8)
    for x, y in anchor_points(landmarks).astype(int):
        image[y - 10 : y + 11, x - 10 : x + 11] = 255
    for size in (64, 128, 160):
        crop = align_face(image, landmarks, size)
        assert crop.shape == (size, size, 3)
        for x, y in (CROP_TEMPLATE * size).astype(int):
            assert crop[y, x].min() > 100
    face = face_part(align_face(image, landmarks))
    for x, y in (TEMPLATE * face.shape[0]).astype(int):  # the tighter crop of the template itself
        assert face[y - 1 : y + 2, x - 1 : x + 2].min() > 100


def test_what_lies_outside_the_picture_is_black():
    landmarks = np.zeros((68, 2))
    landmarks[36:42], landmarks[42:48] = (20, 40), (60, 40)
    landmarks[48], landmarks[54] = (24, 86), (56, 86)
    crop = align_face(np.full((100, 80, 3), 255, np.uint8), landmarks)
    assert crop.shape == (CROP_SIZE_PX, CROP_SIZE_PX, 3)
    assert (
        crop[:, :5].max() == crop[-5:].max() == 0 < crop[CROP_SIZE_PX // 2, CROP_SIZE_PX // 2].min()
    )


def test_the_part_of_the_face_is_a_view_of_many_crops_too():
    crops = np.zeros((3, CROP_SIZE_PX, CROP_SIZE_PX, 3), np.uint8)
    part = face_part(crops)
    assert part.base is crops and part.shape == (3, 111, 111, 3)
