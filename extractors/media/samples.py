"""Decode the sound of one track: every channel, at its own sampling rate, with times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream

from extractors.errors import MediaError, NoAudioError
from extractors.media.container import frames_of, open_recording, packets_of
from extractors.media.layout import Layout, Track, shifted

FORMAT = "fltp"  # 32-bit floats, one plane a channel


@dataclass(frozen=True, eq=False)
class Samples:
    """A block of sound."""

    start_s: float | None  # seconds of the answer; None where the file states no time
    rate_hz: int  # sampling rate
    values: np.ndarray  # float32 (channels, N), full scale 1, finite
    broken: int = 0  # number of samples that were not finite and were set to 0
    damaged: int = 0  # packets before it that could not be decoded
    observed: bool = True  # False for silence that fills a gap


def decode_samples(layout: Layout, track: Track) -> Iterator[Samples]:
    """Decode the sound of one track, block by block; MediaError if nothing can be decoded."""
    empty, damaged = True, 0
    converter, shape = None, None
    with open_recording(layout.path) as container:
        stream = container.streams[track.index]
        assert isinstance(stream, AudioStream)
        stream.codec_context.thread_type = "AUTO"
        for packet in shifted(packets_of(container, stream), track):
            if packet.pts is None and packet.dts is not None:
                packet.pts = packet.dts  # AVI: sound has no other order than that of the file
            decoded = frames_of(packet)
            damaged += decoded is None
            for frame in decoded or ():
                if frame.is_corrupt:
                    damaged += 1
                    continue
                frame_format = (frame.format.name, frame.layout.name, frame.sample_rate)
                if converter is None or frame_format != shape:
                    shape = frame_format
                    try:
                        converter = AudioResampler(
                            format=FORMAT, layout=frame.layout.name, rate=frame.sample_rate
                        )
                    except (av.error.FFmpegError, ValueError):  # a damaged header: no such sound
                        converter, damaged = None, damaged + 1
                        continue
                values = _values(converter, frame)
                if values is None:
                    converter, damaged = None, damaged + 1
                    continue
                broken = 0
                if not np.isfinite(values.sum()):
                    lost = ~np.isfinite(values)
                    broken = int(lost.any(axis=0).sum())
                    values = np.where(lost, np.float32(0), values)
                start_s = None
                if frame.pts is not None and frame.time_base is not None:
                    start_s = float(frame.pts * frame.time_base) - layout.origin_s
                empty = empty and not values.shape[1]
                yield Samples(start_s, frame.sample_rate, values, broken, damaged)
                damaged = 0
        if damaged and shape is not None:
            yield Samples(None, shape[2], np.zeros((1, 0), dtype=np.float32), damaged=damaged)
    if empty:
        raise MediaError(
            f"{layout.path}: the sound cannot be decoded; the audio track is damaged, record or "
            "convert it again"
        )


def _values(converter: AudioResampler, frame: av.AudioFrame) -> np.ndarray | None:
    if frame.format.name == FORMAT:  # what most decoders give: half of the work
        return frame.to_ndarray()
    try:
        blocks = [part.to_ndarray() for part in converter.resample(frame)]
    except (av.error.FFmpegError, ValueError):
        return None
    if not blocks:
        return np.zeros((1, 0), dtype=np.float32)
    return np.concatenate(blocks, axis=1) if len(blocks) > 1 else blocks[0]


def sound_tracks(layout: Layout) -> tuple[Track, ...]:
    """The sound tracks of a recording; NoAudioError if it has none."""
    if not layout.audio:
        raise NoAudioError(
            f"{layout.path}: no audio track; give a transcript, or leave the audio stream out"
        )
    return layout.audio
