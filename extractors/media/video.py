"""Decode the pictures of a recording one at a time, without seeking, in constant memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from extractors.errors import MediaError, NoVideoError
from extractors.media.container import frames_of, open_recording, packets_of, pixel_aspect
from extractors.media.layout import Layout, Track, layout_of, shifted
from extractors.media.orientation import UPRIGHT, Orientation

PICTURE_REACH_S = 0.5  # a picture stands for at most so much of the time before and after it
TIMESTAMP_STEP_S = 0.002  # stamps of some containers count milliseconds


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture."""

    time_s: float  # seconds from the start of the answer, the frame's own timestamp
    image: np.ndarray  # uint8 (H, W, 3), RGB, upright, square pixels


@dataclass(eq=False)
class PictureLog:
    """Log of a decoding pass over the pictures of a track."""

    times_s: list[float] = field(default_factory=list)  # of every picture that was decoded, seconds
    damaged: int = 0  # packets and pictures that could not be decoded, or not without errors


@dataclass(frozen=True, eq=False)
class DecodedFrame:
    """A decoded picture, converted to RGB on request, at the requested size."""

    # which of the wanted times it is for, from 0; its own number if every picture is wanted
    step: int
    # wanted_s, time_s: that time, and the picture's own, seconds from the start of the answer
    wanted_s: float
    time_s: float
    picture: VideoFrame  # as decoded
    pixel_aspect: Fraction  # width of a pixel over its height
    orientation: Orientation = UPRIGHT  # as stated in the file
    turn: Orientation = UPRIGHT  # applied after the orientation

    @property
    def longer_side_px(self) -> int:
        """The longer side of the picture at its full size."""
        return max(round(self.picture.width * float(self.pixel_aspect)), self.picture.height)

    def image(self, max_side_px: int | None = None) -> np.ndarray:
        """The picture as uint8 (H, W, 3), RGB, as shown, its longer side at most `max_side_px`."""
        width, height = self.picture.width * float(self.pixel_aspect), self.picture.height
        shrink = min(1.0, (max_side_px or math.inf) / max(width, height))
        image = self.picture.to_ndarray(
            format="rgb24",
            width=max(1, round(width * shrink)),
            height=max(1, round(height * shrink)),
            interpolation="AREA" if shrink < 1 else "BILINEAR",
        )
        return np.ascontiguousarray(self.turn.apply(self.orientation.apply(image)))


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
        Times more than 0.5 s from any frame give nothing.
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
    path: str | Path,
    *,
    times_s: Sequence[float] | None = None,
    rate_hz: float | None = None,
    track: int | None = None,
    turn: Orientation = UPRIGHT,
    log: PictureLog | None = None,
) -> Iterator[DecodedFrame]:
    """As `read_frames`, but pictures are not converted, which costs more than decoding.

    With a rate, a frame that is nearest to two grid points comes twice. `track` is the number in
    the file, None takes the largest; every picture is turned by `turn` after the orientation stated
    in the file. With a log every picture is decoded and recorded in it.
    """
    if times_s is not None and rate_hz is not None:
        raise ValueError("give times_s or rate_hz, not both")
    if times_s is not None and any(b < a for a, b in pairwise(times_s)):
        raise ValueError("times_s must ascend")
    path = Path(path)
    layout = layout_of(path)
    chosen = _chosen(layout, track)
    wanted = enumerate(_wanted(times_s, rate_hz))
    step, target = next(wanted, (0, None))
    previous: tuple[float, VideoFrame] | None = None
    with open_recording(path) as container:
        stream = container.streams[chosen.index]
        assert isinstance(stream, VideoStream)
        aspect, orientation = pixel_aspect(stream), chosen.orientation
        pass_log = log or PictureLog()
        pictures = _pictures(container, stream, layout, chosen, pass_log)
        for number, (time_s, picture) in enumerate(pictures):
            every = times_s is None and rate_hz is None
            if every:
                yield DecodedFrame(number, time_s, time_s, picture, aspect, orientation, turn)
            while target is not None and target <= time_s:
                after = previous is None or time_s - target <= target - previous[0]
                nearest = (time_s, picture) if after or previous is None else previous
                if abs(nearest[0] - target) <= PICTURE_REACH_S + TIMESTAMP_STEP_S:
                    yield DecodedFrame(step, target, *nearest, aspect, orientation, turn)
                step, target = next(wanted, (0, None))
            if target is None and not every and log is None:
                return
            previous = (time_s, picture)
        if previous is None:
            raise MediaError(
                f"{path}: not one picture can be decoded; the video track is damaged, "
                "record or convert it again"
            )
        reach_s = PICTURE_REACH_S if rate_hz is None else 0.0
        while target is not None and target <= previous[0] + reach_s:
            yield DecodedFrame(step, target, *previous, aspect, orientation, turn)
            step, target = next(wanted, (0, None))


def _chosen(layout: Layout, track: int | None) -> Track:
    tracks = [t for t in layout.video if track is None or t.index == track]
    if not tracks:
        raise NoVideoError(
            f"{layout.path}: no picture in this recording; give a video or leave the visual "
            "stream out"
        )
    return tracks[0]


def _wanted(times_s: Sequence[float] | None, rate_hz: float | None) -> Iterator[float]:
    if times_s is not None:
        yield from times_s
    elif rate_hz is not None:
        step = 0
        while True:
            yield step / rate_hz
            step += 1


def _pictures(
    container: InputContainer, stream: VideoStream, layout: Layout, track: Track, log: PictureLog
) -> Iterator[tuple[float, VideoFrame]]:
    rate = float(stream.average_rate or stream.guessed_rate or 25)
    time_s = -1 / rate
    stream.codec_context.thread_type = "AUTO"
    for packet in shifted(packets_of(container, stream), track):
        decoded = frames_of(packet)
        log.damaged += decoded is None
        for picture in decoded or ():
            if picture.is_corrupt:
                log.damaged += 1
                continue
            before_s = time_s
            if picture.pts is None or picture.time_base is None:  # some AVI: count on
                time_s = before_s + 1 / rate
            else:
                time_s = float(picture.pts * picture.time_base) - layout.origin_s
            time_s = max(time_s, before_s)  # damaged timestamps never run backwards
            if time_s <= layout.duration_s + PICTURE_REACH_S:
                log.times_s.append(max(0.0, time_s))
                yield max(0.0, time_s), picture
            else:  # a stamp that no packet had
                time_s = before_s
