"""Voice activity detection, independent of speech recognition."""

from __future__ import annotations

import numpy as np

from extractors.stretch import Stretch, without

SAMPLE_RATE_HZ = 16000  # of all speech models here
SHORTEST_PAUSE_MS = 100  # shorter silences belong to speech, as those of stops
SHORTEST_VOICE_MS = 200  # a syllable; single notes of a melody pass for less
LISTENED_AGAIN_S = 1.0  # a pause as long is listened to at full level ...
SILENT_PEAK = 1e-4  # ... unless it is digital silence


def voice_activity(waveform: np.ndarray, start_s: float = 0.0) -> list[Stretch]:
    """Stretches of voice in a waveform, float32 (N,) at 16 kHz, ascending, that do not overlap.

    By Silero VAD, which comes with faster-whisper. It rejects noise, tones, instruments and drums,
    but often accepts laughter and singing. It misses a voice far below the loudest one, as of a
    speaker who turns away, so pauses are amplified and searched again. `start_s` is added to the
    times.
    """
    voice = _detected(waveform)
    quiet: list[Stretch] = []
    for start, end in without(0.0, len(waveform) / SAMPLE_RATE_HZ, voice):
        pause = waveform[round(start * SAMPLE_RATE_HZ) : round(end * SAMPLE_RATE_HZ)]
        peak = float(np.abs(pause).max(initial=0.0))
        if end - start >= LISTENED_AGAIN_S and peak > SILENT_PEAK:
            louder = _detected(pause * np.float32(0.5 / peak))
            quiet += [(start + first, start + last) for first, last in louder]
    return [(start_s + start, start_s + end) for start, end in sorted([*voice, *quiet])]


def _detected(waveform: np.ndarray) -> list[Stretch]:
    from faster_whisper.vad import get_speech_timestamps  # a second to import

    marks = get_speech_timestamps(
        waveform,
        min_speech_duration_ms=SHORTEST_VOICE_MS,
        min_silence_duration_ms=SHORTEST_PAUSE_MS,
        speech_pad_ms=0,
    )
    return [(mark["start"] / SAMPLE_RATE_HZ, mark["end"] / SAMPLE_RATE_HZ) for mark in marks]
