"""Six regions of a picture with a face, from 68 landmarks.

Gucluturk et al. 2017 mask six regions that a network segments, and name none of them in the
poster's text. Here landmarks draw them: background, hair, skin, eyes, nose and mouth, together the
whole picture. Eyes are taken with their brows. Landmarks end at the brows and at the jaw, so the
forehead is skin by proportion, and "hair" is a cap about it that may hold no hair at all.
"""

from __future__ import annotations

import cv2
import numpy as np

REGIONS = ("background", "hair", "skin", "eyes", "nose", "mouth")

JAW, BROWS, NOSE, MOUTH = slice(0, 17), slice(17, 27), slice(27, 36), slice(48, 60)
EYES_WITH_BROWS = ((17, 22, 36, 42), (22, 27, 42, 48))  # brow from, to; eye from, to
CHIN, BRIDGE = 8, 27

# All as fractions of the distance from the bridge of the nose to the chin.
FOREHEAD = 0.45  # height of the forehead above the brows
CAP = 0.3  # how far the cap of hair reaches beyond forehead and temples
MARGIN = 0.05  # around eyes, nose and mouth, since landmarks lie on their edges


def face_regions(landmarks: np.ndarray, height: int, width: int) -> np.ndarray:
    """Label every pixel with its region: int (height, width), indices into REGIONS.

    `landmarks` are (68, 2), pixels, x to the right and y down; they may lie outside the picture.
    """
    points = landmarks.astype(np.float64)
    up = points[BRIDGE] - points[CHIN]
    size = max(float(np.hypot(*up)), 1.0)
    brow_line = points[BROWS]
    face = np.concatenate([points[JAW], brow_line, brow_line + FOREHEAD * up])
    above = points[[0, 16]]  # the cap ends where the jaw does, beside the eyes
    head = np.concatenate([above, brow_line + FOREHEAD * up])
    labels = np.zeros((height, width), np.int64)
    _fill(labels, head, REGIONS.index("hair"), CAP * size)
    _fill(labels, face, REGIONS.index("skin"), 0.0)
    _fill(labels, points[NOSE], REGIONS.index("nose"), MARGIN * size)
    for brow, brow_end, eye, eye_end in EYES_WITH_BROWS:
        hull = np.concatenate([points[brow:brow_end], points[eye:eye_end]])
        _fill(labels, hull, REGIONS.index("eyes"), MARGIN * size)
    _fill(labels, points[MOUTH], REGIONS.index("mouth"), MARGIN * size)
    return labels


def regions_of_crops(shapes: np.ndarray, size: int) -> np.ndarray:
    """Regions (N, size, size) of the face part of aligned crops, from their stored face shapes.

    `shapes` are (N, 136), the columns `extractors.face.observation.SHAPE_COLUMNS`: 68 x, then 68 y,
    as fractions of the side of `extractors.face.alignment.face_part`, which has `size` pixels.
    """
    points = shapes.reshape(len(shapes), 2, 68).transpose(0, 2, 1) * size  # (N, 68, 2)
    return np.stack([face_regions(p, size, size) for p in points])


def _fill(labels: np.ndarray, points: np.ndarray, label: int, margin: float) -> None:
    """Label the convex hull of some points and the pixels within `margin` of it."""
    mask = np.zeros(labels.shape, np.uint8)
    hull = cv2.convexHull(np.round(points).astype(np.int32))
    cv2.fillConvexPoly(mask, hull, 1)
    if margin > 0:
        cv2.polylines(mask, [hull], True, 1, thickness=max(1, round(2 * margin)))
    labels[mask > 0] = label
