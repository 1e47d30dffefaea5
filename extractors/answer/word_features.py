"""Word features of one answer: the transcript, its fluency, vectors of words and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from extractors.answer.voice_features import no_sound_message
from extractors.cached import cached
from extractors.errors import MediaError, TranscriptError, WeightsError
from extractors.media.recording import MediaInfo
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Provenance, Stream
from extractors.stretch import Stretch
from extractors.toolbox import Toolbox
from extractors.words.fluency import Fluency, fluency
from extractors.words.sentences import (
    EXTRACTOR,
    VERSION,
    sentence_provenance,
    sentence_stream,
)
from extractors.words.speech import result_provenance
from extractors.words.transcript import Transcript
from extractors.words.transcript_files import read_transcript
from extractors.words.vectors import words_stream


@dataclass(frozen=True, eq=False)
class WordFeatures:
    """Word features of one answer."""

    stream: Stream | None = None  # word vectors, one row a word; None if none were requested
    sentences: Stream | None = None  # sentence vectors, one row a sentence; None if not requested
    # transcript, fluency: None if there is no transcript
    transcript: Transcript | None = None
    fluency: Fluency | None = None
    problems: tuple[str, ...] = ()  # whole sentences
    partial: bool = False  # whether words are missing; see `problems`


def extract_words(
    info: MediaInfo | None,
    given: Path | None,
    recipe: Recipe,
    *,
    tools: Toolbox,
    store: FeatureStore | None,
    language: str = "",
    gaps: Sequence[Stretch] = (),
) -> WordFeatures:
    """Extract the words of an answer from the given transcript, else by speech recognition.

    `language` is the declared ISO 639-1 code, "" if none was declared; `gaps` are stretches without
    sound, seconds, which hold no words and are not counted as pauses. Errors as `extract_answer`.
    """
    no_words = Provenance("words", "1", {}, "" if info is None else info.sha256)
    try:
        transcript = (
            _recognise(info, tools, store, language).clear_of(gaps)
            if given is None
            else read_transcript(
                given, language=language, duration_s=0.0 if info is None else info.duration_s
            )
        )
    except (MediaError, TranscriptError) as error:
        nothing = Stream.empty((), no_words, str(error))
        return WordFeatures(nothing, nothing if recipe.sentences else None, problems=(str(error),))
    name = given.name if given is not None else "" if info is None else info.path.name
    encoder = tools.words(recipe)
    base = encoder.provenance
    provenance = replace(
        base,
        settings={**base.settings, "transcript_sha256": transcript.sha256},
        source_sha256=transcript.provenance.source_sha256,
    )
    stream: Stream = cached(store, [provenance], lambda: [words_stream(transcript, encoder)])[0]
    return WordFeatures(
        stream,
        _sentences(transcript, tools, store) if recipe.sentences else None,
        transcript,
        fluency(transcript, gaps),
        _problems(name, transcript, stream),
        transcript.partial,
    )


def _sentences(transcript: Transcript, tools: Toolbox, store: FeatureStore | None) -> Stream:
    """Sentence vectors; a missing encoder leaves them empty, since a model may do without them."""
    try:
        encoder = tools.sentence_encoder
    except WeightsError as error:
        nothing = Provenance(EXTRACTOR, VERSION, {}, transcript.provenance.source_sha256)
        return Stream.empty((), nothing, str(error))
    provenance = sentence_provenance(transcript, encoder)
    stream: Stream = cached(store, [provenance], lambda: [sentence_stream(transcript, encoder)])[0]
    return stream


def _recognise(
    info: MediaInfo | None, tools: Toolbox, store: FeatureStore | None, language: str
) -> Transcript:
    if info is None:
        raise TranscriptError("neither a recording nor a transcript; give one of them")
    if not info.has_audio:
        raise TranscriptError(no_sound_message(info))
    recogniser = tools.recogniser(language)
    provenance = result_provenance(recogniser.provenance, language or None, info.sha256)

    def recognise() -> list[str]:
        transcript = recogniser.transcribe(
            info.path, language=language or None, source_sha256=info.sha256
        )
        return [transcript.to_json()]

    return Transcript.from_json(cached(store, [provenance], recognise)[0])


def _problems(name: str, transcript: Transcript, stream: Stream) -> tuple[str, ...]:
    problems = []
    if transcript.reason:
        problems.append(f"{name}: {transcript.reason}, so there are no words to read")
    elif stream.reason:
        problems.append(f"{name}: {stream.reason}; check the language of the word vectors")
    problems += [f"{name}: {problem}" for problem in transcript.problems]
    return tuple(problems)
