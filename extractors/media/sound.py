"""Survey of a recording's sound: the track and channel to read, its gaps and its quality."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from extractors.errors import MediaError
from extractors.media.coverage import Coverage, damaged_packets
from extractors.media.layout import Layout, Track, layout_of
from extractors.media.samples import Samples, decode_samples, sound_tracks
from extractors.media.voice_activity import SAMPLE_RATE_HZ, voice_activity
from extractors.stretch import Stretch, merged

# Containers go on stamping by the rate that the track began with, packets of one block at least.
CHANGED_TOLERANCE_S = 0.15
GAP_TOLERANCE_S = 0.04  # below this, audio timestamps only jitter (1 ms ticks, frame rounding)
SILENCE_RMS = 2.0**-15  # one step of 16-bit audio; the quietest clip of the data has 1.5e-4
CANCELLED = 0.1  # channels whose mean has less than this of their power are in opposite phase
CLIPPED = 0.999  # of full scale
SILENCE_BLOCK = 65536  # samples; long gaps are filled piece by piece
QUIET_PERCENTILE, LOUD_PERCENTILE = 10, 95  # of the level of short blocks: noise, speech


@dataclass(frozen=True)
class Sound:
    """Survey of the sound of a recording, made before any features are extracted."""

    track: int  # number in the file of the track that is read
    channel: int | None  # the one that is read; None = the mean of all
    coverage: Coverage  # when there is sound
    level_db: float  # root mean square of what was observed, decibels below full scale (negative)
    clipped: float  # share of samples at full scale, 0 to 1
    # level of the loud blocks above that of the quiet ones, decibels: a rough signal-to-noise
    # ratio, for people who pause between words
    snr_db: float
    # sentences about the choice and about damage, without the name of the file and the full stop
    remarks: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Sound:
        """Read the output of `dataclasses.asdict`, also after a round trip through JSON."""
        coverage, remarks = Coverage(**values["coverage"]), tuple(values["remarks"])
        return cls(**{**values, "coverage": coverage, "remarks": remarks})

    @property
    def problems(self) -> tuple[str, ...]:
        """`remarks`, and sentences on the gaps."""
        return (*self.remarks, *self.coverage.remarks("the sound"))


def sound_of(path: str | Path) -> Sound:
    """Survey the sound of a recording; cached until the file changes.

    NoAudioError if it has none; MediaError as `layout_of`, or if not one sample can be decoded.
    """
    return _survey(layout_of(path))  # a layout is made anew when the file changes


@lru_cache(maxsize=64)
def _survey(layout: Layout) -> Sound:
    measured: list[_Measured] = []
    failures: list[MediaError] = []
    for track in sound_tracks(layout):
        try:
            measured.append(_measure(layout, track))
        except MediaError as error:
            failures.append(error)
    if not measured:
        raise failures[0]
    chosen = measured[0]
    remarks = []
    audible = [m for m in measured if not m.silent]
    if len(measured) > 1:
        if len(audible) > 1:
            chosen = max(audible, key=lambda m: _speech_s(layout, m))
        elif audible:
            chosen = audible[0]
        if len(audible) > 1 or chosen is not measured[0]:
            number = [t.index for t in layout.audio].index(chosen.track.index) + 1
            why = "it has the most speech" if len(audible) > 1 else "the others are silent"
            remarks.append(
                f"it has {len(layout.audio)} sound tracks; number {number} is read, since {why}"
            )
    if chosen.channel is not None:
        remarks.append(
            "its channels cancel each other when they are mixed (opposite phase), so the louder "
            "one is read"
        )
    if chosen.broken:
        remarks.append(
            f"samples of its sound are not numbers (NaN or infinity): {chosen.broken}, in all "
            f"{chosen.broken_s:.2f} s; they are taken for silence"
        )
    coverage = chosen.coverage(layout.duration_s)
    if chosen.damaged and not coverage.remarks("the sound"):
        remarks.append(damaged_packets(chosen.damaged, "sound"))
    return Sound(
        track=chosen.track.index,
        channel=chosen.channel,
        coverage=coverage,
        level_db=chosen.level_db,
        clipped=chosen.clipped,
        snr_db=chosen.snr_db,
        remarks=tuple(remarks),
    )


def blocks(layout: Layout, track: Track) -> Iterator[Samples]:
    """The sound of a track from time 0: gaps and a late start are filled with silence."""
    start_s, position, rate = 0.0, 0, 0  # of the samples since the sampling rate last changed
    tolerance_s = GAP_TOLERANCE_S
    for samples in decode_samples(layout, track):
        if samples.rate_hz != rate:
            tolerance_s = CHANGED_TOLERANCE_S if rate else GAP_TOLERANCE_S
            start_s, position, rate = start_s + position / (rate or 1), 0, samples.rate_hz
        values = samples.values
        if samples.start_s is not None:
            offset_s = samples.start_s - start_s - position / rate
            count = round(offset_s * rate)
            if tolerance_s < offset_s <= layout.duration_s:  # beyond the end: a damaged stamp
                for begin in range(0, count, SILENCE_BLOCK):
                    length = min(SILENCE_BLOCK, count - begin)
                    silence = np.zeros((len(values), length), np.float32)
                    yield Samples(None, rate, silence, observed=False)
                position += count
            elif offset_s < -tolerance_s:
                values = values[:, min(-count, values.shape[1]) :]
        position += values.shape[1]
        if values.shape[1] or samples.damaged:
            yield replace(samples, values=values)


def mono(values: np.ndarray, channel: int | None) -> np.ndarray:
    """One channel of (channels, N), or the mean of all, within full scale, float32 (N,)."""
    mixed = (
        values.mean(axis=0, dtype=np.float32)
        if channel is None
        else values[min(channel, len(values) - 1)]
    )
    clipped: np.ndarray = np.clip(mixed, -1.0, 1.0)
    return clipped


def resampled(parts: Iterable[tuple[int, np.ndarray]], rate_hz: int) -> Iterator[np.ndarray]:
    """Mono sound, given as sampling rates and float32 (N,), at one rate, within full scale."""
    resampler: AudioResampler | None = None
    before_hz = 0
    for rate, samples in parts:
        if rate != before_hz:
            yield from _flush(resampler)
            resampler, before_hz = None, rate
        if rate == rate_hz:
            yield samples
            continue
        resampler = resampler or AudioResampler(format="fltp", layout="mono", rate=rate_hz)
        frame = AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        for out in resampler.resample(frame):
            yield np.clip(out.to_ndarray()[0], -1.0, 1.0)  # the filter may overshoot full scale
    yield from _flush(resampler)


def _flush(resampler: AudioResampler | None) -> Iterator[np.ndarray]:
    for out in resampler.resample(None) if resampler is not None else ():
        yield np.clip(out.to_ndarray()[0], -1.0, 1.0)


@dataclass(eq=False)
class _Measured:
    """One track: power of every channel and of their mean, and when there was sound."""

    track: Track
    channel: int | None
    start_s: float
    end_s: float
    gaps: tuple[Stretch, ...]
    powers: np.ndarray  # (blocks,), mean square of what is read
    lengths: np.ndarray  # (blocks,), samples
    clipped: float
    broken: int
    broken_s: float
    damaged: int

    @property
    def power(self) -> float:
        total = self.lengths.sum()
        return float(self.powers @ self.lengths / total) if total else 0.0

    @property
    def silent(self) -> bool:
        return self.power < SILENCE_RMS**2

    @property
    def level_db(self) -> float:
        return float(10 * np.log10(max(self.power, 1e-20)))

    @property
    def snr_db(self) -> float:
        if self.silent:
            return 0.0
        quiet, loud = np.percentile(self.powers, [QUIET_PERCENTILE, LOUD_PERCENTILE])
        return float(10 * np.log10(max(loud, SILENCE_RMS**2) / max(quiet, SILENCE_RMS**2)))

    def coverage(self, duration_s: float) -> Coverage:
        return Coverage(duration_s, self.start_s, min(self.end_s, duration_s), self.gaps)


def _measure(layout: Layout, track: Track) -> _Measured:
    per_channel: list[np.ndarray] = []
    mixed: list[float] = []
    lengths: list[int] = []
    gaps: list[Stretch] = []
    time_s, clipped, broken, broken_s, damaged = 0.0, 0, 0, 0.0, 0
    first_s: float | None = None
    end_s = 0.0
    for block in blocks(layout, track):
        damaged += block.damaged
        if not block.values.shape[1]:
            continue
        length_s = block.values.shape[1] / block.rate_hz
        if not block.observed:
            gaps.append((time_s, time_s + length_s))
        else:
            first_s = time_s if first_s is None else first_s
            end_s = time_s + length_s
            squares = np.einsum("cn,cn->c", block.values, block.values) / block.values.shape[1]
            middle = block.values.mean(axis=0)
            per_channel.append(squares.astype(np.float64))
            mixed.append(float(middle @ middle) / len(middle))
            lengths.append(len(middle))
            clipped += int((np.abs(middle) >= CLIPPED).sum())
            broken += block.broken
            if block.broken:
                broken_s += block.broken / block.rate_hz
                gaps.append((time_s, time_s + length_s))
        time_s += length_s
    counts = np.array(lengths, dtype=np.float64)
    powers = np.array(mixed)
    channel = _channel(per_channel, powers, counts)
    if channel is not None:
        powers = np.array([p[min(channel, len(p) - 1)] for p in per_channel])
    start_s = first_s or 0.0
    inside = [gap for gap in merged(gaps, GAP_TOLERANCE_S) if gap[0] >= start_s]
    return _Measured(
        track=track,
        channel=channel,
        start_s=start_s,
        end_s=end_s,
        gaps=tuple(inside),
        powers=powers,
        lengths=counts,
        clipped=float(clipped / max(1.0, counts.sum())),
        broken=broken,
        broken_s=broken_s,
        damaged=damaged,
    )


def _channel(per_channel: list[np.ndarray], mixed: np.ndarray, lengths: np.ndarray) -> int | None:
    """The loudest channel where their mean cancels, else None."""
    if not per_channel or len({len(p) for p in per_channel}) > 1 or len(per_channel[0]) < 2:
        return None
    total = np.einsum("bc,b->c", np.stack(per_channel), lengths)
    if total.max() / max(lengths.sum(), 1) < SILENCE_RMS**2:
        return None
    return int(total.argmax()) if mixed @ lengths < CANCELLED * total.mean() else None


def _speech_s(layout: Layout, measured: _Measured) -> float:
    """Seconds of speech in a track."""
    parts = (
        (block.rate_hz, mono(block.values, measured.channel))
        for block in blocks(layout, measured.track)
        if block.values.shape[1]
    )
    waveform = np.concatenate([np.zeros(0, np.float32), *resampled(parts, SAMPLE_RATE_HZ)])
    return sum(end - start for start, end in voice_activity(waveform)) if len(waveform) else 0.0
