"""Face track and CNN crops in one pass over a recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from extractors.face.alignment import CROP_SIZE_PX, align_face
from extractors.face.cnn import BATCH, CnnEncoder
from extractors.face.mediapipe_tracker import MediaPipeTracker
from extractors.face.observation import TRACKING_RATE_HZ, FaceObservation, FaceRow
from extractors.face.roll import quarter_turns, roll_of
from extractors.media.freezing import frozen_stretches, signature
from extractors.media.orientation import UPRIGHT, Orientation
from extractors.media.recording import probe
from extractors.media.sampling import rate_times
from extractors.media.video import DecodedFrame, PictureLog, decode_frames
from extractors.memory import trim_heap

THUMBNAIL_SIDE_PX, THUMBNAIL_QUALITY = 96, 90
ROLL_CHECKS_AT = (0.2, 0.5, 0.8)  # of the pictures, see `roll.is_unusual`
FREEZE_RATE_HZ = 1.0  # pictures further apart cannot show whether the picture moves
TRACKING_SIDE_PX = 640  # the tracker's own networks take 128 and 256 pixels: more is wasted


@dataclass(frozen=True, eq=False)
class VideoTrack:
    """Face track and crops of a recording: about 1 kB a frame, and 9 kB a crop when encoded."""

    # one for every 1/rate_hz in which the track has pictures, in pixels of the full upright frame;
    # without a face where there was no picture or it did not move
    rows: list[FaceRow]
    pictured: np.ndarray  # bool (rows,), whether there was a picture that moved
    # float64 (rows,), how far the face leaned clockwise, degrees; NaN without one
    rolls: np.ndarray
    turned_rolls: tuple[list[float], ...]  # of a few pictures, see `roll.quarter_turns`
    log: PictureLog  # the decoded pictures, and damaged packets
    frozen: tuple[tuple[float, float], ...]  # stretches in which the picture did not move, seconds
    crop_times_s: np.ndarray  # float64 (N,), the requested times
    crop_observations: list[FaceObservation]  # N, at the frames that the crops come from
    # uint8 (N, S, S, 3), aligned faces, RGB, black where no face was detected; with encoder (0, S,
    # S, 3), because they are freed once they are embedded
    crops: np.ndarray
    # float32 (N, D), zero where no face was detected; without an encoder (N, 0)
    embeddings: np.ndarray
    # N crops as JPEG files of 96 pixels a side, b"" where no face was detected
    thumbnails: list[bytes]
    # brightness, sharpness: float64 (N,), mean grey level of each crop, 0 to 1, and variance of its
    # Laplacian in grey levels squared; NaN where no face was detected
    brightness: np.ndarray
    sharpness: np.ndarray

    @property
    def crop_valid(self) -> np.ndarray:
        """Whether the face was detected in the frame of each crop, bool (N,)."""
        return np.array([o.face is not None for o in self.crop_observations], dtype=bool)


def track_video(
    path: str | Path,
    tracker: MediaPipeTracker,
    crop_times_s: Sequence[float] = (),
    rate_hz: float = TRACKING_RATE_HZ,
    *,
    start_s: float = 0.0,
    duration_s: float | None = None,
    track: int | None = None,
    turn: Orientation = UPRIGHT,
    encoder: CnnEncoder | None = None,
) -> VideoTrack:
    """Track the face at `rate_hz` and cut out the crops, decoding the recording once.

    Parameters
    ----------
    crop_times_s : seconds, ascending; the frame nearest to each is cropped. Times that the
        recording does not reach are left out of the result.
    start_s, duration_s : where the pictures begin and end, seconds; None probes for the end
    track : number of the track in the file; None takes the largest
    turn : applied to every picture after the orientation stated in the file
    encoder : embeds the crops during the pass, so that a long answer takes no more memory
    """
    if duration_s is None:
        duration_s = probe(path).duration_s
    grid = rate_times(duration_s, rate_hz)
    grid = grid[grid >= start_s - 0.5 / rate_hz]
    wanted = np.concatenate([grid, np.asarray(crop_times_s, dtype=np.float64)])
    for_crop = np.arange(len(wanted)) >= len(grid)
    order = np.argsort(wanted, kind="stable")
    checked = {int(share * len(grid)) for share in ROLL_CHECKS_AT}  # turned by a quarter as well
    tracker.start()
    rows = [FaceRow(float(time_s), 0, None) for time_s in grid]
    rolls = np.full(len(grid), np.nan)
    pictured = np.zeros(len(grid), dtype=bool)
    turned_rolls: list[list[float]] = []
    log = PictureLog()
    observed_times_s: list[float] = []  # times of the pictures that were looked at
    changes: list[float] = []
    observed: dict[int, FaceObservation] = {}
    observation: FaceObservation | None = None
    previous: np.ndarray | None = None
    cropper = _Crops(encoder, len(wanted) - len(grid))
    frames = decode_frames(path, times_s=wanted[order].tolist(), track=track, turn=turn, log=log)
    for frame in frames:
        image = None
        if observation is None or frame.time_s != observation.time_s:
            image = frame.image(TRACKING_SIDE_PX)
            observation = _observe(image, frame, tracker)
            current = signature(image)
            observed_times_s.append(frame.time_s)
            changes.append(np.inf if previous is None else np.abs(previous - current).max())
            previous = current
        number = int(order[frame.step])
        if for_crop[number]:
            observed[number - len(grid)] = observation
            cropper.add(number - len(grid), frame, observation)
            continue
        rows[number] = FaceRow.of(replace(observation, time_s=frame.wanted_s))
        pictured[number] = True
        if observation.face is not None:
            rolls[number] = roll_of(observation.face.landmarks)
        if number in checked:
            image = frame.image(TRACKING_SIDE_PX) if image is None else image
            turned_rolls.append(quarter_turns(image, tracker.roll, brief=True))
    frozen = frozen_stretches(observed_times_s, changes) if rate_hz >= FREEZE_RATE_HZ else ()
    for number, row in enumerate(rows):
        if _within(row.time_s, frozen):
            pictured[number] = False
            rows[number] = FaceRow(row.time_s, 0, None)
    count = max(observed, default=-1) + 1
    times = np.array(crop_times_s[:count], dtype=np.float64)
    observations = []
    for number, time_s in enumerate(times):
        crop_observation = observed.get(number, FaceObservation(float(time_s), 0, None))
        if _within(float(time_s), frozen):
            crop_observation = replace(crop_observation, face=None)
            cropper.drop(number)
        observations.append(crop_observation)
    crops, embeddings = cropper.finish()
    return VideoTrack(
        rows=rows,
        pictured=pictured,
        rolls=rolls,
        turned_rolls=tuple(turned_rolls),
        log=log,
        frozen=frozen,
        crop_times_s=times,
        crop_observations=observations,
        crops=crops[:count],
        embeddings=embeddings[:count],
        thumbnails=cropper.thumbnails[:count],
        brightness=cropper.brightness[:count],
        sharpness=cropper.sharpness[:count],
    )


def _within(time_s: float, stretches: Sequence[tuple[float, float]]) -> bool:
    return any(start <= time_s <= end for start, end in stretches)


class _Crops:
    """Buffer of crops: encoded in batches, or returned as they are without an encoder."""

    def __init__(self, encoder: CnnEncoder | None, count: int) -> None:
        width = 0 if encoder is None else len(encoder.columns)
        self.thumbnails: list[bytes] = [b""] * count
        self.brightness = np.full(count, np.nan)
        self.sharpness = np.full(count, np.nan)
        self._encoder = encoder
        self._waiting: dict[int, np.ndarray] = {}
        self._embeddings = np.zeros((count, width), dtype=np.float32)

    def add(self, number: int, frame: DecodedFrame, observation: FaceObservation) -> None:
        if observation.face is None:
            return
        crop = align_face(frame.image(), observation.face.landmarks.astype(np.float64))
        grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
        self.brightness[number] = grey.mean() / 255
        self.sharpness[number] = cv2.Laplacian(grey, cv2.CV_64F).var()
        quality = [cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY]
        side = (THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX)
        small = cv2.resize(crop, side, interpolation=cv2.INTER_AREA)[..., ::-1]
        self.thumbnails[number] = cv2.imencode(".jpg", small, quality)[1].tobytes()
        self._waiting[number] = crop
        if self._encoder is not None and len(self._waiting) >= BATCH:
            self._encode()

    def drop(self, number: int) -> None:
        """Remove a crop."""
        self.thumbnails[number] = b""
        self.brightness[number] = self.sharpness[number] = np.nan
        self._waiting.pop(number, None)
        self._embeddings[number] = 0.0

    def finish(self) -> tuple[np.ndarray, np.ndarray]:
        shape = (CROP_SIZE_PX, CROP_SIZE_PX, 3)
        if self._encoder is not None:
            self._encode()
            return np.zeros((0, *shape), dtype=np.uint8), self._embeddings
        crops = np.zeros((len(self.thumbnails), *shape), dtype=np.uint8)
        for number, crop in self._waiting.items():
            crops[number] = crop
        return crops, self._embeddings

    def _encode(self) -> None:
        if self._encoder is not None and self._waiting:
            encoded = self._encoder.encode(np.stack(list(self._waiting.values())))
            for number, row in zip(self._waiting, encoded, strict=True):
                self._embeddings[number] = row
            self._waiting = {}
            trim_heap()


def _observe(image: np.ndarray, frame: DecodedFrame, tracker: MediaPipeTracker) -> FaceObservation:
    observation = tracker.observe(image, frame.time_s)
    if observation.face is None:
        return observation
    return replace(
        observation, face=observation.face.scaled(frame.longer_side_px / max(image.shape[:2]))
    )
