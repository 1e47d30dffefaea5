"""Speech to words: Whisper behind one interface, fed in pieces so that memory stays the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from extractors.errors import NoAudioError, WeightsError
from extractors.media import sha256_of
from extractors.memory import give_back
from extractors.pieces import SAMPLE_RATE_HZ, pieces
from extractors.slices import is_silent
from extractors.stream import Provenance
from extractors.transcript import Transcript, Word
from extractors.whisper_weights import WhisperWeights

VERSION = "3"

WITHOUT_BLANKS = {"bo", "ja", "km", "lo", "my", "th", "yue", "zh"}
SURE_OF_LANGUAGE = 0.7  # below, the declared language stands
WEAK_PROBABILITY = 0.45  # mean over words; clear English speech scores .8 to .95

# Whisper's own signs of invented text: loops compress well; a guess is improbable in silence.
LOOP_COMPRESSION = 2.4
NO_SPEECH, NO_SPEECH_LOGPROB = 0.6, -1.0


class SpeechRecogniser(Protocol):
    """Turns a recording into words with times and probabilities."""

    @property
    def provenance(self) -> Provenance:
        """Which recogniser this is, without a source; known before the weights are loaded."""
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
        language : ISO 639-1 code that was declared; None lets the model find it
        source_sha256 : digest of the file where it is known already

        Returns
        -------
        Transcript with source "recognised". Without speech it is empty and has a reason. Another
        language than the declared one, or words that are hardly recognised, are its `problems`.

        Raises
        ------
        MediaError
            if the file cannot be read; NoAudioError if it has no sound.
        """
        ...


@dataclass(frozen=True)
class Segment:
    """A stretch of recognised speech, and Whisper's doubts about it."""

    words: tuple[Word, ...]
    no_speech: float
    logprob: float
    compression: float

    @property
    def invented(self) -> bool:
        """Whether the text was most likely made up from noise or silence."""
        guessed = self.no_speech > NO_SPEECH and self.logprob < NO_SPEECH_LOGPROB
        return guessed or self.compression > LOOP_COMPRESSION


class FasterWhisperRecogniser:
    """Whisper in CTranslate2, float32 on the CPU.

    Parameters
    ----------
    weights : see `find_whisper`
    beam_size : beams of the search; 1 is greedy
    vad : whether stretches without speech are cut out first (Silero VAD)
    cpu_threads : 1 by default: several recognisers side by side use two cores better than one
        with two threads, whose threads wait for each other by spinning
    """

    def __init__(
        self,
        weights: WhisperWeights,
        *,
        beam_size: int = 5,
        vad: bool = True,
        cpu_threads: int = 1,
    ) -> None:
        self.weights = weights
        self.beam_size = beam_size
        self.vad = vad
        self.cpu_threads = cpu_threads

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
        """The loaded `HearingModel`.

        Raises
        ------
        WeightsError
            if the weights cannot be loaded.
        """
        from extractors.whisper_model import HearingModel  # a second to import

        try:
            return HearingModel(
                str(self.weights.folder),
                device="cpu",
                compute_type="float32",
                cpu_threads=self.cpu_threads,
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
        found: list[Segment] = []
        duration_s = 0.0
        for start_s, waveform in pieces(recording):
            duration_s = start_s + len(waveform) / SAMPLE_RATE_HZ
            if is_silent(waveform):
                continue
            if multilingual and spoken is None:
                segments, spoken = self._in_spoken_language(waveform, start_s, declared)
                found += segments
            else:
                found += self._segments(waveform, start_s, spoken or declared or "en")
            give_back()
        if declared and spoken and spoken != declared:
            problem = f"the answer was declared to be in {declared!r}, but {spoken!r} is spoken"
        return assemble(
            found,
            of_source(self.provenance, language, digest_of(recording, source_sha256)),
            spoken or declared or ("" if multilingual else "en"),
            duration_s,
            problem,
            english_only=not multilingual,
        )

    def _in_spoken_language(
        self, waveform: np.ndarray, start_s: float, declared: str | None
    ) -> tuple[list[Segment], str | None]:
        """The segments of a piece, and its language: the declared one, unless the model is sure of
        another; None where there is no speech to tell it by.
        """
        from extractors.whisper_model import OtherLanguageError

        def expected(heard: str, probability: float) -> bool:
            unsure = declared is not None and probability < SURE_OF_LANGUAGE
            return unsure or heard == (declared or "en")

        self.model.expects = expected
        try:
            found = list(self._segments(waveform, start_s, declared or "en"))
        except OtherLanguageError as other:
            return list(self._segments(waveform, start_s, other.heard)), other.heard
        return found, None if self.model.expects else declared or "en"

    def _segments(self, waveform: np.ndarray, start_s: float, language: str) -> Iterator[Segment]:
        multilingual = self.model.model.is_multilingual
        segments, _ = self.model.transcribe(
            waveform,
            language=language if multilingual else "en",
            beam_size=self.beam_size,
            vad_filter=self.vad,
            word_timestamps=True,
            condition_on_previous_text=False,  # a loop in one window must not feed the next
        )
        for segment in segments:
            tokens = [(w.word, w.start, w.end, w.probability) for w in segment.words or ()]
            yield Segment(
                whole_words(tokens, start_s, language),
                segment.no_speech_prob,
                segment.avg_logprob,
                segment.compression_ratio,
            )


def whole_words(
    tokens: Iterable[tuple[str, float, float, float]], start_s: float, language: str
) -> tuple[Word, ...]:
    """Words between blanks, of Whisper's tokens, which part "well -known" and "j 'aime".

    Parameters
    ----------
    tokens : text, start and end in seconds, probability; a text that begins a word begins with a
        blank
    start_s : added to the times
    language : ISO 639-1; in a language without blanks every token is a word

    Returns
    -------
    tuple of Word; of joined tokens the lowest probability. What holds no letter or digit is left
    out.
    """
    words: list[Word] = []
    for text, start, end, probability in tokens:
        word = Word(text.strip(), start_s + float(start), start_s + float(end), float(probability))
        if words and not text.startswith(" ") and language not in WITHOUT_BLANKS:
            before = words.pop()
            least = min(before.probability or 0.0, float(probability))
            word = replace(
                word, text=before.text + word.text, start=before.start, probability=least
            )
        words.append(word)
    return tuple(word for word in words if any(c.isalnum() for c in word.text))


def of_source(made: Provenance, language: str | None, source_sha256: str) -> Provenance:
    """The provenance of what a recogniser made of one recording, declared to be in a language."""
    settings = {**made.settings, "language": language or ""}
    return replace(made, settings=settings, source_sha256=source_sha256)


def digest_of(recording: str | Path | np.ndarray, known: str) -> str:
    """Digest of a recording, unless it is known; "" for sound that comes from no file."""
    return known or ("" if isinstance(recording, np.ndarray) else sha256_of(recording))


def assemble(
    found: list[Segment],
    provenance: Provenance,
    language: str,
    duration_s: float,
    problem: str,
    *,
    english_only: bool,
) -> Transcript:
    """Join segments to a transcript: invented ones left out, times ascending within the answer."""
    if duration_s == 0:
        raise NoAudioError("no sound to recognise: the waveform is empty")
    words: list[Word] = []
    latest = 0.0
    for segment in found:
        for word in () if segment.invented else segment.words:
            start = min(max(word.start or 0.0, latest), duration_s)
            end = min(max(word.end or 0.0, start), duration_s)
            words.append(Word(word.text, start, end, word.probability))
            latest = start
    weak = words and np.mean([word.probability for word in words]) < WEAK_PROBABILITY
    if weak and not problem:
        problem = "the words are hardly recognised: noise, unclear speech"
        problem += ", or another language than English" if english_only else ""
    if english_only and language not in ("", "en"):
        problem = f"the speech model knows English only, and {language!r} was declared"
    return Transcript(
        words=tuple(words),
        language=language,
        duration_s=duration_s,
        source="recognised",
        times="word" if words else "none",
        provenance=provenance,
        reason="" if words else "no speech was found",
        problems=(problem,) if problem else (),
    )
