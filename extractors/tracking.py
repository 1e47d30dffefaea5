"""One pass over a recording for the face track and the crops that the CNN sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from extractors.alignment import CROP_SIZE_PX, align_face
from extractors.face import TRACKING_RATE_HZ, FaceObservation, FaceTracker
from extractors.frames import DecodedFrame, decode_frames
from extractors.media import probe
from extractors.sampling import rate_times

TRACKING_SIDE_PX = 640  # the tracker's own networks see 128 and 256 pixels: more is lost on them


@dataclass(frozen=True, eq=False)
class VideoTrack:
    """What one pass over a recording keeps; it grows by about 1 kB a frame and 50 kB a crop.

    Attributes
    ----------
    observations : one for every 1/rate_hz, in pixels of the full upright frame
    rate_hz : their rate
    crop_times_s : float64 (N,), the times that were asked for
    crops : uint8 (N, S, S, 3), aligned faces, RGB; black where no face was seen
    crop_observations : N, at the frames that the crops come from
    """

    observations: list[FaceObservation]
    rate_hz: float
    crop_times_s: np.ndarray
    crops: np.ndarray
    crop_observations: list[FaceObservation]

    @property
    def crop_valid(self) -> np.ndarray:
        """Whether the face was seen in the frame of each crop, bool (N,)."""
        return np.array([o.face is not None for o in self.crop_observations], dtype=bool)


def track_video(
    path: str | Path,
    tracker: FaceTracker,
    crop_times_s: Sequence[float] = (),
    rate_hz: float = TRACKING_RATE_HZ,
    *,
    duration_s: float | None = None,
    crop_size_px: int = CROP_SIZE_PX,
) -> VideoTrack:
    """Follow the face and cut out the crops, decoding the recording once.

    Parameters
    ----------
    path : the recording
    tracker : any FaceTracker; it is started anew
    crop_times_s : seconds, ascending; the frame nearest to each is cropped. Times that the
        recording does not reach are left out of the result.
    rate_hz : rate of the face track
    duration_s : as `probe` found it; None probes
    crop_size_px : side of a crop

    Raises
    ------
    NoVideoError, MediaError
        as `read_frames`.
    """
    if duration_s is None:
        duration_s = probe(path).duration_s
    grid = rate_times(duration_s, rate_hz)
    wanted = np.concatenate([grid, np.asarray(crop_times_s, dtype=np.float64)])
    for_crop = np.arange(len(wanted)) >= len(grid)
    order = np.argsort(wanted, kind="stable")
    tracker.start(Path(path))
    observations: list[FaceObservation] = []
    crops: list[np.ndarray] = []
    crop_observations: list[FaceObservation] = []
    seen: FaceObservation | None = None
    frames = decode_frames(path, times_s=wanted[order].tolist())
    for frame, is_crop in zip(frames, for_crop[order], strict=False):
        if seen is None or frame.time_s != seen.time_s:
            seen = _observe(frame, tracker)
        if is_crop:
            crop_observations.append(seen)
            crops.append(_crop(frame, seen, crop_size_px))
        else:
            observations.append(replace(seen, time_s=frame.wanted_s))
    return VideoTrack(
        observations=observations,
        rate_hz=rate_hz,
        crop_times_s=np.asarray(crop_times_s, dtype=np.float64)[: len(crops)],
        crops=np.array(crops, dtype=np.uint8).reshape(-1, crop_size_px, crop_size_px, 3),
        crop_observations=crop_observations,
    )


def _observe(frame: DecodedFrame, tracker: FaceTracker) -> FaceObservation:
    image = frame.image(TRACKING_SIDE_PX)
    seen = tracker.observe(image, frame.time_s)
    if seen.face is None:
        return seen
    return replace(seen, face=seen.face.scaled(frame.longer_side_px / max(image.shape[:2])))


def _crop(frame: DecodedFrame, seen: FaceObservation, size_px: int) -> np.ndarray:
    if seen.face is None:
        return np.zeros((size_px, size_px, 3), dtype=np.uint8)
    return align_face(frame.image(), seen.face.landmarks.astype(np.float64), size_px)
