"""Recordings: what is in a file, its frames and its waveform.

Time 0 is the start of the answer: the earliest start of the video and the audio track. Everything
decodes on from the start and never seeks, so memory stays the same however long the answer is.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from extractors.container import (
    audio_of,
    codec_of,
    decoded,
    open_recording,
    origin_s,
    packets_of,
    pixel_aspect,
    rotation_degrees_of,
    video_of,
)
from extractors.errors import MediaError
from extractors.frames import DecodedFrame, Frame, decode_frames, read_frames
from extractors.waveform import read_audio, read_waveform

__all__ = [
    "DecodedFrame",
    "Frame",
    "MediaInfo",
    "decode_frames",
    "probe",
    "read_audio",
    "read_frames",
    "read_waveform",
    "sha256_of",
]

BREAK_TOLERANCE_S = 0.5  # tracks of a sound file may end this much before the stated duration


@dataclass(frozen=True)
class MediaInfo:
    """What a recording holds.

    Attributes
    ----------
    path : as given
    sha256 : digest of the file, hexadecimal
    duration_s : seconds that can really be read, whatever the header says
    has_video, has_audio : whether a track exists that can be decoded
    width, height : pixels as shown: upright and with square pixels; 0 without video
    frame_rate_hz : mean rate, measured on the timestamps; 0 without video
    rotation_degrees : how far the stored picture is turned clockwise to be upright: 0, 90, 180, 270
    video_codec, audio_codec : FFmpeg's names; "" without that track
    problem : one sentence when part of the file cannot be read, else ""
    """

    path: Path
    sha256: str
    duration_s: float
    has_video: bool
    has_audio: bool
    width: int
    height: int
    frame_rate_hz: float
    rotation_degrees: int
    video_codec: str
    audio_codec: str
    problem: str = ""


def probe(path: str | Path) -> MediaInfo:
    """Look through a recording without decoding it.

    Every packet is read, because headers are not to be trusted: browsers record WebM without a
    duration, and a truncated file still states the whole one.

    Raises
    ------
    MediaError
        missing, zero bytes, damaged, not a recording, or no track of a known codec.
    """
    path = Path(path)
    with open_recording(path) as container:
        video, audio = video_of(container), audio_of(container)
        unknown = [s.type for s in container.streams if s.type != "data" and codec_of(s) is None]
        if video is None and audio is None:
            tracks = "none of its tracks has a known codec" if unknown else "no picture, no sound"
            raise MediaError(f"{path}: {tracks}; convert it to MP4 (H.264 and AAC)")
        streams = [s for s in (video, audio) if s is not None]
        origin = origin_s(container)
        stated = (container.duration or 0) / av.time_base
        end_s, first_s, last_s, frames = 0.0, math.inf, -math.inf, 0
        for packet in packets_of(container, *streams):
            ticks = packet.dts if packet.pts is None else packet.pts  # AVI has no pts
            if ticks is None or packet.is_corrupt:
                continue
            time_s = float(ticks * packet.time_base) - origin
            end_s = max(end_s, time_s + float((packet.duration or 0) * packet.time_base))
            if packet.stream is video:
                first_s, last_s, frames = min(first_s, time_s), max(last_s, time_s), frames + 1
        rate = (frames - 1) / (last_s - first_s) if last_s > first_s else 0.0
        duration = max(end_s, last_s + 1 / rate if rate else 0.0)
        if duration <= 0:
            raise MediaError(
                f"{path}: the header is there, but no picture and no sound follows it; "
                "the recording was cut off, record or copy it again"
            )
        width, height, rotation = _shape(container, video) if video is not None else (0, 0, 0)
        problem = ""
        if unknown:
            problem = f"the {unknown[0]} track has a codec that is not known here"
        elif stated - duration > BREAK_TOLERANCE_S:
            problem = f"the file breaks off after {duration:.1f} s of {stated:.1f} s"
        return MediaInfo(
            path=path,
            sha256=sha256_of(path),
            duration_s=duration,
            has_video=video is not None,
            has_audio=audio is not None,
            width=width,
            height=height,
            frame_rate_hz=rate,
            rotation_degrees=rotation,
            video_codec=video.codec_context.name if video is not None else "",
            audio_codec=audio.codec_context.name if audio is not None else "",
            problem=problem,
        )


def sha256_of(path: str | Path) -> str:
    """Digest of a file, hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _shape(container: InputContainer, stream: VideoStream) -> tuple[int, int, int]:
    """Width and height as shown, and rotation; the first frame alone knows the rotation."""
    container.seek(0)
    rotation = 0
    for picture in decoded(container, stream):
        rotation = rotation_degrees_of(picture)
        break
    size = (round(stream.width * float(pixel_aspect(stream))), stream.height)
    return (*(size[::-1] if rotation % 180 else size), rotation)
