"""Face alignment: 68 landmarks to an upright crop with the eyes and mouth in fixed places.

One alignment serves photographs, portraits and video frames alike, so that a model trained on
portraits sees the same geometry in a recording.
"""

from __future__ import annotations

import cv2
import numpy as np

CROP_SIZE_PX = 128

# Where the two eye centres and the two mouth corners land, as fractions of the crop's side.
# The proportions are those of the ArcFace template (Deng et al. 2019); the crop is looser than
# ArcFace's, because hair and face outline carry part of an apparent-personality impression.
TEMPLATE = np.array([[0.375, 0.450], [0.625, 0.450], [0.397, 0.739], [0.603, 0.739]])

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
    """Eye centres and mouth corners of 68 landmarks.

    Parameters
    ----------
    landmarks : array (68, 2), pixels

    Returns
    -------
    array (4, 2): eye on the image's left, eye on its right, mouth corner left, right.
    """
    return np.stack(
        [landmarks[36:42].mean(0), landmarks[42:48].mean(0), landmarks[48], landmarks[54]]
    )


def similarity_transform(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Least-squares rotation, uniform scale and shift that takes `source` to `target`.

    Parameters
    ----------
    source, target : arrays (N, 2)

    Returns
    -------
    array (2, 3), as OpenCV's warpAffine takes it.
    """
    x, y = source[:, 0], source[:, 1]
    ones, zeros = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([x, -y, ones, zeros], 1), np.stack([y, x, zeros, ones], 1)])
    a, b, tx, ty = np.linalg.lstsq(rows, target.T.ravel(), rcond=None)[0]
    return np.array([[a, -b, tx], [b, a, ty]])


def align_landmarks(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks in the aligned crop, as fractions of its side.

    Parameters
    ----------
    landmarks : array (68, 2), pixels

    Returns
    -------
    array (68, 2), x to the right and y down; points outside the crop are below 0 or above 1.
    """
    matrix = similarity_transform(anchor_points(landmarks), TEMPLATE)
    return landmarks @ matrix[:, :2].T + matrix[:, 2]


def align_face(image: np.ndarray, landmarks: np.ndarray, size: int = CROP_SIZE_PX) -> np.ndarray:
    """Upright square crop of one face.

    Parameters
    ----------
    image : uint8 array (H, W, 3), RGB
    landmarks : array (68, 2), pixels
    size : side of the crop, pixels

    Returns
    -------
    uint8 array (size, size, 3), RGB; what lies outside the image repeats its border.
    """
    matrix = similarity_transform(anchor_points(landmarks), TEMPLATE * size)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.7:  # warpAffine samples points: average first, or a large face would alias
        shrunk = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        ratio = np.array([shrunk.shape[1] / image.shape[1], shrunk.shape[0] / image.shape[0]])
        return align_face(shrunk, landmarks * ratio, size)
    return cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
