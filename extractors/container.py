"""Opening recordings with FFmpeg, safely, and reading on over damage.

Time 0 of an answer is the earliest start of its video and audio tracks.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from extractors.errors import MediaError

# Containers that hold one recording. Playlists (HLS, concat) are left out: they would make FFmpeg
# open other files and addresses; so are pictures and text, which FFmpeg would play as video.
CONTAINERS = (
    "aac,ac3,aiff,amr,asf,au,avi,caf,dv,flac,flv,ivf,matroska,mov,mp3,mpeg,mpegts,mxf,nut,ogg,rm,"
    "w64,wav"
)


@contextmanager
def open_recording(path: Path) -> Iterator[InputContainer]:
    """Open a recording for reading.

    Raises
    ------
    MediaError
        missing, zero bytes, not to be read, damaged at the head, or not a recording.
    """
    if not path.is_file():
        found = "a folder, not a file" if path.is_dir() else "no such file"
        raise MediaError(f"{path}: {found}; give the path of a recording")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file has zero bytes; record or copy it again")
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    try:
        container = av.open(str(path), options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        if isinstance(error, PermissionError):
            raise MediaError(f"{path}: may not be read; check the file's permissions") from error
        with path.open("rb") as file:
            head = file.read(12)
        if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") or head[:4] in (
            b"RIFF",
            b"\x1aE\xdf\xa3",
        ):
            raise MediaError(
                f"{path}: starts like a recording, but its index is missing or damaged; it was "
                "probably cut off while it was recorded or copied: record or copy it again"
            ) from error
        raise MediaError(
            f"{path}: not a recording that can be read ({error.strerror}); "
            "expected video such as MP4, WebM, MOV, AVI or MPEG"
        ) from error
    with container:
        yield container


def codec_of(stream: Any) -> str | None:
    """FFmpeg's name of the codec of a track, None if it is not known here."""
    try:
        context = stream.codec_context
        return context.name if context is not None and context.codec is not None else None
    except (av.error.FFmpegError, ValueError):
        return None


def video_of(container: InputContainer) -> VideoStream | None:
    """The largest video track that can be decoded, None without one."""
    cover = av.stream.Disposition.attached_pic  # the cover of a sound file is no video
    known = [s for s in container.streams.video if codec_of(s) and not s.disposition & cover]
    return max(known, key=lambda s: s.width * s.height, default=None)


def audio_of(container: InputContainer) -> AudioStream | None:
    """The first audio track that can be decoded, None without one."""
    return next((s for s in container.streams.audio if codec_of(s)), None)


def origin_s(container: InputContainer) -> float:
    """Timestamp of time 0, seconds."""
    starts = [
        float(s.start_time * s.time_base)
        for s in (video_of(container), audio_of(container))
        if s is not None and s.start_time is not None and s.time_base is not None
    ]
    return max(0.0, min(starts, default=0.0))  # negative: the encoder's run-in, which is cut


def pixel_aspect(stream: VideoStream) -> Fraction:
    """Width of a pixel over its height."""
    aspect = stream.sample_aspect_ratio
    return aspect if aspect and 0.1 < aspect < 10 else Fraction(1)


def rotation_degrees_of(picture: VideoFrame) -> int:
    """How far a picture has to be turned clockwise to be upright: 0, 90, 180 or 270."""
    return round(-picture.rotation / 90) % 4 * 90  # FFmpeg counts counter-clockwise


def decoded(container: InputContainer, stream: VideoStream | AudioStream) -> Iterator:
    """Decode packet by packet: a damaged packet costs its own frames and no others."""
    stream.codec_context.thread_type = "AUTO"
    for packet in packets_of(container, stream, flush=True):
        try:
            yield from packet.decode()
        except (av.error.InvalidDataError, av.error.EOFError):
            continue


def packets_of(container: InputContainer, *streams, flush: bool = False) -> Iterator[av.Packet]:
    """Packets to the end or to where the file breaks off; with `flush`, the final empty ones."""
    packets = container.demux(*streams)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.InvalidDataError, av.error.EOFError, av.error.OSError):
            return  # the file breaks off here; what came before is good
        if packet.dts is not None or packet.pts is not None or flush:
            yield packet
