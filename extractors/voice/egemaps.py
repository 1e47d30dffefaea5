"""eGeMAPSv02: 25 low-level descriptors every 10 ms and 88 functionals a slice, in one pass.

openSMILE computes the descriptors on the way to the functionals; here its configuration file is
given both outputs, so nothing is computed twice. Slices are processed one by one, so memory stays
the same; at a slice's border a few frames are missing, because their windows would reach over it.

The feature set is that of Eyben et al. 2016, in the version of openSMILE 3. openSMILE's licence
allows research and education; commercial use needs a licence from audEERING.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from extractors.errors import BackendError
from extractors.media.sampling import SHORTEST_SLICE_S, SLICE_S
from extractors.media.slices import is_silent, sound_slices
from extractors.media.sound import SILENCE_RMS
from extractors.stream import Provenance, Stream

LLD_NAME, FUNCTIONALS_NAME, VERSION = "egemaps-lld", "egemaps-functionals", "2"
SAMPLE_RATE_HZ = 16000  # values depend on the rate; this is the one the set was published for
LLD_HOP_S = 0.01
LLD_WINDOW_S = 0.02  # of a frame; the pitch window of 0.06 s is centred on it
LLD_SINK, FUNCTIONALS_SINK = "extsinklld", "extsinkfunc"
VOICED_RATE = "VoicedSegmentsPerSec"


def egemaps_streams(
    path: str | Path,
    *,
    slice_s: float = SLICE_S,
    shortest_s: float = SHORTEST_SLICE_S,
    step_s: float = LLD_HOP_S,
) -> tuple[Stream, Stream]:
    """Low-level descriptors (T, 25), a row a step, and functionals (slices, 88) of a recording.

    A step of 0.01 s keeps every frame, of which an hour has 360,000 (36 MB); over longer steps the
    descriptors are averaged. Rows within digital silence are not valid; where there is no voice,
    openSMILE sets pitch, jitter, shimmer and formants to 0. A slice that is silent or holds no
    voiced sound is not valid; the `reason` says how many.

    Raises
    ------
    MediaError
        if the recording cannot be read; NoAudioError if it has no sound.
    BackendError
        if openSMILE cannot be loaded.
    """
    lld_columns, functional_columns = columns()
    voiced_column = functional_columns.index(VOICED_RATE)
    lld_source, functionals_source = egemaps_provenances("", slice_s, shortest_s, step_s)

    values, steps, observed_steps = [], [], []
    rows, spans, voiced = [], [], []
    for part in sound_slices(path, rate_hz=SAMPLE_RATE_HZ, slice_s=slice_s, shortest_s=shortest_s):
        waveform = part.waveform
        descriptors, times_s, functionals = process(waveform)
        if len(part.observed) < len(waveform):  # a gap is no pause of the speaker
            functionals = process(part.observed)[2]
        audible = _frame_rms(waveform, times_s) >= SILENCE_RMS
        means, bounds, observed = _averaged(descriptors, times_s, audible, step_s)
        values.append(means)
        steps.append(part.offset_s + bounds)
        observed_steps.append(observed)
        if functionals is not None:
            rows.append(functionals)
            spans.append((part.start_s, part.end_s))
            voiced.append(not is_silent(part.observed) and functionals[voiced_column] > 0)
    bounds = np.concatenate(steps) if steps else np.zeros((0, 2))
    if not len(bounds) or not np.concatenate(observed_steps).any():
        reason = "the audio track is silent" if len(bounds) else "too short to measure"
        return Stream.empty(lld_columns, lld_source, reason), Stream.empty(
            functional_columns, functionals_source, reason
        )
    lld = Stream(
        np.concatenate(values),
        bounds,
        lld_columns,
        np.concatenate(observed_steps),
        lld_source,
    )
    if not rows:
        return lld, Stream.empty(functional_columns, functionals_source, "too short to measure")
    without = len(voiced) - sum(voiced)
    reason = f"{without} of {len(voiced)} slices of {slice_s:g} s hold no voice" if without else ""
    return lld, Stream(
        np.stack(rows),
        np.array(spans),
        functional_columns,
        np.array(voiced),
        functionals_source,
        reason,
    )


def egemaps_provenances(
    source_sha256: str,
    slice_s: float = SLICE_S,
    shortest_s: float = SHORTEST_SLICE_S,
    step_s: float = LLD_HOP_S,
) -> tuple[Provenance, Provenance]:
    """Provenances of descriptors and functionals, available before they are computed."""
    settings = {
        "set": "eGeMAPSv02",
        "rate_hz": SAMPLE_RATE_HZ,
        "slice_s": slice_s,
        "shortest_s": shortest_s,
    }
    libraries = {"opensmile": metadata.version("opensmile")}
    return (
        Provenance(LLD_NAME, VERSION, {**settings, "step_s": step_s}, source_sha256, libraries),
        Provenance(FUNCTIONALS_NAME, VERSION, settings, source_sha256, libraries),
    )


def process(waveform: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """One pass of openSMILE over a waveform (N,) at 16 kHz, full scale 1.

    Returns the descriptors, float32 (T, 25), the start of each, seconds (T,), and the functionals,
    float32 (88,), or None where the waveform is too short for any.
    """
    frames: list[np.ndarray] = []
    times_s: list[float] = []
    functionals: list[np.ndarray] = []

    def on_frame(values: np.ndarray, frame: Any) -> None:
        frames.append(values.ravel().copy())
        times_s.append(frame.time)

    def on_functionals(values: np.ndarray, _: Any) -> None:
        functionals.append(values.ravel().copy())

    # Cut, not rounded, to 16 bit, as opensmile's own interface does; and full scale must not wrap.
    samples = np.clip(waveform * 32768.0, -32768, 32767).astype("<i2")
    smile = _open()
    try:
        smile.external_sink_set_callback_ex(LLD_SINK, on_frame)
        smile.external_sink_set_callback_ex(FUNCTIONALS_SINK, on_functionals)
        smile.external_audio_source_write_data("extsource", samples.tobytes())
        smile.external_audio_source_set_eoi("extsource")
        smile.run()
    finally:
        smile.free()
    width = len(columns()[0])
    descriptors = np.stack(frames) if frames else np.zeros((0, width), np.float32)
    return descriptors, np.array(times_s), functionals[0] if functionals else None


@cache
def columns() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the 25 low-level descriptors and of the 88 functionals."""
    smile = _open()
    try:
        lld, functionals = (
            tuple(
                smile.external_sink_get_element_name(sink, i)
                for i in range(smile.external_sink_get_num_elements(sink))
            )
            for sink in (LLD_SINK, FUNCTIONALS_SINK)
        )
    finally:
        smile.free()
    return lld, functionals


def _open() -> Any:
    try:
        import opensmile
        from opensmile.core.config import config
        from opensmile.core.lib import OpenSMILE
    except (ImportError, OSError) as error:
        raise BackendError(
            f"openSMILE cannot be loaded ({error}); pip install opensmile==2.6.0"
        ) from error
    shipped = Path(opensmile.__file__).parent / "core" / config.CONFIG_ROOT
    shared = shipped / "shared"
    smile = OpenSMILE()
    smile.initialize(
        config_file=str(shipped / "egemaps" / "v02" / "eGeMAPSv02.conf"),
        options={
            "source": str(shipped / config.EXTERNAL_INPUT_CONFIG),
            "sink": str(shipped / config.EXTERNAL_OUTPUT_MULTI_CONFIG),
            "bufferModeRbConf": str(shared / "BufferModeRb.conf.inc"),
            "frameModeFunctionalsConf": str(shared / "FrameModeFunctionals.conf.inc"),
            "sampleRate": SAMPLE_RATE_HZ,
            "nBits": 16,
        },
        loglevel=0,
    )
    return smile


def _averaged(
    values: np.ndarray, times_s: np.ndarray, audible: np.ndarray, step_s: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means (S, D) of the audible frames of each step, the step's start and end, and whether any.

    Steps of one hop are the frames themselves, with the bounds of their windows.
    """
    if step_s <= LLD_HOP_S:
        return values, np.stack([times_s, times_s + LLD_WINDOW_S], axis=1), audible
    step = np.floor(times_s / step_s + 1e-6).astype(int)
    count = int(step[-1]) + 1 if len(step) else 0
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, step[audible], values[audible])
    frames = np.bincount(step[audible], minlength=count)
    starts = step_s * np.arange(count)
    means = (sums / np.maximum(frames, 1)[:, None]).astype(np.float32)
    return means, np.stack([starts, starts + step_s], axis=1), frames > 0


def _frame_rms(waveform: np.ndarray, times_s: np.ndarray) -> np.ndarray:
    """Level of each frame's 20 ms, (T,)."""
    energy = np.concatenate([[0.0], np.cumsum(np.square(waveform, dtype=np.float64))])
    begin = np.minimum(np.round(times_s * SAMPLE_RATE_HZ).astype(int), len(waveform) - 1)
    end = np.minimum(begin + round(LLD_WINDOW_S * SAMPLE_RATE_HZ), len(waveform))
    rms: np.ndarray = np.sqrt((energy[end] - energy[begin]) / (end - begin))
    return rms
