"""Speech recognition: Whisper behind one interface, run piecewise in constant memory."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from extractors.errors import WeightsError
from extractors.media.slices import is_silent
from extractors.media.voice_activity import SAMPLE_RATE_HZ, voice_activity
from extractors.memory import trim_heap
from extractors.stream import Provenance
from extractors.words.assembly import assemble
from extractors.words.pieces import pieces
from extractors.words.screening import Recognise, ScreenedPiece, screen_segments
from extractors.words.segment import Segment, whole_words
from extractors.words.transcript import Transcript
from extractors.words.whisper_weights import WhisperWeights

VERSION = "5"

# The picture keeps the other core busy, and threads that wait for each other there, by spinning,
# take five times the processor time.
CPU_THREADS = 1
SURE_OF_LANGUAGE = 0.7  # below this probability the declared language is used

# Whisper's own remedy for doubtful text is to draw samples of the whole window of 30 s at rising
# temperatures: slow, not reproducible, and triggered by repeated sentences. Here `screening` checks
# the segments.
OPTIONS = {
    "temperature": 0.0,
    "compression_ratio_threshold": None,
    "condition_on_previous_text": False,  # a loop in one window must not feed the next
    "word_timestamps": True,
}
# A stretch recognised in isolation has its own no_speech.
ALONE = {"no_speech_threshold": None}
TOKENS_PER_S, TOKENS_AT_LEAST, TOKENS_AT_MOST = 20, 40, 224  # clear speech has 10; loops never end


class SpeechRecogniser(Protocol):
    """Recognises the words of a recording, with times and probabilities."""

    @property
    def provenance(self) -> Provenance:
        """Identity of the recogniser, without a source; available before the weights are loaded."""
        ...

    def transcribe(
        self,
        recording: str | Path | np.ndarray,
        *,
        language: str | None = None,
        source_sha256: str = "",
    ) -> Transcript:
        """Recognise the speech of a recording.

        Parameters
        ----------
        recording : a file, or its sound at 16 kHz, float (N,) with full scale 1
        language : declared ISO 639-1 code; None lets the model detect it
        source_sha256 : digest of the file

        Returns
        -------
        Transcript with source "recognised". Without words it has a reason. Its `problems` report
        another language than the declared one, poorly recognised words, voice without words, and
        text rejected as hallucinated.

        Raises
        ------
        MediaError
            if the file cannot be read; NoAudioError if it has no sound.
        """
        ...


class FasterWhisperRecogniser:
    """Whisper in CTranslate2, float32 on the CPU.

    Parameters
    ----------
    weights : see `find_whisper`
    beam_size : beams of the search; 1 is greedy
    vad : whether stretches without speech are cut out first (Silero VAD)
    """

    def __init__(
        self,
        weights: WhisperWeights,
        *,
        beam_size: int = 5,
        vad: bool = True,
    ) -> None:
        self.weights = weights
        self.beam_size = beam_size
        self.vad = vad

    @property
    def provenance(self) -> Provenance:
        """See `SpeechRecogniser.provenance`."""
        settings = {
            "model": self.weights.name,
            "model_sha256": self.weights.sha256,
            "beam_size": self.beam_size,
            "vad": self.vad,
        }
        libraries = {name: metadata.version(name) for name in ("faster-whisper", "ctranslate2")}
        return Provenance("faster-whisper", VERSION, settings, "", libraries)

    @cached_property
    def model(self) -> Any:
        """The loaded `LanguageCheckingModel`; WeightsError if the weights cannot be loaded."""
        from extractors.words.whisper_model import LanguageCheckingModel  # a second to import

        try:
            return LanguageCheckingModel(
                str(self.weights.folder),
                device="cpu",
                compute_type="float32",
                cpu_threads=CPU_THREADS,
                local_files_only=True,
            )
        except (RuntimeError, ValueError, OSError) as error:
            raise WeightsError(
                f"{self.weights.folder}: not a Whisper model that CTranslate2 can load ({error}); "
                "choose another folder of weights"
            ) from error

    def transcribe(
        self,
        recording: str | Path | np.ndarray,
        *,
        language: str | None = None,
        source_sha256: str = "",
    ) -> Transcript:
        """See `SpeechRecogniser.transcribe`."""
        multilingual = self.model.model.is_multilingual
        declared = language.lower().split("-")[0] if language else None
        problem = ""
        if multilingual and declared and declared not in self.model.supported_languages:
            problem = f"the speech model does not know the language {declared!r}"
            declared = None
        spoken: str | None = None

        def segments_of(waveform: np.ndarray, start_s: float) -> list[Segment]:
            nonlocal spoken
            if not multilingual or spoken is not None:
                return self._segments(waveform, start_s, spoken or declared or "en")
            segments, spoken = self._in_spoken_language(waveform, start_s, declared)
            return segments

        def alone(waveform: np.ndarray, start_s: float) -> list[Segment]:
            return self._segments(waveform, start_s, spoken or declared or "en", alone=True)

        screened, duration_s = screened_pieces(recording, segments_of, alone)
        if declared and spoken and spoken != declared:
            problem = f"the answer was declared to be in {declared!r}, but {spoken!r} is spoken"
        return assemble(
            screened,
            result_provenance(self.provenance, language, source_sha256),
            spoken or declared or ("" if multilingual else "en"),
            duration_s,
            problem,
            english_only=not multilingual,
        )

    def _in_spoken_language(
        self, waveform: np.ndarray, start_s: float, declared: str | None
    ) -> tuple[list[Segment], str | None]:
        """Segments of a piece, and its language: the declared one, unless the model is sure of
        another; None if there is no speech to detect it from.
        """
        from extractors.words.whisper_model import OtherLanguageError

        def expected(detected: str, probability: float) -> bool:
            unsure = declared is not None and probability < SURE_OF_LANGUAGE
            return unsure or detected == (declared or "en")

        self.model.expects = expected
        try:
            segments = self._segments(waveform, start_s, declared or "en")
        except OtherLanguageError as other:
            return self._segments(waveform, start_s, other.detected), other.detected
        return segments, None if self.model.expects else declared or "en"

    def _segments(
        self, waveform: np.ndarray, start_s: float, language: str, *, alone: bool = False
    ) -> list[Segment]:
        multilingual = self.model.model.is_multilingual
        options = dict(OPTIONS)
        if alone:
            seconds = len(waveform) / SAMPLE_RATE_HZ
            tokens = min(round(TOKENS_AT_LEAST + TOKENS_PER_S * seconds), TOKENS_AT_MOST)
            options |= {**ALONE, "max_new_tokens": tokens}
        segments, _ = self.model.transcribe(
            waveform,
            language=language if multilingual else "en",
            beam_size=self.beam_size,
            vad_filter=self.vad and not alone,
            **options,
        )
        return [
            Segment(
                whole_words(
                    [(w.word, w.start, w.end, w.probability) for w in segment.words or ()],
                    start_s,
                    language,
                ),
                segment.no_speech_prob,
                segment.avg_logprob,
            )
            for segment in segments
        ]


def result_provenance(base: Provenance, language: str | None, source_sha256: str) -> Provenance:
    """Provenance of a recogniser's result for one recording and its declared language."""
    settings = {**base.settings, "language": language or ""}
    return replace(base, settings=settings, source_sha256=source_sha256)


def screened_pieces(
    recording: str | Path | np.ndarray, segments_of: Recognise, alone: Recognise
) -> tuple[list[ScreenedPiece], float]:
    """The screened pieces with voice of a recording, and its length, seconds.

    Both functions are given sound and its start in the answer: a piece, or a part of one alone.
    """
    screened: list[ScreenedPiece] = []
    duration_s = 0.0
    for start_s, waveform in pieces(recording):
        duration_s = start_s + len(waveform) / SAMPLE_RATE_HZ
        voice = [] if is_silent(waveform) else voice_activity(waveform, start_s)
        if voice:
            segments = segments_of(waveform, start_s)
            screened.append(screen_segments(segments, waveform, start_s, voice, alone))
            trim_heap()
    return screened, duration_s
