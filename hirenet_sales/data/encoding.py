"""From recordings and transcripts to the rows of streams, many answers at a time.

Each result is stored in a FeatureStore at once, so an interrupted run resumes where it stopped. An
answer that cannot be read is listed, and the others are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from joblib import Parallel, delayed

from extractors.answer.extract import AnswerFeatures, AnswerSource, extract_answer
from extractors.callbacks import Progress, no_progress
from extractors.errors import BackendError, WeightsError
from extractors.face.alignment import CROP_SIZE_PX
from extractors.face.cnn import TunedEncoder
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.stream import Stream
from extractors.toolbox import Toolbox
from extractors.words.sentences import sentences_of
from extractors.words.transcript import NOMINAL_WORD_S, Transcript
from extractors.words.transcript_files import NO_TIMES, read_transcript
from extractors.words.vectors import words_stream
from hirenet_sales.data.answer_files import loss_of
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.encoded_sentences import EncodedSentences
from hirenet_sales.data.records import AnswerRecord, Features
from hirenet_sales.data.stream_inputs import (
    StreamTable,
    differing_columns,
    face_table,
    observed_rows,
    text_table,
    visual_table,
)
from hirenet_sales.errors import DatasetError

CHUNK = 8  # answers a task: a tracker and a network are loaded for each
WRITTEN_CHUNK = 1000  # of answers without a recording, which need no more than an encoder
WHOLE_ANSWER_S = 3600.0  # longer than any answer: functionals are taken over all of it
CROPS_HZ = 1.0
SENTENCES = "sentences"  # in place of word vectors, one row a sentence
VISUAL = ("cnn", "face", "face+shape")


@dataclass(frozen=True)
class Encoding:
    """What the rows of a stream are.

    Attributes
    ----------
    text : word vectors, "glove", "minilm" or a file of vectors; or "sentences", one row a sentence,
        in experiments alone: what shows moments of an answer looks for words
    audio : "egemaps", 25 low-level descriptors every 0.1 s; "spectral", 26 statistics a slice
    visual : "cnn", one face a second as a network's embedding with expression and shape; "face",
        OpenFace-style descriptors, means over 0.5 s every 0.25 s: pose, gaze and action units, as
        in Hemamou et al. 2019; "face+shape", the landmarks after alignment, too
    language : of the answers, ISO 639-1
    whisper : speech recognition: a size, or a folder of weights; None = the default
    cnn_weights, cnn_input_px : of visual "cnn", a file with the weights of a network that was tuned
        on traits, whose estimates are columns too, and the side of its pictures; None = ImageNet's

    Raises
    ------
    DatasetError
        if a value is none of these.
    """

    text: str = "glove"
    audio: Literal["egemaps", "spectral"] = "egemaps"
    visual: Literal["cnn", "face", "face+shape"] = "cnn"
    language: str = "en"
    whisper: str | None = None
    cnn_weights: str | None = None
    cnn_input_px: int = CROP_SIZE_PX

    def __post_init__(self) -> None:
        for name, choices in (("audio", ("egemaps", "spectral")), ("visual", VISUAL)):
            if getattr(self, name) not in choices:
                raise DatasetError(
                    f"{name}: found {getattr(self, name)!r}, expected {' or '.join(choices)}"
                )

    def recipe(self) -> Recipe:
        """How the streams are extracted; as First Impressions V2 where its slices are wanted."""
        if self.audio == "spectral":
            recipe = Recipe(
                words=self._words,
                egemaps=False,
                face=self.visual != "cnn",
                sentences=self.text == SENTENCES,
            )
            return replace(recipe, **self._network)
        return Recipe(
            **self._network,
            slice_s=WHOLE_ANSWER_S,
            shortest_s=0.0,
            sampling="rate",
            frames=CROPS_HZ,
            words=self._words,
            egemaps=True,
            face=self.visual != "cnn",
            sentences=self.text == SENTENCES,
        )

    @property
    def _words(self) -> str:
        return "glove" if self.text == SENTENCES else self.text

    @property
    def _network(self) -> dict[str, Any]:
        if self.cnn_weights is None:
            return {}
        weights = Path(self.cnn_weights)
        return {"cnn": TunedEncoder.name, "cnn_weights": weights, "cnn_input_px": self.cnn_input_px}

    def tables(self, extracted: AnswerFeatures) -> tuple[dict[str, StreamTable], tuple[str, ...]]:
        """Observed rows by stream, and the words behind the rows of "text"."""
        tables: dict[str, StreamTable] = {}
        words: tuple[str, ...] = ()
        streams = extracted.streams
        if self.visual != "cnn" and "face" in streams:
            tables["visual"] = face_table(streams["face"], shape=self.visual == "face+shape")
        elif "visual" in streams:
            tables["visual"] = visual_table(streams)
        if self.audio == "egemaps" and "egemaps" in streams:
            tables["audio"] = observed_rows(streams["egemaps"])
        elif "spectral" in streams:
            tables["audio"] = observed_rows(streams["spectral"])
        if self.text == SENTENCES and "sentences" in streams and extracted.transcript is not None:
            tables["text"], words = sentence_rows(extracted.transcript, streams["sentences"])
        elif "words" in streams and extracted.transcript is not None:
            tables["text"], words = transcript_rows(
                extracted.transcript, streams["words"], extracted.slices
            )
        return tables, words

    def functionals(self, extracted: AnswerFeatures) -> np.ndarray | None:
        """One vector of the voice: means over the slices that are not silent, None without any.

        The 88 functionals of eGeMAPS, or, of "spectral", its 26 statistics.
        """
        name = "functionals" if self.audio == "egemaps" else "spectral"
        stream = extracted.streams.get(name)
        if stream is None or not stream.observed:
            return None
        result: np.ndarray = stream.values[stream.valid].mean(0)
        return result


@dataclass(frozen=True, eq=False)
class Answer:
    """What was read of one answer; streams that it lacks are left out.

    Attributes
    ----------
    tables : stream name to its observed rows
    words : behind the rows of "text"
    functionals : of the voice, see Encoding.functionals, or None
    shortfalls : what could not be read of it, or is doubtful
    """

    tables: dict[str, StreamTable]
    words: tuple[str, ...] = ()
    functionals: np.ndarray | None = None
    shortfalls: tuple[Shortfall, ...] = ()


def encode(
    records: Sequence[AnswerRecord],
    streams: Sequence[str],
    encoding: Encoding,
    *,
    store: Path | None,
    jobs: int = 1,
    progress: Progress = no_progress,
) -> Features:
    """Streams of answers, from their recordings and transcripts.

    Parameters
    ----------
    streams : some of "text", "audio" and "visual"; nothing of the others is computed
    store : folder of extracted features; None stores nothing
    jobs : processes

    Raises
    ------
    WeightsError, BackendError
        if something that every answer needs is missing.
    DatasetError
        if answers have other columns of a stream than others, such as where some faces were
        described by OpenFace.
    """
    if not streams:
        return Features()
    size = CHUNK if any(record.media is not None for record in records) else WRITTEN_CHUNK
    chunks = [records[at : at + size] for at in range(0, len(records), size)]
    answers: list[Answer] = []
    work = (delayed(_read)(chunk, tuple(streams), encoding, store) for chunk in chunks)
    for part in Parallel(n_jobs=jobs, return_as="generator")(work):
        answers += part
        progress("answers", len(answers), len(records))
    return _features(records, answers, streams)


def transcript_rows(
    transcript: Transcript, stream: Stream, slices: np.ndarray
) -> tuple[StreamTable, tuple[str, ...]]:
    """Rows of the words that have a vector, and the words themselves."""
    table = text_table(stream, slices)
    return table, tuple(transcript.words[row].text for row in table.rows)


def sentence_rows(transcript: Transcript, stream: Stream) -> tuple[StreamTable, tuple[str, ...]]:
    """Rows of sentences, and the sentences themselves."""
    table = observed_rows(stream)
    if not len(table.rows):
        return table, ()
    sentences = sentences_of(transcript)
    return table, tuple(sentences[row].text for row in table.rows)


def _features(
    records: Sequence[AnswerRecord], answers: Sequence[Answer], streams: Sequence[str]
) -> Features:
    columns: dict[str, tuple[str, ...]] = {}
    values: dict[str, list[np.ndarray]] = {}
    for name in streams:
        tables = [answer.tables.get(name) for answer in answers]
        own = [
            (record.source, table.columns)
            for record, table in zip(records, tables, strict=True)
            if table is not None and len(table.rows)
        ]
        if differ := differing_columns(name, own):
            raise DatasetError(differ)
        columns[name] = next((t.columns for t in tables if t is not None and t.columns), ())
        empty = np.zeros((0, len(columns[name])), np.float32)
        values[name] = [empty if t is None or not len(t.values) else t.values for t in tables]
    functionals: dict[str, list[np.ndarray]] = {}
    vectors = [answer.functionals for answer in answers]
    width = next((len(vector) for vector in vectors if vector is not None), 0)
    if width:
        nothing = np.full(width, np.nan, np.float32)
        functionals["audio"] = [nothing if vector is None else vector for vector in vectors]
    return Features(
        values,
        columns,
        [answer.words for answer in answers] if "text" in streams else [],
        functionals,
        shortfalls=tuple(one for answer in answers for one in answer.shortfalls),
    )


def _read(
    records: Sequence[AnswerRecord],
    streams: tuple[str, ...],
    encoding: Encoding,
    store: Path | None,
) -> list[Answer]:
    features = None if store is None else FeatureStore(store)
    with Toolbox(whisper=encoding.whisper) as tools:
        sentences = None
        if encoding.text == SENTENCES and "text" in streams:
            given = [r.transcript for r in records if isinstance(r.transcript, Transcript)]
            sentences = EncodedSentences(tools.sentence_encoder, given, store)
        return [
            _answer(record, streams, encoding, features, tools, sentences) for record in records
        ]


def _answer(
    record: AnswerRecord,
    streams: tuple[str, ...],
    encoding: Encoding,
    store: FeatureStore | None,
    tools: Toolbox,
    sentences: EncodedSentences | None,
) -> Answer:
    tables: dict[str, StreamTable] = {}
    shortfalls: list[Shortfall] = []
    words: tuple[str, ...] = ()
    functionals = None
    recipe = encoding.recipe()
    wanted = tuple(s for s in streams if s != "text" or record.transcript is None)
    duration_s = 0.0
    path = record.media or record.openface
    if path is not None and wanted:
        try:
            extracted = extract_answer(
                AnswerSource(media=record.media, openface=record.openface),
                recipe,
                store=store,
                tools=tools,
                streams=wanted,
                language=encoding.language,
            )
            tables, words = encoding.tables(extracted)
        except (BackendError, WeightsError):
            raise  # would meet every answer alike
        except Exception as error:
            shortfalls.append(loss_of(record.source, path, error))
        else:
            name = path.name  # with which the extractors' sentences begin
            reasons = [text.removeprefix(f"{name}: ").rstrip(".") for text in extracted.problems]
            shortfalls += [
                Shortfall(record.source, reason, name, extracted.partial) for reason in reasons
            ]
            duration_s = extracted.duration_s
            functionals = encoding.functionals(extracted)
    elif record.media is not None and not record.media.is_file():
        reason = f"no such file; {' and '.join(streams)} can be read without it"
        shortfalls.append(Shortfall(record.source, reason, record.media.name))
    if "text" in streams and record.transcript is not None:
        try:
            spoken = record.transcript
            if isinstance(spoken, Path):
                spoken = read_transcript(spoken, language=encoding.language, duration_s=duration_s)
            if encoding.text == SENTENCES:
                assert sentences is not None
                spoken = replace(spoken, language=spoken.language or encoding.language)
                tables["text"], words = sentences.rows(spoken)
            else:
                tables["text"], words = _word_rows(spoken, duration_s, recipe, tools)
        except (BackendError, WeightsError):
            raise
        except Exception as error:
            assert isinstance(record.transcript, Path), error  # words of a table are not read again
            shortfalls.append(loss_of(record.source, record.transcript, error))
        else:
            shortfalls += [
                Shortfall(record.source, problem.rstrip("."), lost=spoken.partial)
                for problem in spoken.problems
                if problem != NO_TIMES  # nothing here needs them
            ]
    return Answer(tables, words, functionals, tuple(shortfalls))


def _word_rows(
    transcript: Transcript, duration_s: float, recipe: Recipe, tools: Toolbox
) -> tuple[StreamTable, tuple[str, ...]]:
    stream = words_stream(transcript, tools.words(recipe))
    length_s = max(
        duration_s or transcript.duration_s or NOMINAL_WORD_S * len(transcript.words),
        float(stream.spans[:, 1].max()) if len(stream) else 0.0,
    )
    return transcript_rows(transcript, stream, recipe.slices(length_s))
