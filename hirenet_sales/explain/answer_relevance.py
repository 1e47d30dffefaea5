"""Relevance of one answer of an Assessment: what of it is about its question."""

from __future__ import annotations

import numpy as np

from extractors.answer.extract import AnswerFeatures
from extractors.stream import Stream
from extractors.words.sentences import sentences_of
from hirenet_sales.assessment import RelevanceAssessment, SentenceRelevance
from hirenet_sales.interview import Answer
from hirenet_sales.relevance.match import among_neighbours
from hirenet_sales.relevance.reference import load_reference

ASSUMED = (
    "The wording of the question was not given, so nothing can be told of how much the answer is "
    "about it."
)


def describe_relevance(
    answer: Answer, features: AnswerFeatures, question: np.ndarray | None
) -> RelevanceAssessment:
    """How much an answer, and every sentence of it, is about its question.

    Parameters
    ----------
    question : (1, D), the vector of its text; None where there are no sentences to compare with it
    """
    reference = load_reference()
    stream = features.streams.get("sentences")
    if answer.question_assumed or not answer.question.strip():
        return RelevanceAssessment(available=False, reason=ASSUMED)
    if "text" in features.unread:
        return RelevanceAssessment(available=False, reason=features.unread["text"])
    if features.transcript is None or stream is None or question is None or not stream.observed:
        return RelevanceAssessment(available=False, reason=_reason(stream))
    if stream.provenance.settings.get("encoder_sha256") != reference.encoder_sha256:
        return RelevanceAssessment(
            available=False,
            reason="The sentence encoder is another one than the reference answers were read with.",
        )
    rows = np.flatnonzero(stream.valid)
    matches = reference.matcher.sentences(stream.values[rows], question)  # (T, 1)
    whole = float(reference.matcher.answer(matches)[0])
    sentences = sentences_of(features.transcript)
    timed = features.transcript.timed
    return RelevanceAssessment(
        available=True,
        value=whole,
        percentile=reference.better_than_answers(whole),
        percentile_of_others=reference.better_than_others(whole),
        sentences=[
            SentenceRelevance(
                start=sentences[row].start_s if timed else None,
                end=sentences[row].end_s if timed else None,
                first_word=sentences[row].begin,
                last_word=sentences[row].end - 1,
                text=sentences[row].text,
                value=float(value),
                topic=topic,
            )
            for row, value, topic in zip(
                rows,
                among_neighbours(matches)[:, 0],
                reference.topics(matches[:, 0]),
                strict=True,
            )
        ],
    )


def _reason(stream: Stream | None) -> str:
    reason = "there are no words to read" if stream is None else stream.reason
    return f"It cannot be told whether the answer is about its question: {reason.rstrip('.')}."
