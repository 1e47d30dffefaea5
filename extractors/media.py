"""Recordings: what is in a file, its frames and its waveform, always as streams.

Time 0 is the start of the answer: the earliest start of the video and the audio track. Everything
decodes on from the start and never seeks, so memory stays the same however long the answer is.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from extractors.errors import MediaError, NoAudioError, NoVideoError

# Containers that hold one recording. Playlists (HLS, concat) are left out: they would make FFmpeg
# open other files and addresses; so are pictures and text, which FFmpeg would play as video.
CONTAINERS = (
    "aac ac3 aiff amr asf au avi caf dv flac flv h264 hevc ivf m4v matroska mov mp3 mpeg mpegts "
    "mpegvideo mxf nut obu ogg rm w64 wav"
).split()
BREAK_TOLERANCE_S = 0.5  # tracks of a sound file may end this much before the stated duration
GAP_TOLERANCE_S = 0.04  # below this, audio timestamps only jitter (1 ms ticks, frame rounding)
LONGEST_GAP_S = 3600.0  # a larger jump is a damaged timestamp, not a pause
SILENCE_BLOCK = 65536  # samples; long pauses are filled piece by piece


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

    def image(self, max_side_px: int | None = None) -> np.ndarray:
        """The picture as uint8 (H, W, 3), RGB, upright, its longer side at most `max_side_px`."""
        width, height = self.picture.width * float(self.pixel_aspect), float(self.picture.height)
        shrink = min(1.0, (max_side_px or math.inf) / max(width, height))
        image = self.picture.to_ndarray(
            format="rgb24",
            width=max(1, round(width * shrink)),
            height=max(1, round(height * shrink)),
            interpolation="AREA" if shrink < 1 else "BILINEAR",
        )
        return np.ascontiguousarray(np.rot90(image, -self.rotation_degrees // 90))


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
    with _open(path) as container:
        video, audio = _video_of(container), _audio_of(container)
        unknown = [s.type for s in container.streams if s.type != "data" and _codec_of(s) is None]
        if video is None and audio is None:
            tracks = "none of its tracks has a known codec" if unknown else "no picture, no sound"
            raise MediaError(f"{path}: {tracks}; convert it to MP4 (H.264 and AAC)")
        streams = [s for s in (video, audio) if s is not None]
        origin = _origin(container)
        stated = (container.duration or 0) / av.time_base
        ends, first_s, last_s, frames = [0.0], math.inf, -math.inf, 0
        for packet in _packets(container, *streams):
            if packet.pts is None or packet.is_corrupt:
                continue
            time_s = float(packet.pts * packet.time_base) - origin
            ends.append(max(ends.pop(), time_s + float((packet.duration or 0) * packet.time_base)))
            if packet.stream is video:
                first_s, last_s, frames = min(first_s, time_s), max(last_s, time_s), frames + 1
        rate = (frames - 1) / (last_s - first_s) if last_s > first_s else 0.0
        duration = max(ends[0], last_s + 1 / rate if rate else 0.0)
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
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    if times_s is not None and any(b < a for a, b in zip(times_s, times_s[1:], strict=False)):
        raise ValueError("times_s must ascend")
    wanted = _wanted(times_s, rate_hz)
    goal = next(wanted, None)
    before: tuple[float, VideoFrame] | None = None
    path = Path(path)
    with _open(path) as container:
        stream = _video_of(container)
        if stream is None:
            raise NoVideoError(
                f"{path}: no picture in this recording; give a video, or leave the visual stream out"
            )
        aspect = _pixel_aspect(stream)
        for time_s, picture in _pictures(container, stream):
            every = times_s is None and rate_hz is None
            if every:
                yield DecodedFrame(time_s, time_s, picture, aspect, _rotation(picture))
            while goal is not None and goal <= time_s:
                after = before is None or time_s - goal <= goal - before[0]
                found = (time_s, picture) if after or before is None else before
                yield DecodedFrame(goal, *found, aspect, _rotation(found[1]))
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
            yield DecodedFrame(goal, *before, aspect, _rotation(before[1]))
            goal = next(wanted, None)


def read_audio(
    path: str | Path,
    *,
    rate_hz: int,
    block_s: float | None = None,
    start_s: float = 0.0,
    end_s: float | None = None,
) -> Iterator[np.ndarray]:
    """Decode the sound of a recording as mono blocks.

    Channels are averaged with equal weight; pauses in the track and a late start are silence, so
    that sample n of the whole is the sound at start_s + n / rate_hz.

    Parameters
    ----------
    path : the recording
    rate_hz : sampling rate of the result; FFmpeg's swresample converts
    block_s : length of each block but the last; None gives blocks as they are decoded
    start_s, end_s : the part that is wanted, seconds; None reads to the end

    Yields
    ------
    float32 (N,), within [-1, 1]

    Raises
    ------
    NoAudioError
        the recording has no sound.
    MediaError
        as `probe`.
    """
    first = round(start_s * rate_hz)
    last = None if end_s is None else round(end_s * rate_hz)
    size = None if block_s is None else max(1, round(block_s * rate_hz))
    pending: list[np.ndarray] = []
    position = 0
    for samples in _resampled(Path(path), rate_hz):
        cut = samples[max(0, first - position) : None if last is None else max(0, last - position)]
        position += len(samples)
        if size is None:
            if len(cut):
                yield cut
        elif len(cut):
            pending.append(cut)
            if sum(map(len, pending)) >= size:
                joined = np.concatenate(pending)
                whole = len(joined) // size * size
                yield from joined[:whole].reshape(-1, size)
                pending = [joined[whole:]]
        if last is not None and position >= last:
            break
    if sum(map(len, pending)):
        yield np.concatenate(pending)


def read_waveform(
    path: str | Path, *, rate_hz: int, start_s: float = 0.0, end_s: float | None = None
) -> np.ndarray:
    """The sound of a recording, or of a part of it, in one float32 array (N,); see `read_audio`."""
    blocks = list(read_audio(path, rate_hz=rate_hz, start_s=start_s, end_s=end_s))
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def _resampled(path: Path, rate_hz: int) -> Iterator[np.ndarray]:
    resampler: AudioResampler | None = None
    rate = 0
    for rate, samples in _mono(path):  # noqa: B007
        if rate == rate_hz:
            yield samples
            continue
        resampler = resampler or AudioResampler(format="fltp", layout="mono", rate=rate_hz)
        frame = AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        for out in resampler.resample(frame):
            yield np.clip(out.to_ndarray()[0], -1.0, 1.0)  # the filter may overshoot full scale
    for out in resampler.resample(None) if resampler is not None else ():
        yield np.clip(out.to_ndarray()[0], -1.0, 1.0)


def _mono(path: Path) -> Iterator[tuple[int, np.ndarray]]:
    """Sampling rate and float32 mono samples as decoded, gaps filled, starting at time 0."""
    with _open(path) as container:
        stream = _audio_of(container)
        if stream is None:
            raise NoAudioError(
                f"{path}: no audio track; give a transcript, or leave the audio stream out"
            )
        origin = _origin(container)
        converter, shape = None, None
        rate, position = 0, 0
        for frame in _decoded(container, stream):
            if (frame.format.name, frame.layout.name, frame.sample_rate) != shape:
                if rate and frame.sample_rate != rate:
                    raise MediaError(
                        f"{path}: the sampling rate changes from {rate} to {frame.sample_rate} Hz "
                        "within the recording; convert it to one rate"
                    )
                shape = (frame.format.name, frame.layout.name, frame.sample_rate)
                rate = frame.sample_rate
                converter = AudioResampler(format="fltp", layout=frame.layout.name, rate=rate)
            assert converter is not None
            samples = np.concatenate([f.to_ndarray() for f in converter.resample(frame)], axis=1)
            samples = np.clip(samples.mean(axis=0, dtype=np.float32), -1.0, 1.0)
            if frame.pts is not None and frame.time_base is not None:
                offset = float(frame.pts * frame.time_base) - origin - position / rate
                missing = round(offset * rate)
                if GAP_TOLERANCE_S < offset < LONGEST_GAP_S:
                    for begin in range(0, missing, SILENCE_BLOCK):
                        yield rate, np.zeros(min(SILENCE_BLOCK, missing - begin), np.float32)
                    position += missing
                elif offset < -GAP_TOLERANCE_S:
                    samples = samples[min(-missing, len(samples)) :]
            position += len(samples)
            if len(samples):
                yield rate, samples


def _wanted(times_s: Sequence[float] | None, rate_hz: float | None) -> Iterator[float]:
    if times_s is not None:
        yield from times_s
    elif rate_hz is not None:
        step = 0
        while True:
            yield step / rate_hz
            step += 1


def _pictures(container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    origin = _origin(container)
    rate = float(stream.average_rate or stream.guessed_rate or 25)
    time_s = -1 / rate
    for picture in _decoded(container, stream):
        if picture.is_corrupt:
            continue
        before_s = time_s
        if picture.pts is None or picture.time_base is None:  # some AVI: count on
            time_s = before_s + 1 / rate
        else:
            time_s = float(picture.pts * picture.time_base) - origin
        time_s = max(time_s, before_s)  # damaged timestamps never run backwards
        yield max(0.0, time_s), picture


def _decoded(container: InputContainer, stream: VideoStream | AudioStream) -> Iterator:
    """Decode packet by packet: a damaged packet costs its own frames and no others."""
    stream.thread_type = "AUTO"
    for packet in _packets(container, stream, flush=True):
        try:
            yield from packet.decode()
        except (av.error.InvalidDataError, av.error.EOFError):
            continue


def _packets(container: InputContainer, *streams, flush: bool = False) -> Iterator[av.Packet]:
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


@contextmanager
def _open(path: Path) -> Iterator[InputContainer]:
    if not path.is_file():
        found = "a folder, not a file" if path.is_dir() else "no such file"
        raise MediaError(f"{path}: {found}; give the path of a recording")
    if path.stat().st_size == 0:
        raise MediaError(f"{path}: the file has zero bytes; record or copy it again")
    options = {"format_whitelist": ",".join(CONTAINERS), "protocol_whitelist": "file"}
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


def _codec_of(stream) -> str | None:
    try:
        context = stream.codec_context
        return context.name if context is not None and context.codec is not None else None
    except (av.error.FFmpegError, ValueError):
        return None


def _video_of(container: InputContainer) -> VideoStream | None:
    cover = av.stream.Disposition.attached_pic  # the cover of a sound file is no video
    known = [s for s in container.streams.video if _codec_of(s) and not s.disposition & cover]
    return max(known, key=lambda s: s.width * s.height, default=None)


def _audio_of(container: InputContainer) -> AudioStream | None:
    return next((s for s in container.streams.audio if _codec_of(s)), None)


def _origin(container: InputContainer) -> float:
    starts = [
        float(s.start_time * s.time_base)
        for s in (_video_of(container), _audio_of(container))
        if s is not None and s.start_time is not None and s.time_base is not None
    ]
    return max(0.0, min(starts, default=0.0))  # negative: the encoder's run-in, which is cut


def _pixel_aspect(stream: VideoStream) -> Fraction:
    aspect = stream.sample_aspect_ratio
    return aspect if aspect and 0.1 < aspect < 10 else Fraction(1)


def _rotation(picture: VideoFrame) -> int:
    return round(-picture.rotation / 90) % 4 * 90  # FFmpeg counts counter-clockwise


def _shape(container: InputContainer, stream: VideoStream) -> tuple[int, int, int]:
    """Width and height as shown, and rotation; the first frame alone knows the rotation."""
    container.seek(0)
    rotation = 0
    for picture in _decoded(container, stream):
        rotation = _rotation(picture)
        break
    size = (round(stream.width * float(_pixel_aspect(stream))), stream.height)
    return (*(size[::-1] if rotation % 180 else size), rotation)
