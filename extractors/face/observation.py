"""Face descriptors over time under OpenFace's column names, for any tracker.

Columns follow OpenFace 2.x (Baltrusaitis et al. 2018, and its wiki page "Output format"):
x_0..y_67 in pixels of the upright frame; pose_T in mm and pose_R in rad, and gaze directions, with
the camera at the origin, x to the right, y down and z away from the camera. OpenFace's `success`
is the row's `valid`. A column that a tracker cannot fill truthfully is left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from extractors.face.alignment import align_landmarks
from extractors.stream import Provenance, Stream

TRACKING_RATE_HZ = 8.0  # two samples in every hop of 0.25 s
WINDOW_S, HOP_S = 0.5, 0.25  # Hemamou et al. 2019, "Extraction of social multimodal features"

POSE_COLUMNS = ("pose_Tx", "pose_Ty", "pose_Tz", "pose_Rx", "pose_Ry", "pose_Rz")
GAZE_COLUMNS = (
    *("gaze_0_x", "gaze_0_y", "gaze_0_z", "gaze_1_x", "gaze_1_y", "gaze_1_z"),
    *("gaze_angle_x", "gaze_angle_y"),
)
SHAPE_COLUMNS = tuple(f"shape_{axis}_{n}" for axis in "xy" for n in range(68))
LANDMARK_COLUMNS = tuple(f"{axis}_{n}" for axis in "xy" for n in range(68))


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """One face in one frame.

    Attributes
    ----------
    landmarks : float32 (68, 2), pixels, in the order of iBUG and OpenFace
    pose : float32 (6,), see POSE_COLUMNS
    gaze : float32 (8,), see GAZE_COLUMNS; eye 0 is the one on the image's left
    action_units : float32 (K,), 0 to 5, as the tracker names them
    expressions : float32 (E,), 0 to 1, as the tracker names them
    """

    landmarks: np.ndarray
    pose: np.ndarray
    gaze: np.ndarray
    action_units: np.ndarray
    expressions: np.ndarray

    @property
    def box(self) -> np.ndarray:
        """Left, top, right, bottom of the landmarks, pixels."""
        return np.concatenate([self.landmarks.min(0), self.landmarks.max(0)])

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
    """An observation as a row of `face_stream`, which takes less than half of the memory.

    Attributes
    ----------
    time_s, n_faces : as observed
    values : float32, pose, gaze, landmarks and action units; None if no face was detected
    """

    time_s: float
    n_faces: int
    values: np.ndarray | None

    @classmethod
    def of(cls, observation: FaceObservation) -> FaceRow:
        """The row of an observation."""
        if observation.face is None:
            return cls(observation.time_s, observation.n_faces, None)
        face = observation.face
        parts = [face.pose, face.gaze, face.landmarks.T.ravel(), face.action_units]
        return cls(observation.time_s, observation.n_faces, np.concatenate(parts, dtype=np.float32))


class FaceTracker(Protocol):
    """Tracks one face through one recording at a time.

    Attributes
    ----------
    provenance : name, version, settings and libraries of the tracker
    action_units, expressions : names of the columns that it fills
    """

    @property
    def provenance(self) -> Provenance: ...
    @property
    def action_units(self) -> tuple[str, ...]: ...
    @property
    def expressions(self) -> tuple[str, ...]: ...

    def start(self, path: Path) -> None:
        """Reset the tracker for a new recording."""

    def observe(self, image: np.ndarray, time_s: float) -> FaceObservation:
        """Track the face in the next frame.

        Parameters
        ----------
        image : uint8 (H, W, 3), RGB, upright, of any size; landmarks come in its pixels
        time_s : seconds from the start of the answer, ascending within a recording
        """

    def roll(self, image: np.ndarray) -> float:
        """Clockwise roll of the largest face in a picture, degrees; NaN without one.

        The picture is processed on its own and does not affect the tracked face.
        """

    def close(self) -> None:
        """Free the tracker's resources."""


def face_stream(
    rows: Sequence[FaceRow],
    tracker: FaceTracker,
    *,
    source_sha256: str = "",
    rate_hz: float = TRACKING_RATE_HZ,
) -> Stream:
    """OpenFace-style descriptors, one row an observation: pose, gaze, landmarks, action units.

    Frames without the tracked face are rows that are not valid.
    """
    columns = (*POSE_COLUMNS, *GAZE_COLUMNS, *LANDMARK_COLUMNS, *tracker.action_units)
    values, times_s = [row.values for row in rows], [row.time_s for row in rows]
    return _stream("face", columns, values, times_s, tracker, source_sha256, rate_hz)


def expression_stream(
    observations: Sequence[FaceObservation],
    tracker: FaceTracker,
    *,
    source_sha256: str = "",
    rate_hz: float = TRACKING_RATE_HZ,
) -> Stream:
    """The tracker's own expression scores, 0 to 1, for the same frames as `face_stream`.

    Raises
    ------
    ValueError
        if the tracker has none.
    """
    if not tracker.expressions:
        raise ValueError(f"{tracker.provenance.extractor} gives no expression scores")

    values = [None if o.face is None else o.face.expressions for o in observations]
    times_s = [o.time_s for o in observations]
    columns = tracker.expressions
    return _stream("expression", columns, values, times_s, tracker, source_sha256, rate_hz)


def shape_stream(
    observations: Sequence[FaceObservation],
    tracker: FaceTracker,
    *,
    source_sha256: str = "",
    rate_hz: float = TRACKING_RATE_HZ,
) -> Stream:
    """Face shape and head pose: the 68 landmarks after alignment, and the pose.

    Shape is in fractions of the template's side, so that neither the size of the picture nor a
    tilted head counts; the pose is as in `face_stream`.
    """
    columns = (*SHAPE_COLUMNS, *POSE_COLUMNS)

    def row(face: Face) -> np.ndarray:
        return np.concatenate(
            [align_landmarks(face.landmarks.astype(np.float64)).T.ravel(), face.pose]
        )

    values = [None if o.face is None else row(o.face) for o in observations]
    times_s = [o.time_s for o in observations]
    return _stream("shape", columns, values, times_s, tracker, source_sha256, rate_hz)


def smooth(stream: Stream, window_s: float = WINDOW_S, hop_s: float = HOP_S) -> Stream:
    """Mean of the valid rows in windows of `window_s` every `hop_s` (Hemamou et al. 2019).

    A row belongs to the windows that hold its middle. A window without a valid row is not valid.
    """
    if not len(stream):
        return stream
    settings = {**stream.provenance.settings, "window_s": window_s, "hop_s": hop_s}
    end_s = stream.spans[-1, 1]
    starts = hop_s * np.arange(max(1, math.floor((end_s - window_s) / hop_s + 1e-6) + 1))
    valid_rows = np.flatnonzero(stream.valid)
    middle = stream.spans.mean(axis=1)[valid_rows]
    first, last = np.searchsorted(middle, starts), np.searchsorted(middle, starts + window_s)
    means = np.zeros((len(starts), stream.values.shape[1]), dtype=np.float32)
    for window in np.flatnonzero(last > first):
        rows = valid_rows[first[window] : last[window]]
        means[window] = stream.values[rows].mean(axis=0, dtype=np.float64)
    return Stream(
        means,
        np.stack([starts, starts + window_s], axis=1),
        stream.columns,
        last > first,
        replace(stream.provenance, settings=settings),
    )


def _stream(
    kind: str,
    columns: tuple[str, ...],
    rows: Sequence[np.ndarray | None],
    times_s: Sequence[float],
    tracker: FaceTracker,
    source_sha256: str,
    rate_hz: float,
) -> Stream:
    base = tracker.provenance
    provenance = replace(
        base,
        extractor=f"{kind}:{base.extractor}",
        settings={**base.settings, "rate_hz": rate_hz},
        source_sha256=source_sha256,
    )
    valid = np.array([row is not None for row in rows], dtype=bool)
    if not valid.any():
        reason = f"no face found in {len(rows)} frames; is the speaker in the picture?"
        return Stream.empty(columns, provenance, reason)
    values = np.zeros((len(rows), len(columns)), dtype=np.float32)
    for step, row in enumerate(rows):
        if row is not None:
            values[step] = row
    starts = np.array(times_s)
    return Stream(
        values, np.stack([starts, starts + 1 / rate_hz], axis=1), columns, valid, provenance
    )
