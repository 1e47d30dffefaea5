"""Face alignment: 68 landmarks to an upright crop with the eyes and mouth in fixed places.

One alignment serves photographs, portraits and video frames alike, so that a model trained on
portraits sees the same geometry in a recording.
"""

from __future__ import annotations

import cv2
import numpy as np

CROP_SIZE_PX = 144
CROP_VERSION = "2"  # of the crop's geometry and filling; a new version invalidates stored results

# Where the two eye centres and the two mouth corners land, as fractions of a side. The proportions
# are those of the ArcFace template (Deng et al. 2019).
TEMPLATE = np.array([[0.375, 0.450], [0.625, 0.450], [0.397, 0.739], [0.603, 0.739]])

# The crop is looser than the template: 5.2 eye distances wide, and more below the eyes than above.
# Hair, neck, clothes and how a person sits in the picture carry part of an apparent-personality
# impression, and portraits show them too.
LOOSENESS = 1.3
CROP_TEMPLATE = np.array([0.5, 0.34]) + (TEMPLATE - np.array([0.5, 0.45])) / LOOSENESS

# MediaPipe's 478-point mesh, in the order of the 68 iBUG/OpenFace landmarks.
MESH_TO_68 = np.array([
    *(162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378, 365, 397, 288, 323, 454, 389),  # jaw
    *(71, 63, 105, 66, 107, 336, 296, 334, 293, 301),  # brows
    *(168, 197, 5, 4, 75, 97, 2, 326, 305),  # nose
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),  # eyes
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # outer lip
    *(78, 82, 13, 312, 308, 317, 14, 87),  # inner lip
])  # fmt: skip


def anchor_points(landmarks: np.ndarray) -> np.ndarray:
    """Eye centres and mouth corners (4, 2) of landmarks (68, 2), the image's left ones first."""
    return np.stack(
        [landmarks[36:42].mean(0), landmarks[42:48].mean(0), landmarks[48], landmarks[54]]
    )


def similarity_transform(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares rotation, uniform scale and shift that takes points (N, 2) to others.

    (2, 3), as OpenCV's warpAffine takes it.
    """
    x, y = source[:, 0], source[:, 1]
    ones, zeros = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([x, -y, ones, zeros], 1), np.stack([y, x, zeros, ones], 1)])
    a, b, tx, ty = np.linalg.lstsq(rows, target.T.ravel(), rcond=None)[0]
    return np.array([[a, -b, tx], [b, a, ty]])


def align_landmarks(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (68, 2), pixels, in the template's coordinates, as fractions of its side.

    x to the right and y down; points outside the template are below 0 or above 1.
    """
    matrix = similarity_transform(anchor_points(landmarks), TEMPLATE)
    aligned: np.ndarray = landmarks @ matrix[:, :2].T + matrix[:, 2]
    return aligned


def face_part(crops: np.ndarray) -> np.ndarray:
    """The part of aligned crops (..., S, S, 3) that the template covers, without surroundings.

    (..., s, s, 3), a view; s = S / 1.3.
    """
    size = crops.shape[-2]
    side = round(size / LOOSENESS)
    left = (size - side) // 2
    return crops[..., :side, left : left + side, :]


def align_face(image: np.ndarray, landmarks: np.ndarray, size: int = CROP_SIZE_PX) -> np.ndarray:
    """Upright square crop, uint8 (size, size, 3), of the face with these landmarks (68, 2).

    The image is RGB; what lies outside it is black.
    """
    matrix = similarity_transform(anchor_points(landmarks), CROP_TEMPLATE * size)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.7:  # warpAffine samples points: average first, or a large face would alias
        shrunk = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        ratio = np.array([shrunk.shape[1] / image.shape[1], shrunk.shape[0] / image.shape[0]])
        return align_face(shrunk, landmarks * ratio, size)
    return cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
