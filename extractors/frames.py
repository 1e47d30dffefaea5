"""The pictures of a recording, decoded one at a time and never sought, so memory stays constant."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from extractors.container import (
    decoded,
    open_recording,
    origin_s,
    pixel_aspect,
    rotation_degrees_of,
    video_of,
)
from extractors.errors import MediaError, NoVideoError


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture.

    Attributes
    ----------
    time_s : seconds from the start of the answer, the frame's own timestamp
    image : uint8 (H, W, 3), RGB, upright, square pixels
    """

    time_s: float
    image: np.ndarray


@dataclass(frozen=True, eq=False)
class DecodedFrame:
    """A decoded picture that becomes RGB only when asked, at the size that is asked for."""

    wanted_s: float
    time_s: float
    picture: VideoFrame
    pixel_aspect: Fraction
    rotation_degrees: int

    @property
    def longer_side_px(self) -> int:
        """The longer side of the picture at its full size."""
        return max(round(self.picture.width * float(self.pixel_aspect)), self.picture.height)

    def image(self, max_side_px: int | None = None) -> np.ndarray:
        """The picture as uint8 (H, W, 3), RGB, upright, its longer side at most `max_side_px`."""
        width, height = self.picture.width * float(self.pixel_aspect), self.picture.height
        shrink = min(1.0, (max_side_px or math.inf) / max(width, height))
        image = self.picture.to_ndarray(
            format="rgb24",
            width=max(1, round(width * shrink)),
            height=max(1, round(height * shrink)),
            interpolation="AREA" if shrink < 1 else "BILINEAR",
        )
        return np.ascontiguousarray(np.rot90(image, -self.rotation_degrees // 90))


def read_frames(
    path: str | Path,
    *,
    times_s: Sequence[float] | None = None,
    rate_hz: float | None = None,
    max_side_px: int | None = None,
) -> Iterator[Frame]:
    """Decode the pictures of a recording, one at a time.

    Parameters
    ----------
    path : the recording
    times_s : seconds, ascending; gives the frame nearest to each, so a frame may come twice.
        Times more than 0.5 s after the last frame give nothing.
    rate_hz : frames nearest to 0, 1/rate, 2/rate ..., none twice
    max_side_px : shrink so that the longer side is at most this; None keeps the size

    With neither times nor a rate every frame comes.

    Raises
    ------
    NoVideoError
        the recording has no picture.
    MediaError
        as `probe`, or not one picture can be decoded.
    """
    last_s = None
    for frame in decode_frames(path, times_s=times_s, rate_hz=rate_hz):
        if times_s is not None or frame.time_s != last_s:
            yield Frame(frame.time_s, frame.image(max_side_px))
        last_s = frame.time_s


def decode_frames(
    path: str | Path, *, times_s: Sequence[float] | None = None, rate_hz: float | None = None
) -> Iterator[DecodedFrame]:
    """As `read_frames`, but each picture is left as decoded: converting costs more than decoding.

    With a rate, a frame that is nearest to two grid points comes twice.
    """
    if times_s is not None and rate_hz is not None:
        raise ValueError("give times_s or rate_hz, not both")
    if times_s is not None and any(b < a for a, b in pairwise(times_s)):
        raise ValueError("times_s must ascend")
    wanted = _wanted(times_s, rate_hz)
    goal = next(wanted, None)
    before: tuple[float, VideoFrame] | None = None
    path = Path(path)
    with open_recording(path) as container:
        stream = video_of(container)
        if stream is None:
            raise NoVideoError(
                f"{path}: no picture in this recording; give a video or leave the visual stream out"
            )
        aspect = pixel_aspect(stream)
        for time_s, picture in _pictures(container, stream):
            every = times_s is None and rate_hz is None
            if every:
                yield DecodedFrame(time_s, time_s, picture, aspect, rotation_degrees_of(picture))
            while goal is not None and goal <= time_s:
                after = before is None or time_s - goal <= goal - before[0]
                found = (time_s, picture) if after or before is None else before
                yield DecodedFrame(goal, *found, aspect, rotation_degrees_of(found[1]))
                goal = next(wanted, None)
            if goal is None and not every:
                return
            before = (time_s, picture)
        if before is None:
            raise MediaError(
                f"{path}: not one picture can be decoded; the video track is damaged, "
                "record or convert it again"
            )
        while goal is not None and goal <= before[0] + (0.5 if rate_hz is None else 0.0):
            yield DecodedFrame(goal, *before, aspect, rotation_degrees_of(before[1]))
            goal = next(wanted, None)


def _wanted(times_s: Sequence[float] | None, rate_hz: float | None) -> Iterator[float]:
    if times_s is not None:
        yield from times_s
    elif rate_hz is not None:
        step = 0
        while True:
            yield step / rate_hz
            step += 1


def _pictures(container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    origin = origin_s(container)
    rate = float(stream.average_rate or stream.guessed_rate or 25)
    time_s = -1 / rate
    for picture in decoded(container, stream):
        if picture.is_corrupt:
            continue
        before_s = time_s
        if picture.pts is None or picture.time_base is None:  # some AVI: count on
            time_s = before_s + 1 / rate
        else:
            time_s = float(picture.pts * picture.time_base) - origin
        time_s = max(time_s, before_s)  # damaged timestamps never run backwards
        yield max(0.0, time_s), picture
