"""Pictures and sound as networks read them, with no feature in between.

They are taken in a pass of their own, although it decodes a recording once more: a tracker follows
a face from picture to picture, so further moments in the pass over the features would move those.
The same tracker looks at the same track, turned upright alike.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import cv2
import numpy as np
from PIL import Image

from extractors.errors import ExtractionError, MediaError, NoAudioError, NoVideoError
from extractors.face.alignment import CROP_VERSION, face_part
from extractors.face.mediapipe_tracker import MediaPipeTracker, mediapipe_provenance
from extractors.face.recording_track import track_recording
from extractors.media.recording import probe
from extractors.media.sampling import even_times
from extractors.media.video import read_frames
from extractors.media.waveform import read_waveform
from extractors.recipe import Recipe

Kind = Literal["face", "scene"]
PER_ANSWER = 60  # pictures; Kassab et al. 2022, section IV.B


@dataclass(frozen=True)
class Framing:
    """Which pictures of an answer a network sees.

    Attributes
    ----------
    kind : "face", aligned; "scene", the whole picture
    size_px : side of a picture
    per_answer : evenly spread over the answer. Portraits are four a clip: each is used once.

    Raises
    ------
    ExtractionError
        if a value makes no sense.
    """

    kind: Kind = "face"
    size_px: int = 64
    per_answer: int = PER_ANSWER

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind) or min(self.size_px, self.per_answer) < 1:
            raise ExtractionError(f"{self}: expected face or scene, and sizes from 1")


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of one recording."""

    pictures: np.ndarray  # uint8 (T, S, S, 3), RGB; of faces, only where one was detected
    # float64 (T,), each frame's own time, seconds from the start of the answer, ascending; of a
    # recording with fewer frames, some come twice
    times_s: np.ndarray


def take_pictures(
    media: Path, framing: Framing, tracker: MediaPipeTracker | None, *, slice_s: float | None = None
) -> Pictures:
    """The pictures of one recording; nothing of them is stored.

    Parameters
    ----------
    tracker : finds the faces; scenes need none
    slice_s : takes pictures at the moments of the portraits of First Impressions V2 in every slice
        of so many seconds; None = `framing.per_answer`, evenly spread

    Raises
    ------
    MediaError, OSError
        if the recording is damaged, cannot be read or has no picture.
    ValueError
        if faces are wanted of no tracker.
    """

    def times(length_s: float, frame_rate_hz: float) -> np.ndarray:
        if slice_s is None:
            return even_times(length_s, framing.per_answer)
        return Recipe(slice_s=slice_s).crop_times(length_s, frame_rate_hz)

    info = probe(media)
    if not info.has_video:
        raise NoVideoError(f"{media}: no picture that can be decoded")
    if framing.kind == "scene":
        moments = times(info.duration_s, info.frame_rate_hz).tolist()
        taken = [(frame.time_s, frame.image) for frame in read_frames(media, times_s=moments)]
    elif tracker is None:
        raise ValueError("faces are found by a tracker; give one")
    else:
        watched = track_recording(info, times, tracker, encoder=None, dense=True)
        track = watched.track
        taken = [
            (observed.time_s, face_part(crop))
            for observed, crop in zip(track.crop_observations, track.crops, strict=True)
            if observed.face is not None and watched.upright
        ]
    pictures = np.array([resized(picture, framing.size_px) for _, picture in taken], np.uint8)
    return Pictures(
        pictures.reshape(-1, framing.size_px, framing.size_px, 3),
        np.array([time_s for time_s, _ in taken], np.float64),
    )


def take_waveform(media: Path, rate_hz: int) -> np.ndarray:
    """The sound of one recording, float32 (S, 1), mono, on [-1, 1]; nothing of it is stored.

    (0, 1) where the recording has no sound; MediaError or OSError if it cannot be read.
    """
    try:
        samples = read_waveform(media, rate_hz=rate_hz)[:, None]
    except NoAudioError:
        return np.zeros((0, 1), np.float32)
    if not np.isfinite(samples).all():  # nobody looks at it again before a network hears it
        raise MediaError(f"{media}: its sound has samples that are no numbers; convert it again")
    return samples


def still_scene(picture: bytes, size_px: int) -> np.ndarray:
    """The whole picture of a JPEG or PNG file, uint8 (S, S, 3), RGB; OSError if it is damaged."""
    return resized(np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")), size_px)


def still_face(crop: np.ndarray, size_px: int) -> np.ndarray:
    """The face of an aligned crop of `stills.describe_portraits`, framed as that of a recording."""
    return resized(face_part(crop), size_px)


def picture_versions(kind: Kind) -> Sequence[str]:
    """Versions of what decides a picture, besides the recording and its framing."""
    return (mediapipe_provenance().version, CROP_VERSION) if kind == "face" else ()


def resized(picture: np.ndarray, size_px: int) -> np.ndarray:
    """A picture uint8 (H, W, 3) with both sides scaled to `size_px`."""
    if picture.shape[:2] == (size_px, size_px):
        return picture
    smaller = min(picture.shape[:2]) >= size_px
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR  # area: no moiré when it shrinks
    return cv2.resize(picture, (size_px, size_px), interpolation=how)
