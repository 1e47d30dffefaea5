"""OpenAI's own Whisper behind the interface of `extractors.words.speech`; an optional extra."""

from __future__ import annotations

import os
from functools import cached_property
from importlib import metadata
from pathlib import Path
from pickle import UnpicklingError  # what torch raises for a file that is no checkpoint
from typing import Any

import numpy as np

from extractors.errors import BackendError, WeightsError
from extractors.stream import Provenance
from extractors.words.assembly import assemble
from extractors.words.segment import Segment, whole_words
from extractors.words.speech import ALONE, OPTIONS, VERSION, result_provenance, screened_pieces
from extractors.words.transcript import Transcript

NOT_INSTALLED = "openai-whisper is not installed; pip install openai-whisper, or use faster-whisper"


class OpenAIWhisperRecogniser:
    """OpenAI's own Whisper in torch, float32; an extra: `pip install openai-whisper`.

    Parameters
    ----------
    model : a .pt file of weights, or a size whose file is in Whisper's cache folder
    beam_size : beams of the search
    allow_download : whether a size that is not in the cache may be fetched
    """

    def __init__(
        self, model: str | Path = "base", *, beam_size: int = 5, allow_download: bool = False
    ) -> None:
        self.name = str(model)
        self.beam_size = beam_size
        self.allow_download = allow_download

    @property
    def provenance(self) -> Provenance:
        """See `SpeechRecogniser.provenance`; BackendError if openai-whisper is not installed."""
        settings = {"model": Path(self.name).name, "beam_size": self.beam_size}
        try:
            libraries = {name: metadata.version(name) for name in ("openai-whisper", "torch")}
        except metadata.PackageNotFoundError as error:
            raise BackendError(NOT_INSTALLED) from error
        return Provenance("openai-whisper", VERSION, settings, "", libraries)

    @cached_property
    def model(self) -> Any:
        """The loaded `whisper.Whisper`; BackendError or WeightsError without library or weights."""
        try:
            import whisper
        except ImportError as error:
            raise BackendError(NOT_INSTALLED) from error
        caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        cache = caches / "whisper" / f"{self.name}.pt"
        if not self.allow_download and not Path(self.name).is_file() and not cache.is_file():
            raise WeightsError(
                f"Whisper {self.name!r}: neither a file nor in {cache.parent}, and downloading "
                "was not allowed; give a .pt file, or allow the download"
            )
        try:
            return whisper.load_model(self.name, device="cpu")
        except (RuntimeError, OSError, KeyError, EOFError, UnpicklingError) as error:
            raise WeightsError(
                f"Whisper {self.name!r} cannot be loaded: not a checkpoint of openai-whisper, or a "
                "damaged one; fetch it again"
            ) from error

    def transcribe(
        self,
        recording: str | Path | np.ndarray,
        *,
        language: str | None = None,
        source_sha256: str = "",
    ) -> Transcript:
        """See `SpeechRecogniser.transcribe`."""
        declared = language.lower().split("-")[0] if language else None
        spoken = declared

        def segments_of(waveform: np.ndarray, start_s: float) -> list[Segment]:
            nonlocal spoken
            segments, spoken = self._segments(waveform, start_s, spoken)
            return segments

        def alone(waveform: np.ndarray, start_s: float) -> list[Segment]:
            return self._segments(waveform, start_s, spoken, **ALONE)[0]

        screened, duration_s = screened_pieces(recording, segments_of, alone)
        return assemble(
            screened,
            result_provenance(self.provenance, language, source_sha256),
            spoken or "",
            duration_s,
            "",
            english_only=not self.model.is_multilingual,
        )

    def _segments(
        self, waveform: np.ndarray, start_s: float, language: str | None, **options: Any
    ) -> tuple[list[Segment], str]:
        """Segments of a piece, and the language: the given one, else the detected one."""
        result = self.model.transcribe(
            waveform,
            language=language if self.model.is_multilingual else "en",
            beam_size=self.beam_size,
            fp16=False,
            verbose=None,
            **OPTIONS,
            **options,
        )
        language = language or result["language"]
        return [_segment(segment, start_s, language) for segment in result["segments"]], language


def _segment(segment: dict[str, Any], start_s: float, language: str) -> Segment:
    tokens = [(w["word"], w["start"], w["end"], w["probability"]) for w in segment.get("words", ())]
    return Segment(
        whole_words(tokens, start_s, language), segment["no_speech_prob"], segment["avg_logprob"]
    )
