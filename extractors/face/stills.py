"""Portraits: still pictures of a recording, with the same tracker and alignment as videos."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from extractors.face.alignment import CROP_SIZE_PX, align_face
from extractors.face.descriptors import expression_stream, shape_stream
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.observation import FaceObservation
from extractors.media.video import read_frames
from extractors.stream import Stream


@dataclass(frozen=True, eq=False)
class Portraits:
    """Faces in a sequence of stills."""

    crops: np.ndarray  # uint8 (N, S, S, 3), aligned faces, RGB; black where no face was detected
    # expression, shape: Streams with one row a still
    expression: Stream
    shape: Stream


def describe_portraits(
    pictures: Sequence[bytes], times_s: Sequence[float], tracker: MediaPipeTracker
) -> Portraits:
    """Detect, align and describe the face in each of several JPEG or PNG stills of one person.

    Each is processed on its own: they are seconds apart, so no track is carried over. `times_s` are
    seconds from the start of the answer. OSError if a picture cannot be decoded.
    """
    images = [np.ascontiguousarray(Image.open(io.BytesIO(p)).convert("RGB")) for p in pictures]
    return _describe(images, times_s, tracker)


def describe_frames(media: Path, times_s: Sequence[float], tracker: MediaPipeTracker) -> Portraits:
    """As `describe_portraits`, of the frames of a recording nearest to some times, ascending."""
    frames = list(read_frames(media, times_s=times_s))
    return _describe([f.image for f in frames], [f.time_s for f in frames], tracker)


def _describe(
    images: Sequence[np.ndarray], times_s: Sequence[float], tracker: MediaPipeTracker
) -> Portraits:
    observations: list[FaceObservation] = []
    crops = np.zeros((len(images), CROP_SIZE_PX, CROP_SIZE_PX, 3), dtype=np.uint8)
    for row, (image, time_s) in enumerate(zip(images, times_s, strict=True)):
        tracker.start()
        observation = tracker.observe(image, time_s)
        observations.append(observation)
        if observation.face is not None:
            crops[row] = align_face(image, observation.face.landmarks.astype(np.float64))
    return Portraits(crops, expression_stream(observations), shape_stream(observations))
