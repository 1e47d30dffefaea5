"""Recordings made on the spot with PyAV: colours, tones, and a face from a public-domain photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from skimage.data import astronaut

FACE_CENTRE = np.array([226, 132])  # of the astronaut's face in her portrait, pixels of 512
BACKGROUND = (90, 110, 130)


def portrait(
    width: int = 640, height: int = 360, *, at: tuple[float, float] = (0.5, 0.5), size: float = 0.5
) -> np.ndarray:
    """A frame with one face: its middle at the fraction `at`, its portrait `size` frames high."""
    frame = np.full((height, width, 3), BACKGROUND, dtype=np.uint8)
    return paste(frame, at=at, size=size)


def paste(frame: np.ndarray, *, at: tuple[float, float], size: float) -> np.ndarray:
    """Paste a face into a frame."""
    height, width = frame.shape[:2]
    scale = 2.2 * size * height / 512
    matrix = np.array([[scale, 0, 0], [0, scale, 0]])
    matrix[:, 2] = np.array(at) * (width, height) - scale * FACE_CENTRE
    # Only head and shoulders, so that several faces fit side by side.
    head = astronaut()[:232, 106:346].copy()
    matrix[:, 2] += matrix[:, :2] @ (106, 0)
    cv2.warpAffine(head, matrix, (width, height), dst=frame, borderMode=cv2.BORDER_TRANSPARENT)
    return frame


def rotated(image: np.ndarray, degrees: float) -> np.ndarray:
    """The image turned clockwise by any angle about its middle."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    return cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)


def grey_steps(count: int, width: int = 64, height: int = 48) -> list[np.ndarray]:
    """Frames whose grey level tells their number: 16 + 2 n."""
    return [np.full((height, width, 3), 16 + 2 * n, dtype=np.uint8) for n in range(count)]


def tone(duration_s: float, rate_hz: int = 16000, hz: float = 440.0, channels: int = 1):
    """A sine at half of full scale, float32 (channels, N)."""
    wave = 0.5 * np.sin(2 * np.pi * hz * np.arange(round(duration_s * rate_hz)) / rate_hz)
    return np.repeat(wave.astype(np.float32)[None], channels, axis=0)


def write_clip(
    path: Path,
    frames: Sequence[np.ndarray] = (),
    sound: np.ndarray | None = None,
    *,
    rate_hz: int = 10,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    options: dict[str, str] | None = None,
    times_s: Sequence[float] | None = None,
    rotation_degrees: int = 0,
    audio_codec: str = "aac",
    audio_rate_hz: int = 16000,
    audio_start_s: float = 0.0,
    aspect: Fraction | None = None,
    live: bool = False,
    muxing: dict[str, str] | None = None,
    change: Callable[[av.VideoFrame], None] | None = None,
) -> Path:
    """Write frames (uint8 RGB) and sound (float32 (channels, N)) as a recording.

    `times_s` gives each frame its own time (milliseconds count); `rotation_degrees` is the
    clockwise turn that a player applies; `live` writes no duration, as a browser does; `muxing` are
    FFmpeg's options of the container.
    """
    container_options = ({"live": "1"} if live else {}) | (muxing or {})
    with av.open(str(path), "w", options=container_options) as container:
        video = audio = None
        if len(frames):
            video = container.add_stream(codec, rate=1000 if times_s else rate_hz, options=options)
            video.height, video.width = frames[0].shape[:2]
            video.pix_fmt = pixels
            if aspect is not None:
                video.sample_aspect_ratio = aspect
            if rotation_degrees:
                video.set_display_rotation(-rotation_degrees)
        if sound is not None:
            layout = "stereo" if len(sound) == 2 else "mono"
            audio = container.add_stream(audio_codec, rate=audio_rate_hz, layout=layout)
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixels)
            frame.time_base = Fraction(1, 1000)
            frame.pts = round(1000 * (times_s[number] if times_s else number / rate_hz))
            if change is not None:
                change(frame)
            container.mux(video.encode(frame))
        if video is not None:
            container.mux(video.encode())
        if audio is not None:
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(sound), format="fltp", layout=layout
            )
            frame.sample_rate, frame.time_base = audio_rate_hz, Fraction(1, audio_rate_hz)
            frame.pts = round(audio_start_s * audio_rate_hz)
            resampler = av.AudioResampler(
                format=audio.codec_context.format,
                layout=layout,
                rate=audio_rate_hz,
                frame_size=audio.codec_context.frame_size or 1024,
            )
            for part in [*resampler.resample(frame), *resampler.resample(None)]:
                container.mux(audio.encode(part))
            container.mux(audio.encode())
    return path


def truncate(path: Path, share: float) -> Path:
    """Keep the first `share` of a file."""
    content = path.read_bytes()
    cut = path.with_name(f"cut-{path.name}")
    cut.write_bytes(content[: int(len(content) * share)])
    return cut


def restamp(
    path: Path,
    target: Path,
    stamp: Callable[[str, int, float], float | None],
    *,
    decoding: bool = True,
) -> Path:
    """Copy a recording packet by packet with other time stamps.

    `stamp` is given the kind of track, the number of the packet in it and its time in seconds, and
    gives the new time, or None to leave the packet out. `decoding` moves the time of decoding, too:
    FFmpeg writes no packets whose times of decoding run back.
    """
    with av.open(str(path)) as source, av.open(str(target), "w") as copy:
        tracks = {s.index: copy.add_stream_from_template(s) for s in source.streams}
        numbers = dict.fromkeys(tracks, -1)
        for packet in source.demux():
            if packet.pts is None:
                continue
            numbers[packet.stream.index] += 1
            tick = packet.time_base
            time_s = stamp(
                packet.stream.type, numbers[packet.stream.index], float(packet.pts * tick)
            )
            if time_s is None:
                continue
            moved = round(time_s / float(tick)) - packet.pts
            packet.pts, packet.dts = packet.pts + moved, packet.dts + (moved if decoding else 0)
            packet.stream = tracks[packet.stream.index]
            copy.mux(packet)
    return target


def show_as(path: Path, target: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Give an MP4 a display matrix a, b, c, d (ISO 14496-12, 8.3.2), each -1, 0 or 1."""
    content = path.read_bytes()
    header = content.index(b"tkhd") + 4
    begin = header + 4 + (32 if content[header] else 20) + 8 + 8
    a, b, c, d = (number << 16 for number in matrix)
    numbers = np.array([a, b, 0, c, d, 0, 0, 0, 1 << 30], dtype=">i4").tobytes()
    target.write_bytes(content[:begin] + numbers + content[begin + len(numbers) :])
    return target
