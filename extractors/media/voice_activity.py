"""Voice activity detection, independent of speech recognition."""

from __future__ import annotations

import numpy as np

from extractors.stretch import Stretch

SAMPLE_RATE_HZ = 16000  # of all speech models here
SHORTEST_PAUSE_MS = 100  # shorter silences belong to speech, as those of stops
SHORTEST_VOICE_MS = 200  # a syllable; single notes of a melody pass for less


def voice_activity(waveform: np.ndarray, start_s: float = 0.0) -> list[Stretch]:
    """Detect voice activity with Silero VAD, which comes with faster-whisper.

    It rejects noise, tones, instruments and drums, but often accepts laughter and singing.

    Parameters
    ----------
    waveform : float32 (N,) at 16 kHz, full scale 1
    start_s : added to the times

    Returns
    -------
    list of stretches in seconds, ascending, that do not overlap.
    """
    from faster_whisper.vad import get_speech_timestamps  # a second to import

    marks = get_speech_timestamps(
        waveform,
        min_speech_duration_ms=SHORTEST_VOICE_MS,
        min_silence_duration_ms=SHORTEST_PAUSE_MS,
        speech_pad_ms=0,
    )
    return [
        (start_s + mark["start"] / SAMPLE_RATE_HZ, start_s + mark["end"] / SAMPLE_RATE_HZ)
        for mark in marks
    ]
