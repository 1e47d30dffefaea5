"""Three seconds of the synthetic sample as every container that damage is done to.

Bytes depend on the version of FFmpeg and on nothing else, so that a seed names the same damage on
every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from tests.extractors.clips import write_clip

SAMPLE = Path(__file__).parents[2] / "hirenet_sales" / "sample" / "q1.mp4"
START_S, LENGTH_S = 2.6, 3.0  # "name is Robin Sample, and I am 34 years old": no pause is long
WIDTH, HEIGHT, RATE_HZ, AUDIO_RATE_HZ = 320, 240, 25, 48000
BITEXACT = {"fflags": "+bitexact"}  # else Matroska draws identifiers at random
KEYFRAMES = {"g": "25", "threads": "1"}


@dataclass(frozen=True)
class Container:
    """How the sample is written in one container.

    Attributes
    ----------
    suffix : of the file
    codec, audio_codec : FFmpeg's names; "" without picture
    muxing : FFmpeg's options of the container
    """

    suffix: str
    codec: str
    audio_codec: str
    muxing: tuple[tuple[str, str], ...] = ()


CONTAINERS = {
    "mp4": Container("mp4", "libx264", "aac", (("movflags", "faststart"),)),
    "fragments": Container("mp4", "libx264", "aac", (("movflags", "frag_keyframe+empty_moov"),)),
    "mov": Container("mov", "libx264", "aac"),  # its index stands last, as a camera leaves it
    "webm": Container("webm", "libvpx", "libopus", (("live", "1"),)),  # as a browser leaves it
    "mkv": Container("mkv", "libx264", "libopus"),
    "avi": Container("avi", "mpeg4", "libmp3lame"),
    "mpg": Container("mpg", "mpeg2video", "mp2"),
    "ts": Container("ts", "libx264", "aac"),
}
FLOAT_CONTAINERS = {  # the only ones that can hold a sample that is no number
    "float-mkv": Container("mkv", "libx264", "pcm_f32le"),
    "float-mov": Container("mov", "libx264", "pcm_f32le"),
    "float-wav": Container("wav", "", "pcm_f32le"),
}
ALL_CONTAINERS = {**CONTAINERS, **FLOAT_CONTAINERS}


# In real time libvpx does as well as the machine allows at the moment: other bytes every time.
STEADY = {"deadline": "good", "cpu-used": "5"}


def undamaged(sample: Path, folder: Path, container: str) -> Path:
    """The sample in a container, made when it is first asked for."""
    how = ALL_CONTAINERS[container]
    path = folder / f"{container}-undamaged.{how.suffix}"
    if not path.is_file():
        pictures, sound = cut(sample)
        write_sample(path, container, pictures, sound)
    return path


def write_sample(path: Path, container: str, pictures: list[np.ndarray], sound: np.ndarray) -> None:
    """Write pictures and sound, float32 (1, N), in a container."""
    how = ALL_CONTAINERS[container]
    write_clip(
        path,
        pictures if how.codec else [],
        sound,
        rate_hz=RATE_HZ,
        codec=how.codec,
        options=KEYFRAMES | (STEADY if how.codec == "libvpx" else {}),
        audio_codec=how.audio_codec,
        audio_rate_hz=AUDIO_RATE_HZ,
        muxing=BITEXACT | dict(how.muxing),
    )


@cache
def cut(sample: Path) -> tuple[list[np.ndarray], np.ndarray]:
    """Pictures, uint8 (H, W, 3), and sound, float32 (1, N), of the seconds that are used."""
    pictures, sound = [], []
    with av.open(str(sample)) as recording:
        resampler = AudioResampler(format="fltp", layout="mono", rate=AUDIO_RATE_HZ)
        for frame in recording.decode(video=0, audio=0):
            if not START_S <= frame.time < START_S + LENGTH_S:
                continue
            if isinstance(frame, av.AudioFrame):
                sound += [part.to_ndarray() for part in resampler.resample(frame)]
            else:
                small = frame.to_ndarray(format="rgb24", width=WIDTH, height=HEIGHT)
                pictures.append(small)
    return pictures, np.concatenate(sound, axis=1)
