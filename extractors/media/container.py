"""Open recordings safely with FFmpeg, and continue past damage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from extractors.errors import MediaError

# Containers that hold one recording. Playlists (HLS, concat) are left out: they would make FFmpeg
# open other files and addresses; so are pictures and text, which FFmpeg would play as video.
CONTAINERS = (
    "aac,ac3,aiff,amr,asf,au,avi,caf,dv,flac,flv,ivf,matroska,mov,mp3,mpeg,mpegts,mxf,nut,ogg,rm,"
    "w64,wav"
)
READ_ATTEMPTS = 50  # errors in a row after which the rest of a file is given up


@contextmanager
def open_recording(path: Path) -> Iterator[InputContainer]:
    """Open a recording; FFmpeg's errors while it is open become a MediaError, too.

    MediaError if it is missing, empty, not to be read, damaged, or not a recording.
    """
    try:
        size = path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):  # a link loop, a name that is too long or holds a NUL byte
        size = None
    if size is None:
        kind = "a folder, not a file" if path.is_dir() else "no such file"
        raise MediaError(f"{path}: {kind}; give the path of a recording")
    if size == 0:
        raise MediaError(f"{path}: the file has zero bytes; record or copy it again")
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
    try:
        container = av.open(str(path), options=options, metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise _not_opened(path, error) from error
    except (ValueError, MemoryError, RuntimeError) as error:
        raise MediaError(
            f"{path}: not a recording that can be read ({error}); record or copy it again"
        ) from error
    with container:
        try:
            yield container
        except av.error.FFmpegError as error:
            raise MediaError(
                f"{path}: damaged, FFmpeg stops with: {error.strerror}; record or copy it again"
            ) from error


def _not_opened(path: Path, error: av.error.FFmpegError | OSError) -> MediaError:
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return MediaError(f"{path}: may not be read; check the file's permissions")
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free") or head[:4] in (
        b"RIFF",
        b"\x1aE\xdf\xa3",
    ):
        return MediaError(
            f"{path}: starts like a recording, but its index is missing or damaged; it was "
            "probably cut off while it was recorded or copied: record or copy it again"
        )
    return MediaError(
        f"{path}: not a recording that can be read ({error.strerror}); "
        "expected video such as MP4, WebM, MOV, AVI or MPEG"
    )


def codec_of(stream: Any) -> str | None:
    """FFmpeg's codec name of a track, None if this build does not support it."""
    try:
        context = stream.codec_context
        return context.name if context is not None and context.codec is not None else None
    except (av.error.FFmpegError, ValueError):
        return None


def video_tracks(container: InputContainer) -> list[VideoStream]:
    """The video tracks that can be decoded, the largest first."""
    cover = av.stream.Disposition.attached_pic  # the cover of a sound file is no video
    tracks = [s for s in container.streams.video if codec_of(s) and not s.disposition & cover]
    return sorted(tracks, key=lambda s: -s.width * s.height)


def audio_tracks(container: InputContainer) -> list[AudioStream]:
    """The sound tracks that can be decoded, in the order of the file."""
    return [s for s in container.streams.audio if codec_of(s)]


def pixel_aspect(stream: VideoStream) -> Fraction:
    """Width of a pixel over its height."""
    aspect = stream.sample_aspect_ratio
    return aspect if aspect and 0.1 < aspect < 10 else Fraction(1)


def packets_of(container: InputContainer, *streams: Any) -> Iterator[av.Packet[Any]]:
    """Packets in the order of the file, past any damage, then one empty packet a track."""
    failures = 0
    while True:
        packets = container.demux(*streams)
        try:
            for packet in packets:
                failures = 0
                yield packet
            return
        except (av.error.FFmpegError, MemoryError, IndexError):  # a track that appears late
            failures += 1  # what comes after the damage may be good: FFmpeg looks for its start
            if failures >= READ_ATTEMPTS:
                return


def frames_of(packet: av.Packet[Any]) -> list[Any] | None:
    """The frames that a packet completes; None if it is damaged."""
    try:
        return packet.decode()
    except av.error.EOFError:  # the decoder was emptied before
        return []
    except (av.error.FFmpegError, MemoryError, ValueError):
        return None
