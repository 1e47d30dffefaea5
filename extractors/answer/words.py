"""What is said in one answer: the transcript, its fluency, and the words as vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from extractors.answer.voice import no_sound
from extractors.cached import recall
from extractors.errors import MediaError, TranscriptError
from extractors.media.recording import MediaInfo
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Provenance, Stream
from extractors.stretch import Stretch
from extractors.toolbox import Toolbox
from extractors.words.fluency import Fluency, fluency
from extractors.words.speech import of_source
from extractors.words.transcript import Transcript
from extractors.words.transcript_files import read_transcript
from extractors.words.vectors import words_stream


@dataclass(frozen=True, eq=False)
class Said:
    """What is said in one answer.

    Attributes
    ----------
    stream : word vectors, one row a word of the transcript
    transcript, fluency : None if there is no transcript
    problems : whole sentences
    partial : whether something that was said is missing, as `problems` tell
    """

    stream: Stream
    transcript: Transcript | None = None
    fluency: Fluency | None = None
    problems: tuple[str, ...] = ()
    partial: bool = False


def listen(
    info: MediaInfo | None,
    given: Path | None,
    recipe: Recipe,
    *,
    tools: Toolbox,
    store: FeatureStore | None,
    language: str = "",
    gaps: Sequence[Stretch] = (),
) -> Said:
    """The words of an answer: from the transcript that was given, else recognised.

    Parameters
    ----------
    info : None for an answer without a recording
    given : a transcript file, which replaces speech recognition
    language : ISO 639-1 code that was declared; "" if none was
    gaps : stretches without sound, seconds: no word lies in them, and they are no pauses

    Raises
    ------
    WeightsError, BackendError
        if something that every answer needs is missing.
    ExtractionError
        if a result cannot be stored.
    """
    nothing = Provenance("words", "1", {}, "" if info is None else info.sha256)
    try:
        transcript = (
            _recognised(info, tools, store, language).clear_of(gaps)
            if given is None
            else read_transcript(
                given, language=language, duration_s=0.0 if info is None else info.duration_s
            )
        )
    except (MediaError, TranscriptError) as error:
        return Said(Stream.empty((), nothing, str(error)), problems=(str(error),))
    name = given.name if given is not None else "" if info is None else info.path.name
    encoder = tools.words(recipe)
    made = encoder.provenance
    digest = hashlib.sha256(transcript.to_json().encode()).hexdigest()
    provenance = replace(
        made,
        settings={**made.settings, "transcript_sha256": digest},
        source_sha256=transcript.provenance.source_sha256,
    )
    stream: Stream = recall(store, [provenance], lambda: [words_stream(transcript, encoder)])[0]
    problems = _doubts(name, transcript, stream)
    return Said(stream, transcript, fluency(transcript, gaps), problems, transcript.partial)


def _recognised(
    info: MediaInfo | None, tools: Toolbox, store: FeatureStore | None, language: str
) -> Transcript:
    if info is None:
        raise TranscriptError("neither a recording nor a transcript; give one of them")
    if not info.has_audio:
        raise TranscriptError(no_sound(info))
    recogniser = tools.recogniser(language)
    provenance = of_source(recogniser.provenance, language or None, info.sha256)

    def recognise() -> list[str]:
        found = recogniser.transcribe(
            info.path, language=language or None, source_sha256=info.sha256
        )
        return [found.to_json()]

    return Transcript.from_json(recall(store, [provenance], recognise)[0])


def _doubts(name: str, transcript: Transcript, stream: Stream) -> tuple[str, ...]:
    doubts = []
    if transcript.reason:
        doubts.append(f"{name}: {transcript.reason}, so there are no words to read")
    elif stream.reason:
        doubts.append(f"{name}: {stream.reason}; check the language of the word vectors")
    doubts += [f"{name}: {problem}" for problem in transcript.problems]
    return tuple(doubts)
