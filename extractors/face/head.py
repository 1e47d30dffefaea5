"""Head pose and gaze in OpenFace's conventions, from MediaPipe's face geometry.

World coordinates: millimetres or directions, camera at the origin, x right, y down, z away from
the camera. Rotations are OpenFace's Euler angles, R = Rx Ry Rz: Rx > 0 nods down, Ry > 0 turns the
nose to the image's left, Rz > 0 tilts the head clockwise in the image.
"""

from __future__ import annotations

import numpy as np

# MediaPipe's face geometry module assumes this camera (its geometry pipeline, env_generator):
VERTICAL_FOV_RAD = np.deg2rad(63.0)
FLIP = np.diag([1.0, -1.0, -1.0])  # MediaPipe: y up, z towards the camera

# Corners and iris centre of the eye on the image's left, then on its right.
EYE_CORNERS = np.array([[33, 133], [362, 263]])
IRIS_CENTRES = np.array([468, 473])
# Anatomy: the eyelid fissure is about 28 mm wide, the iris about 10 mm before the centre of the
# eyeball. Where that centre lies from the middle between the corners (towards the temple, down,
# inwards) was fitted on the 14 development clips and 10 GRID clips, whose speakers mostly look
# into the camera: both eyes then meet there, and the head's turning drops out.
EYE_WIDTH_MM = 28.0
IRIS_RADIUS_MM = 10.0
EYEBALL_OFFSET_MM = (0.8, -1.8, 2.2)


def openface_focal_px(width: float, height: float) -> float:
    """Focal length that OpenFace assumes when none is given (its -fx default)."""
    return (500.0 * width / 640.0 + 500.0 * height / 480.0) / 2


def head_pose(
    matrix: np.ndarray, region: tuple[float, float, float, float], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Translation and rotation of the head.

    Parameters
    ----------
    matrix : array (4, 4), MediaPipe's facial transformation matrix, centimetres
    region : left, top, width, height of the part of the image it was estimated in, pixels
    size : width, height of the whole image, pixels

    Returns
    -------
    translation : array (3,), mm, for the focal length OpenFace would assume
    rotation : array (3, 3), head to world
    """
    left, top, region_width, region_height = region
    rotation = FLIP @ matrix[:3, :3] @ FLIP
    rotation /= np.cbrt(np.linalg.det(rotation))  # the matrix carries the face's scale
    x, y, z = 10.0 * FLIP @ matrix[:3, 3]
    focal = region_height / (2 * np.tan(VERTICAL_FOV_RAD / 2))
    offset = np.array([left + region_width / 2, top + region_height / 2]) - np.array(size) / 2
    pixels = focal * np.array([x, y]) / z + offset
    assumed = openface_focal_px(*size)
    depth = z * assumed / focal
    return np.array([*(pixels * depth / assumed), depth]), rotation


def euler_angles(rotation: np.ndarray) -> np.ndarray:
    """OpenFace's Rx, Ry, Rz of a rotation matrix (RotationHelpers.h), rad."""
    return np.array(
        [
            np.arctan2(-rotation[1, 2], rotation[2, 2]),
            np.arcsin(np.clip(rotation[0, 2], -1.0, 1.0)),
            np.arctan2(-rotation[0, 1], rotation[0, 0]),
        ]
    )


def gaze(mesh: np.ndarray, translation: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """Gaze directions (8,): OpenFace's gaze_0, gaze_1 and the mean angles, rad.

    The eyeball's centre is placed behind the eye's corners by anatomy and head rotation; the gaze
    runs from it to the iris in the mesh (478, 2 or more), pixels. Translation (3,) and rotation (3,
    3) of the head are those of `head_pose`. Someone in the middle of the picture who looks into the
    camera has (0, 0, -1) and 0, 0.
    """
    sight = _towards(translation)  # world axes turned so that z runs from the camera to the head
    head = sight.T @ rotation
    corners = mesh[EYE_CORNERS, :2]  # (eye, corner, xy)
    widths = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    shortening = max(float(np.linalg.norm(head[:2, 0])), 0.3)  # a turned eye looks narrower
    px_per_mm = widths.mean() / (EYE_WIDTH_MM * shortening)
    side, down, inwards = EYEBALL_OFFSET_MM
    offsets = np.array([[-side, down, inwards], [side, down, inwards]])  # (eye, xyz), head axes
    centres = corners.mean(axis=1) + (offsets @ head.T)[:, :2] * px_per_mm
    sideways = (mesh[IRIS_CENTRES, :2] - centres) / (IRIS_RADIUS_MM * px_per_mm)
    length = np.linalg.norm(sideways, axis=1, keepdims=True)
    sideways /= np.maximum(length / 0.95, 1.0)  # an eye cannot look sideways past its rim
    forward = -np.sqrt(1 - (sideways**2).sum(axis=1, keepdims=True))
    vectors = np.concatenate([sideways, forward], axis=1) @ sight.T
    x, y, z = vectors.mean(axis=0)
    return np.array([*vectors.ravel(), np.arctan2(x, -z), np.arctan2(y, -z)])


def _towards(direction: np.ndarray) -> np.ndarray:
    """Rotation (3, 3) whose third column points along `direction`, without roll."""
    z = direction / np.linalg.norm(direction)
    x = np.cross([0.0, 1.0, 0.0], z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=1)
