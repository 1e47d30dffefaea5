"""Streams of a tracked face: OpenFace-style descriptors, expressions, shape and embeddings.

A frame without the face is a row that is not valid.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version

import cv2
import numpy as np

from extractors.face.alignment import align_landmarks
from extractors.face.cnn import CnnEncoder
from extractors.face.mediapipe_tracker import ACTION_UNITS, BLENDSHAPES, mediapipe_provenance
from extractors.face.observation import (
    GAZE_COLUMNS,
    LANDMARK_COLUMNS,
    POSE_COLUMNS,
    SHAPE_COLUMNS,
    TRACKING_RATE_HZ,
    FaceObservation,
    FaceRow,
)
from extractors.face.tracking import VideoTrack
from extractors.stream import Provenance, Stream

WINDOW_S, HOP_S = 0.5, 0.25  # Hemamou et al. 2019, "Extraction of social multimodal features"
ROW_S = 1 / TRACKING_RATE_HZ  # a row, or a crop, stands for one step of the face track


def face_stream(rows: Sequence[FaceRow]) -> Stream:
    """OpenFace-style descriptors, one row an observation: pose, gaze, landmarks, action units."""
    columns = (*POSE_COLUMNS, *GAZE_COLUMNS, *LANDMARK_COLUMNS, *ACTION_UNITS)
    values, times_s = [row.values for row in rows], [row.time_s for row in rows]
    return _stream(columns, values, times_s, mediapipe_provenance())


def expression_stream(observations: Sequence[FaceObservation]) -> Stream:
    """MediaPipe's expression scores, 0 to 1."""
    values = [None if o.face is None else o.face.expressions for o in observations]
    return _stream(BLENDSHAPES, values, [o.time_s for o in observations], mediapipe_provenance())


def shape_stream(observations: Sequence[FaceObservation]) -> Stream:
    """Face shape and head pose: the 68 landmarks after alignment, and the pose.

    Shape is in fractions of the template's side, so that neither the size of the picture nor a
    tilted head counts; the pose is as in `face_stream`.
    """
    values = [
        None
        if (face := o.face) is None
        else np.concatenate(
            [align_landmarks(face.landmarks.astype(np.float64)).T.ravel(), face.pose]
        )
        for o in observations
    ]
    times_s = [o.time_s for o in observations]
    return _stream((*SHAPE_COLUMNS, *POSE_COLUMNS), values, times_s, mediapipe_provenance())


def embedding_stream(track: VideoTrack, encoder: CnnEncoder) -> Stream:
    """The embeddings of a track that was made with this encoder, one row a crop."""
    libraries = {"torch": version("torch"), "opencv": cv2.__version__}
    provenance = Provenance(f"visual:{encoder.name}", encoder.version, libraries=libraries)
    valid = [o.face is not None for o in track.crop_observations]
    rows = [row if shown else None for row, shown in zip(track.embeddings, valid, strict=True)]
    return _stream(encoder.columns, rows, track.crop_times_s, provenance)


def smooth(stream: Stream) -> Stream:
    """Mean of the valid rows in windows of `WINDOW_S` every `HOP_S` (Hemamou et al. 2019).

    A row belongs to the windows that hold its middle. A window without a valid row is not valid.
    """
    if not len(stream):
        return stream
    settings = {**stream.provenance.settings, "window_s": WINDOW_S, "hop_s": HOP_S}
    end_s = stream.spans[-1, 1]
    starts = HOP_S * np.arange(max(1, math.floor((end_s - WINDOW_S) / HOP_S + 1e-6) + 1))
    valid_rows = np.flatnonzero(stream.valid)
    middle = stream.spans.mean(axis=1)[valid_rows]
    first, last = np.searchsorted(middle, starts), np.searchsorted(middle, starts + WINDOW_S)
    means = np.zeros((len(starts), stream.values.shape[1]), dtype=np.float32)
    for window in np.flatnonzero(last > first):
        rows = valid_rows[first[window] : last[window]]
        means[window] = stream.values[rows].mean(axis=0, dtype=np.float64)
    return Stream(
        means,
        np.stack([starts, starts + WINDOW_S], axis=1),
        stream.columns,
        last > first,
        replace(stream.provenance, settings=settings),
    )


def _stream(
    columns: tuple[str, ...],
    rows: Sequence[np.ndarray | None],
    times_s: Sequence[float] | np.ndarray,
    provenance: Provenance,
) -> Stream:
    valid = np.array([row is not None for row in rows], dtype=bool)
    if not valid.any():
        reason = f"no face found in {len(rows)} frames; is the speaker in the picture?"
        return Stream.empty(columns, provenance, reason)
    values = np.zeros((len(rows), len(columns)), dtype=np.float32)
    for step, row in enumerate(rows):
        if row is not None:
            values[step] = row
    starts = np.asarray(times_s)
    return Stream(values, np.stack([starts, starts + ROW_S], axis=1), columns, valid, provenance)
