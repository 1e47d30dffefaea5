"""Rows of an assessed answer by kind: what tables hold, and what tiers are made of.

Every row has `start` and `end` in seconds from the start of the answer, None where the transcript
has no times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from extractors.words.fluency import fluency
from extractors.words.transcript import Transcript, Word
from hirenet_sales.assessment import AnswerAssessment, Assessment
from hirenet_sales.effect import MomentEffect

Row = dict[str, Any]
Rows = Iterator[Row]
NO_EFFECT: Mapping[str, MomentEffect | None] = {"": None}  # a highlight from before version 1.4


def words(_: Assessment, answer: AnswerAssessment) -> Rows:
    """The transcript, one row a word."""
    for word in answer.transcript:
        yield {
            "start": word.start,
            "end": word.end,
            "text": word.text,
            "probability": word.probability,
            "value": word.value,
        }


def pauses(_: Assessment, answer: AnswerAssessment) -> Rows:
    """Silences of at least 0.5 s between words; none where words were not timed one by one.

    Voice in which no word was recognised is no silence, but an assessment does not say where it
    is: see `pauses_remark`.
    """
    if answer.speech is None or answer.speech.pauses is None or not answer.transcript:
        return
    transcript = Transcript(
        words=tuple(Word(w.text, w.start, w.end, w.probability) for w in answer.transcript),
        language=answer.language or "",
        duration_s=answer.duration or 0.0,
        source="recognised" if answer.transcript_source == "recognised" else "given",
        times="word",
    )
    for pause in fluency(transcript).pauses or ():
        if pause.start is not None and pause.end is not None:
            yield {"start": pause.start, "end": pause.end, "seconds": pause.end - pause.start}


def pauses_remark(assessment: Assessment, answer: AnswerAssessment) -> str:
    """What to know of the pauses of an answer, in words; "" where they are those counted."""
    exported = len(list(pauses(assessment, answer)))
    counted = answer.speech.pauses if answer.speech is not None else None
    if not exported or exported == counted:
        return ""
    return (
        f"{exported} silences between words were exported as pauses, and the analysis counted "
        f"{counted}: it left out voice without recognised words, and stretches without sound"
    )


def sentences(_: Assessment, answer: AnswerAssessment) -> Rows:
    """Sentences, and how much each is about the question."""
    for sentence in answer.relevance.sentences if answer.relevance is not None else ():
        yield sentence.model_dump(
            include={"start", "end", "text", "first_word", "last_word", "value", "topic"}
        )


def highlights(_: Assessment, answer: AnswerAssessment) -> Rows:
    """Highlights, one row for each estimate whose effect was measured."""
    for number, highlight in enumerate(answer.highlights, 1):
        for trait, effect in (highlight.effect or NO_EFFECT).items():
            yield {
                "highlight": number,
                "stream": highlight.stream,
                "start": highlight.start,
                "end": highlight.end,
                "words": highlight.words,
                "value": highlight.value,
                **_effect(trait, effect),
            }


def moments(_: Assessment, answer: AnswerAssessment) -> Rows:
    """Moments whose effect was measured, measurable or not, one row an estimate."""
    for stream, assessed in answer.streams.items():
        for number, moment in enumerate(assessed.moments, 1):
            for trait, effect in moment.effects.items():
                yield {
                    "moment": number,
                    "stream": stream,
                    "start": moment.start,
                    "end": moment.end,
                    "first_word": moment.first_word,
                    "last_word": moment.last_word,
                    **_effect(trait, effect),
                }


def contributions(assessment: Assessment, answer: AnswerAssessment) -> Rows:
    """Contributions of the answer's streams to every estimate; each covers the whole answer."""
    for contribution in assessment.contributions:
        if contribution.question == answer.id:
            yield {
                "stream": contribution.stream,
                "start": 0.0,
                "end": answer.duration,
                **contribution.model_dump(include={"trait", "effect", "low", "high"}),
            }


def attention(_: Assessment, answer: AnswerAssessment) -> Rows:
    """Value of interest, one row a step of a stream."""
    for stream, assessed in answer.streams.items():
        for step in assessed.timeline:
            yield {"stream": stream, **step.model_dump()}


def _effect(trait: str, effect: MomentEffect | None) -> Row:
    names = ("effect", "low", "high", "direction")
    return {"trait": trait, **{name: getattr(effect, name, None) for name in names}}


ROWS: dict[str, Callable[[Assessment, AnswerAssessment], Rows]] = {
    "words": words,
    "pauses": pauses,
    "sentences": sentences,
    "highlights": highlights,
    "moments": moments,
    "contributions": contributions,
    "attention": attention,
}
