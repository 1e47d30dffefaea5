"""Portraits: still pictures of a recording, with the same tracker and alignment as videos."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from extractors.face.alignment import CROP_SIZE_PX, align_face
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.observation import FaceObservation, expression_stream, shape_stream
from extractors.stream import Stream


@dataclass(frozen=True, eq=False)
class Portraits:
    """Faces in a sequence of stills.

    Attributes
    ----------
    crops : uint8 (N, S, S, 3), aligned faces, RGB; black where no face was detected
    expression, shape : Streams with one row a still
    """

    crops: np.ndarray
    expression: Stream
    shape: Stream


def describe_portraits(
    pictures: Sequence[bytes],
    times_s: Sequence[float],
    tracker: MediaPipeTracker,
    *,
    source_sha256: str = "",
) -> Portraits:
    """Detect, align and describe the face in each of several stills of one person.

    Each still is processed on its own: they are seconds apart, so no track is carried over.

    Parameters
    ----------
    pictures : JPEG or PNG files
    times_s : when each was taken, seconds from the start of the answer

    Raises
    ------
    OSError
        if a picture cannot be decoded.
    """
    observations: list[FaceObservation] = []
    crops = np.zeros((len(pictures), CROP_SIZE_PX, CROP_SIZE_PX, 3), dtype=np.uint8)
    for row, (picture, time_s) in enumerate(zip(pictures, times_s, strict=True)):
        image = np.ascontiguousarray(Image.open(io.BytesIO(picture)).convert("RGB"))
        tracker.start()
        observation = tracker.observe(image, time_s)
        observations.append(observation)
        if observation.face is not None:
            crops[row] = align_face(image, observation.face.landmarks.astype(np.float64))
    return Portraits(
        crops,
        expression_stream(observations, tracker, source_sha256=source_sha256),
        shape_stream(observations, tracker, source_sha256=source_sha256),
    )
