"""Sentence vectors of a data set's answers, each with the question it was given to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.words.sentences import TextEncoder
from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.encoding import SENTENCES
from hirenet_sales.errors import DatasetError


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
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> AnswerSentences:
    """The sentences of a data set of English answers, and its questions.

    Parameters
    ----------
    root : its folder; None = the copy that ships of siop-2024
    encoder : of the questions; the one that the sentences are encoded by
    parts : of its official split; () = all
    people : at most so many, the first by name; None = all
    cache : folder that keeps the vectors; None = the user's

    Raises
    ------
    DatasetError
        if the folder is not as its card says, or no answer has a question and words.
    """
    interviews = load_dataset(
        dataset, root, streams=("text",), text=SENTENCES, cache=cache, progress=progress
    )
    answers = [
        (str(interviews.people[i]), part, question, vectors)
        for i, asked in enumerate(interviews.questions)
        for question, part, vectors in zip(
            asked,
            interviews.official[i] if interviews.official else [""] * len(asked),
            interviews.streams["text"][i],
            strict=True,
        )
        if question and len(vectors) and (not parts or part in parts)
    ]
    chosen = set(sorted({person for person, *_ in answers})[:people])
    answers = [answer for answer in answers if answer[0] in chosen]
    if not answers:
        raise DatasetError(
            f"{dataset}: no answer{' of ' + ' or '.join(parts) if parts else ''} has both the text "
            "of its question and its words"
        )
    persons, official, asked_of, vectors_of = zip(*answers, strict=True)
    questions = tuple(sorted(set(asked_of)))
    return AnswerSentences(
        np.array(persons),
        np.array(official),
        np.array([questions.index(question) for question in asked_of]),
        questions,
        encoder.encode_texts(questions),
        list(vectors_of),
    )
