"""Sentence vectors of a data set's answers, each with the question it was given to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from extractors.cached import cached
from extractors.store import FeatureStore
from extractors.stream import Stream
from extractors.words.sentences import TextEncoder, sentence_provenance, sentence_stream
from extractors.words.transcript import Transcript
from hirenet_sales.data.catalogue import read_labels
from hirenet_sales.data.problems import raise_problems
from hirenet_sales.data.records import AnswerRecord
from hirenet_sales.errors import DatasetError

Progress = Callable[[str, float, float], None]


@dataclass(frozen=True, eq=False)
class AnswerSentences:
    """Answers of several people to several questions.

    Attributes
    ----------
    people : (N,) of each answer
    parts : (N,) of the official split, "" = none
    question : (N,) the row of its question
    questions : Q texts, each once
    question_vectors : (Q, D)
    vectors : N times (T, D), the sentences of each answer
    """

    people: np.ndarray
    parts: np.ndarray
    question: np.ndarray
    questions: tuple[str, ...]
    question_vectors: np.ndarray
    vectors: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.vectors)

    def own_questions(self, answer: int) -> list[int]:
        """The rows of the questions that the person of an answer was asked, its own first."""
        own = int(self.question[answer])
        asked = self.question[self.people == self.people[answer]]
        return [own, *(int(q) for q in dict.fromkeys(asked.tolist()) if q != own)]


def answer_sentences(
    dataset: str,
    root: str | Path | None,
    encoder: TextEncoder,
    *,
    parts: Sequence[str] = (),
    people: int | None = None,
    store: Path | None = None,
    progress: Progress | None = None,
) -> AnswerSentences:
    """Encode the sentences of a data set of written or transcribed English answers.

    Parameters
    ----------
    root : its folder; None = the copy that ships of siop-2024
    parts : of its official split; () = all
    people : at most so many, the first by name; None = all
    store : folder that keeps the vectors

    Raises
    ------
    DatasetError
        if the folder is not as its card says, or no answer has a question and words.
    """
    reading = read_labels(dataset, root)
    raise_problems(Path(root or dataset), reading.problems)
    records = [
        record
        for record in reading.records
        if record.question and isinstance(record.transcript, Transcript)
        if not parts or record.official in parts
    ]
    chosen = sorted({record.person for record in records})[:people]
    records = [record for record in records if record.person in set(chosen)]
    if not records:
        raise DatasetError(
            f"{dataset}: no answer{' of ' + ' or '.join(parts) if parts else ''} has both the text "
            "of its question and its words"
        )
    vectors = []
    for row, record in enumerate(records):
        vectors.append(_vectors(record, encoder, store))
        if progress is not None:
            progress("sentences", row + 1, len(records))
    observed = [row for row, rows in enumerate(vectors) if len(rows)]
    questions = tuple(sorted({records[row].question for row in observed}))
    return AnswerSentences(
        np.array([records[row].person for row in observed]),
        np.array([records[row].official for row in observed]),
        np.array([questions.index(records[row].question) for row in observed]),
        questions,
        encoder.encode_texts(questions),
        [vectors[row] for row in observed],
    )


def _vectors(record: AnswerRecord, encoder: TextEncoder, store: Path | None) -> np.ndarray:
    assert isinstance(record.transcript, Transcript)
    transcript = replace(record.transcript, language="en")  # a table has no column of languages
    source = replace(transcript.provenance, source_sha256=transcript.sha256)
    transcript = replace(transcript, provenance=source)
    stream: Stream = cached(
        None if store is None else FeatureStore(store),
        [sentence_provenance(transcript, encoder)],
        lambda: [sentence_stream(transcript, encoder)],
    )[0]
    return np.asarray(stream.values[stream.valid])
