"""Small copies of recordings for watching: H.264 and AAC in MP4, and a still as JPEG.

No feature is ever extracted from them. Time 0 of a copy is that of the answer, whatever the time
stamps of the original begin with, and gaps in its sound are silence.
"""

from __future__ import annotations

import heapq
import io
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

from extractors.errors import MediaError, NoAudioError, NoVideoError
from extractors.media.layout import layout_of
from extractors.media.video import decode_frames, read_frames
from extractors.media.waveform import read_audio
from extractors.whole_file import whole_file

FRAME_RATE_HZ = 15
SHORTER_SIDE_PX = 360
AMPLE_BYTES_PER_S = 25_000  # a recording of less is small enough as it is
ORIGIN_TOLERANCE_S = 0.1  # a player starts at the first time stamp, an answer at its first track
QUALITY = 30  # x264's constant rate factor: 23 is its default, higher is smaller
SOUND_RATE_HZ, SOUND_BITS_PER_S = 24_000, 32_000
BLOCK_SAMPLES = 1024  # what AAC codes at once
THREADS = 2  # a fixed number: the bytes of the copy must not depend on the machine's
POSTER_PX, POSTER_QUALITY = 480, 60
MIME = "video/mp4"


def write_small_copy(source: str | Path, path: str | Path) -> Path:
    """Write a small copy of a recording that browsers play; returns its path.

    At most 360 lines of 15 pictures a second, and mono sound of 32 kbit/s; a track that the
    recording lacks is left out. One picture is held at a time. The same recording gives the same
    bytes. MediaError if it cannot be opened, or has neither pictures nor sound.
    """
    source, path = Path(source), Path(path)
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with whole_file(path) as part:
        try:
            with av.open(str(part), "w", format="mp4", options=options) as container:
                # Both tracks must exist before the first packet is written.
                tracks = [t for t in (_pictures(source, container), _sound(source, container)) if t]
                if not tracks:
                    raise MediaError(f"{source}: no picture and no sound; record or copy it again")
                for _, packet in heapq.merge(*tracks, key=lambda timed: timed[0]):
                    container.mux(packet)
        except av.error.FFmpegError as error:
            raise MediaError(f"{source}: no small copy can be made ({error.strerror})") from error
    return path


def is_small(path: str | Path) -> bool:
    """Whether a copy would gain nothing: 25 kB a second at most, with the answer's own times.

    MediaError as `layout_of`.
    """
    layout = layout_of(path)
    ample = Path(path).stat().st_size > AMPLE_BYTES_PER_S * layout.duration_s
    return not ample and not layout.jumps and abs(layout.origin_s) <= ORIGIN_TOLERANCE_S


def poster(path: str | Path, at_s: float) -> bytes:
    """The picture of a recording nearest to a time in seconds, as a JPEG of at most 480 px.

    b"" if the recording has no picture within half a second of it. MediaError as `read_frames`.
    """
    with suppress(NoVideoError):
        for frame in read_frames(path, times_s=[at_s], max_side_px=POSTER_PX):
            buffer = io.BytesIO()
            Image.fromarray(frame.image).save(buffer, "JPEG", quality=POSTER_QUALITY)
            return buffer.getvalue()
    return b""


Packets = Iterator[tuple[float, Any]]  # with the time of each, seconds


def _pictures(source: Path, container: av.container.OutputContainer) -> Packets | None:
    frames = decode_frames(source, rate_hz=FRAME_RATE_HZ)
    try:
        first = next(frames, None)
    except NoVideoError:
        first = None
    if first is None:
        return None
    stream = container.add_stream("libx264", rate=FRAME_RATE_HZ)
    height, width = first.image().shape[:2]
    shrink = min(1.0, SHORTER_SIDE_PX / min(height, width))
    stream.width, stream.height = (max(2, round(n * shrink / 2) * 2) for n in (width, height))
    stream.pix_fmt = "yuv420p"
    stream.options = {"crf": str(QUALITY), "preset": "veryfast"}
    stream.codec_context.thread_count = THREADS

    def encoded() -> Packets:
        before = -1
        for frame in (f for part in ([first], frames) for f in part):
            if frame.step == before:
                continue
            before = frame.step
            picture = av.VideoFrame.from_ndarray(
                frame.image(max(stream.width, stream.height)), format="rgb24"
            ).reformat(stream.width, stream.height, "yuv420p")
            picture.pts, picture.time_base = frame.step, Fraction(1, FRAME_RATE_HZ)
            for packet in stream.encode(picture):
                yield frame.wanted_s, packet
        for packet in stream.encode(None):
            yield before / FRAME_RATE_HZ, packet

    return encoded()


def _sound(source: Path, container: av.container.OutputContainer) -> Packets | None:
    blocks = read_audio(source, rate_hz=SOUND_RATE_HZ, block_s=BLOCK_SAMPLES / SOUND_RATE_HZ)
    try:
        first = next(blocks, None)
    except (NoAudioError, MediaError):  # none, or none that can be decoded
        first = None
    if first is None:
        return None
    stream = container.add_stream("aac", rate=SOUND_RATE_HZ)
    stream.layout, stream.bit_rate = "mono", SOUND_BITS_PER_S

    def encoded() -> Packets:
        position = 0
        for samples in (b for part in ([first], blocks) for b in part):
            frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = SOUND_RATE_HZ, position
            frame.time_base = Fraction(1, SOUND_RATE_HZ)
            position += len(samples)
            for packet in stream.encode(frame):
                yield position / SOUND_RATE_HZ, packet
        for packet in stream.encode(None):
            yield position / SOUND_RATE_HZ, packet

    return encoded()
