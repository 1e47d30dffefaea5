"""One pass over a recording for the face track and the crops that the CNN sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from extractors.alignment import CROP_SIZE_PX, align_face
from extractors.cnn import BATCH, CnnEncoder
from extractors.face import TRACKING_RATE_HZ, FaceObservation, FaceRow, FaceTracker
from extractors.frames import DecodedFrame, decode_frames
from extractors.media import probe
from extractors.memory import give_back
from extractors.sampling import rate_times

THUMBNAIL_SIDE_PX, THUMBNAIL_QUALITY = 96, 90
TRACKING_SIDE_PX = 640  # the tracker's own networks see 128 and 256 pixels: more is lost on them


@dataclass(frozen=True, eq=False)
class VideoTrack:
    """What one pass over a recording keeps: about 1 kB a frame, and 9 kB a crop when encoded.

    Attributes
    ----------
    rows : one for every 1/rate_hz, in pixels of the full upright frame
    rate_hz : their rate
    crop_times_s : float64 (N,), the times that were asked for
    crop_observations : N, at the frames that the crops come from
    crop_size_px : S
    crops : uint8 (N, S, S, 3), aligned faces, RGB, black where no face was seen; with an encoder
        (0, S, S, 3), because they are let go once they are embedded
    embeddings : float32 (N, D), zero where no face was seen; without an encoder (N, 0)
    encoder : name and version of the encoder, None without one
    thumbnails : N crops as JPEG files of 96 pixels a side, b"" where no face was seen
    """

    rows: list[FaceRow]
    rate_hz: float
    crop_times_s: np.ndarray
    crop_observations: list[FaceObservation]
    crop_size_px: int
    crops: np.ndarray
    embeddings: np.ndarray
    encoder: tuple[str, str] | None
    thumbnails: list[bytes]

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
    encoder: CnnEncoder | None = None,
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
    encoder : embeds the crops on the way, so that a long answer takes no more memory

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
    rows: list[FaceRow] = []
    crop_observations: list[FaceObservation] = []
    seen: FaceObservation | None = None
    kept = _Crops(crop_size_px, encoder)
    frames = decode_frames(path, times_s=wanted[order].tolist())
    for frame, is_crop in zip(frames, for_crop[order], strict=False):
        if seen is None or frame.time_s != seen.time_s:
            seen = _observe(frame, tracker)
        if is_crop:
            crop_observations.append(seen)
            kept.add(frame, seen)
        else:
            rows.append(FaceRow.of(replace(seen, time_s=frame.wanted_s)))
    crops, embeddings = kept.finish()
    return VideoTrack(
        rows=rows,
        rate_hz=rate_hz,
        crop_times_s=np.array(crop_times_s[: len(crop_observations)], dtype=np.float64),
        crop_observations=crop_observations,
        crop_size_px=crop_size_px,
        crops=crops,
        embeddings=embeddings,
        encoder=None if encoder is None else (encoder.name, encoder.version),
        thumbnails=kept.thumbnails,
    )


class _Crops:
    """Crops on their way to the encoder, or kept where there is none."""

    def __init__(self, size_px: int, encoder: CnnEncoder | None) -> None:
        self.thumbnails: list[bytes] = []
        self._size_px = size_px
        self._encoder = encoder
        self._waiting: list[np.ndarray] = []
        self._places: list[int] = []
        self._embeddings: list[np.ndarray] = []

    def add(self, frame: DecodedFrame, seen: FaceObservation) -> None:
        width = 0 if self._encoder is None else len(self._encoder.columns)
        self._embeddings.append(np.zeros(width, dtype=np.float32))
        if seen.face is None:
            self.thumbnails.append(b"")
            return
        crop = align_face(frame.image(), seen.face.landmarks.astype(np.float64), self._size_px)
        quality = [cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY]
        side = (THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX)
        small = cv2.resize(crop, side, interpolation=cv2.INTER_AREA)[..., ::-1]
        self.thumbnails.append(cv2.imencode(".jpg", small, quality)[1].tobytes())
        self._waiting.append(crop)
        self._places.append(len(self._embeddings) - 1)
        if self._encoder is not None and len(self._waiting) >= BATCH:
            self._encode()

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        size = self._size_px
        if self._encoder is not None:
            self._encode()
            crops = np.zeros((0, size, size, 3), dtype=np.uint8)
        else:
            crops = np.zeros((len(self._embeddings), size, size, 3), dtype=np.uint8)
            for place, crop in zip(self._places, self._waiting, strict=True):
                crops[place] = crop
        width = 0 if self._encoder is None else len(self._encoder.columns)
        return crops, np.array(self._embeddings, dtype=np.float32).reshape(
            len(self._embeddings), width
        )

    def _encode(self) -> None:
        if self._encoder is not None and self._waiting:
            encoded = self._encoder.encode(np.stack(self._waiting))
            for place, row in zip(self._places, encoded, strict=True):
                self._embeddings[place] = row.copy()
            self._waiting, self._places = [], []
            give_back()


def _observe(frame: DecodedFrame, tracker: FaceTracker) -> FaceObservation:
    image = frame.image(TRACKING_SIDE_PX)
    seen = tracker.observe(image, frame.time_s)
    if seen.face is None:
        return seen
    return replace(seen, face=seen.face.scaled(frame.longer_side_px / max(image.shape[:2])))
