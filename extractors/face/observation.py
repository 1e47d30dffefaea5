"""A face in a frame: landmarks, pose, gaze and action units, under OpenFace's column names.

Columns follow OpenFace 2.x (Baltrusaitis et al. 2018, and its wiki page "Output format"):
x_0..y_67 in pixels of the upright frame; pose_T in mm and pose_R in rad, and gaze directions, with
the camera at the origin, x to the right, y down and z away from the camera. OpenFace's `success`
is the row's `valid`. A column that a tracker cannot fill truthfully is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

TRACKING_RATE_HZ = 8.0  # two samples in every hop of the descriptors

POSE_COLUMNS = ("pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz")
GAZE_COLUMNS = (
    *("gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y", "gaze_1_z"),
    *("gaze_angle_x", "gaze_angle_y"),
)
SHAPE_COLUMNS = tuple(f"shape_{axis}_{n}" for axis in "xy" for n in range(68))
LANDMARK_COLUMNS = tuple(f"{axis}_{n}" for axis in "xy" for n in range(68))


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """One face in one frame."""

    landmarks: np.ndarray  # float32 (68, 2), pixels, in the order of iBUG and OpenFace
    pose: np.ndarray  # float32 (6,), see POSE_COLUMNS
    gaze: np.ndarray  # float32 (8,), see GAZE_COLUMNS; eye 0 is the one on the image's left
    action_units: np.ndarray  # float32 (K,), 0 to 5, as the tracker names them
    expressions: np.ndarray  # float32 (E,), 0 to 1, as the tracker names them

    def scaled(self, ratio: float) -> Face:
        """The same face in an image `ratio` times as large; pose and gaze do not change."""
        return replace(self, landmarks=self.landmarks * np.float32(ratio))


@dataclass(frozen=True, eq=False, slots=True)
class FaceObservation:
    """Result of tracking one frame: the tracked face, None if it was not detected."""

    time_s: float
    n_faces: int
    face: Face | None


@dataclass(frozen=True, eq=False, slots=True)
class FaceRow:
    """An observation as a row of `face_stream`, which takes less than half of the memory."""

    # time_s, n_faces: as observed
    time_s: float
    n_faces: int
    # float32, pose, gaze, landmarks and action units; None if no face was detected
    values: np.ndarray | None

    @classmethod
    def of(cls, observation: FaceObservation) -> FaceRow:
        """The row of an observation."""
        if observation.face is None:
            return cls(observation.time_s, observation.n_faces, None)
        face = observation.face
        parts = [face.pose, face.gaze, face.landmarks.T.ravel(), face.action_units]
        return cls(observation.time_s, observation.n_faces, np.concatenate(parts, dtype=np.float32))
