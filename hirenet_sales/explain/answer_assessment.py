"""One answer of an Assessment: its weights, its timelines, its highlights."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np

from extractors.answer.extract import AnswerFeatures
from extractors.face.observation import POSE_COLUMNS
from extractors.stream import Stream
from extractors.stretch import without
from extractors.words.fluency import Fluency
from extractors.words.transcript import Word, is_doubtful
from hirenet_sales.assessment import (
    STREAM_NAMES,
    AnswerAssessment,
    Highlight,
    Moment,
    QualityAssessment,
    SpeechAssessment,
    StreamAssessment,
    StreamName,
    WordAssessment,
)
from hirenet_sales.data.stream_inputs import StreamTable
from hirenet_sales.effect import MeasuredMoment
from hirenet_sales.explain.interview_effects import effects_of_moment
from hirenet_sales.explain.moment_effects import MomentEffects
from hirenet_sales.explain.moments import value_of_interest
from hirenet_sales.interview import Answer
from hirenet_sales.models.conclusion import Conclusion
from hirenet_sales.uncertainty import Calibration

THUMBNAIL_REACH_S = 0.5
NO_TIMES = (
    "The model reads this stream whole: it has no moments that could be masked by themselves."
)
NOT_READ = "The model does not read this stream."


def describe_answer(
    answer: Answer,
    features: AnswerFeatures,
    tables: Mapping[str, StreamTable],
    conclusion: Conclusion,
    index: int,
    calibration: Calibration,
    wanted: Sequence[str],
    *,
    effects: MomentEffects | None,
    voice_by_slice: bool,
) -> AnswerAssessment:
    """Assess one answer within the conclusion about its interview.

    `tables` are the timed rows that the model read, by stream; `index` is that of this answer among
    those that were read; `wanted` are the requested streams; `effects` are those of the interview's
    moments, None where they were not measured; `voice_by_slice` as for `shown_spans`.
    """
    streams: dict[StreamName, StreamAssessment] = {}
    highlights: list[Highlight] = []
    values: dict[str, np.ndarray] = {}
    for name in STREAM_NAMES:
        if name not in wanted:
            continue
        reading = conclusion.streams.get(name)
        if reading is None:
            streams[name] = StreamAssessment(available=False, read=False, reason=NOT_READ)
            continue
        if not reading.valid[index]:
            streams[name] = StreamAssessment(available=False, reason=_reason(name, features))
            continue
        table = tables.get(name)
        spans = None if table is None else shown_spans(name, table.spans, features, voice_by_slice)
        value = None if reading.alpha is None else value_of_interest(reading.alpha[index])
        timeline = []
        if value is not None and spans is not None:
            values[name] = value
            timeline = [
                Moment(start=float(s), end=float(e), value=float(v))
                for (s, e), v in zip(spans, value, strict=True)
            ]
        moments, unmeasured = [], ""
        if effects is not None and table is not None and spans is not None:
            by_number = measured_moments(effects, index, name, table, spans)
            moments = list(by_number.values())
            strongest = [by_number[number] for number in effects.strongest(index, name)]
            highlights += _highlights(name, strongest, spans, value, features)
            unmeasured = effects.unmeasured.get((index, name), "")
        elif effects is not None:
            unmeasured = NO_TIMES
        streams[name] = StreamAssessment(
            available=True,
            weight=None
            if reading.beta is None
            else float(reading.beta[index] * reading.valid.sum()),
            timeline=timeline,
            moments=moments,
            unmeasured=unmeasured,
        )
    present = tuple(n for n, reading in conclusion.streams.items() if reading.valid[index])
    missing = [n for n in wanted if n in conclusion.streams and n not in present]
    beta, estimates = conclusion.beta, conclusion.answer_estimates[index]
    problems = [*answer.problems, *features.problems, *features.unread.values()]
    read = AnswerAssessment(
        id=answer.id,
        question=answer.question,
        media=answer.media_name or None,
        duration=None,
        status="partial" if missing or answer.problems or features.partial else "analysed",
        problems=problems,
        weight=None if beta is None else float(beta[index] * conclusion.valid.sum()),
        weight_without_questions=None
        if conclusion.unasked is None
        else float(conclusion.unasked.beta[index] * conclusion.valid.sum()),
        streams=streams,
        highlights=highlights,
        traits=calibration.answer_estimates(estimates, present)
        if np.isfinite(estimates).all()
        else None,
    )
    words = _words(features, tables.get("text"), values.get("text"))
    return read.model_copy(update={**_measured(answer, features), "transcript": words})


def _measured(answer: Answer, features: AnswerFeatures) -> dict[str, object]:
    """Fields of an AnswerAssessment that rest on no model."""
    transcript = features.transcript
    return {
        "duration": features.duration_s,
        "language": transcript.language or None if transcript else None,
        "transcript": _words(features, None, None),
        "transcript_source": "none"
        if transcript is None or not transcript.words
        else "corrected"
        if answer.transcript_corrected
        else transcript.source,
        "speech": _speech(features.fluency),
        "face_summary": _face_summary(features),
        # eGeMAPSv02 functionals, the mean over the slices that are not silent
        "audio_summary": _means(features.streams.get("functionals"), 5),
        "quality": QualityAssessment(**asdict(features.quality)),
    }


def shown_spans(
    name: str, spans: np.ndarray, features: AnswerFeatures, voice_by_slice: bool
) -> np.ndarray:
    """Spans (T, 2) for a timeline.

    A face crop covers the time until the next one, at most until its slice ends; voice statistics
    cover the whole slice whose first seconds they measure, but descriptors of every tenth of a
    second cover that tenth. Time without picture or sound is not covered.
    """
    slices = features.slices
    middle = spans.mean(axis=1)
    ends = slices[
        np.clip(np.searchsorted(slices[:, 0], middle, side="right") - 1, 0, len(slices) - 1)
    ]
    shown = spans.copy()
    if name == "visual":
        following = np.append(spans[1:, 0], np.inf)
        shown[:, 1] = np.maximum(np.minimum(following, ends[:, 1]), spans[:, 0])
    elif name == "audio" and voice_by_slice:
        shown = ends.copy()
    missing = features.missing.get(name, ())
    for row, (start, end) in enumerate(shown if missing else ()):
        parts = without(start, end, missing)
        if parts:
            shown[row] = parts[0] if name == "visual" else (parts[0][0], parts[-1][1])
    return shown


def describe_unread(
    answer: Answer, features: AnswerFeatures | None, wanted: Sequence[str], reason: str
) -> AnswerAssessment:
    """An answer that no estimate rests on, with the reason and all that was measured of it.

    `features` are None where nothing could be extracted.
    """
    streams: dict[StreamName, StreamAssessment] = {
        name: StreamAssessment(
            available=False,
            reason=reason if features is None else features.unread.get(name, reason),
        )
        for name in STREAM_NAMES
        if name in wanted
    }
    failed = AnswerAssessment(
        id=answer.id,
        question=answer.question,
        media=answer.media_name or None,
        duration=None,
        status="failed",
        problems=[reason],
        weight=None,
        streams=streams,
    )
    return failed if features is None else failed.model_copy(update=_measured(answer, features))


def _reason(name: str, features: AnswerFeatures) -> str:
    if name in features.unread:
        return features.unread[name]
    stream = features.streams.get({"visual": "visual", "audio": "spectral", "text": "words"}[name])
    if stream is not None and stream.reason:
        return stream.reason
    if features.media is None and not features.problems:
        return "no recording was given for this answer"
    return " ".join(features.problems) or f"nothing was found for the {name} stream"


def measured_moments(
    effects: MomentEffects, answer: int, name: StreamName, table: StreamTable, spans: np.ndarray
) -> dict[int, MeasuredMoment]:
    """The moments of one stream of an answer whose effect was measured, by their number.

    `table` has the rows that the model read, `spans` (T, 2) when each is shown.
    """
    return {
        number: MeasuredMoment(
            start=float(spans[m.first, 0]),
            end=float(max(spans[m.first : m.last + 1, 1].max(), spans[m.first, 0])),
            first_word=int(table.rows[m.first]) if name == "text" else None,
            last_word=int(table.rows[m.last]) if name == "text" else None,
            effects=effects_of_moment(effects, number),
        )
        for number, m in enumerate(effects.stretches)
        if (m.answer, m.stream) == (answer, name)
    }


def _highlights(
    name: StreamName,
    moments: Sequence[MeasuredMoment],
    spans: np.ndarray,
    value: np.ndarray | None,
    features: AnswerFeatures,
) -> list[Highlight]:
    """The moments as they are shown, without words that were barely recognised."""
    highlights = []
    for moment in moments:
        if not _sure(moment, features):
            continue
        inside = (spans[:, 0] < moment.end) & (spans[:, 1] > moment.start)
        highlights.append(
            Highlight(
                stream=name,
                start=moment.start,
                end=moment.end,
                value=None if value is None or not inside.any() else float(value[inside].max()),
                effect=moment.effects,
                words=_words_of(name, moment, features),
                thumbnail=_thumbnail(features, moment.start) if name == "visual" else None,
            )
        )
    return highlights


def _sure(moment: MeasuredMoment, features: AnswerFeatures) -> bool:
    """Whether the words of a phrase were recognised well enough to be shown; given ones were."""
    chances = [word.probability for word in _spoken(moment, features)]
    heard = [chance for chance in chances if chance is not None]
    return not heard or not is_doubtful(sum(heard) / len(heard))


def _spoken(moment: MeasuredMoment, features: AnswerFeatures) -> Sequence[Word]:
    """The words of a phrase; none of a moment of another stream."""
    if moment.first_word is None or moment.last_word is None or features.transcript is None:
        return ()
    return features.transcript.words[moment.first_word : moment.last_word + 1]


def _words_of(name: StreamName, moment: MeasuredMoment, features: AnswerFeatures) -> str | None:
    if name == "text":
        return " ".join(word.text for word in _spoken(moment, features))
    return _words_between(features, moment) if name == "audio" else None


def _words_between(features: AnswerFeatures, moment: MeasuredMoment) -> str | None:
    if features.transcript is None or not features.transcript.timed:
        return None
    words = [
        word.text
        for word in features.transcript.words
        if moment.start <= (word.start or 0.0) < moment.end
    ]
    return " ".join(words[:12]) + (" …" if len(words) > 12 else "") if words else None


def _thumbnail(features: AnswerFeatures, time_s: float) -> str | None:
    near = [t for t in features.thumbnails if abs(t[0] - time_s) <= THUMBNAIL_REACH_S]
    if not near:
        return None
    jpeg = min(near, key=lambda t: abs(t[0] - time_s))[1]
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def _words(
    features: AnswerFeatures, table: StreamTable | None, value: np.ndarray | None
) -> list[WordAssessment]:
    if features.transcript is None:
        return []
    by_row = (
        dict(zip(table.rows.tolist(), value.tolist(), strict=True))
        if table is not None and value is not None
        else {}
    )
    return [
        WordAssessment(
            text=word.text,
            start=word.start,
            end=word.end,
            probability=word.probability,
            value=by_row.get(row),
        )
        for row, word in enumerate(features.transcript.words)
    ]


def _speech(fluency: Fluency | None) -> SpeechAssessment | None:
    if fluency is None:
        return None
    pauses, fillers = fluency.pauses, fluency.fillers
    return SpeechAssessment(
        words=fluency.words,
        words_per_minute=fluency.words_per_minute,
        pauses=None if pauses is None else len(pauses),
        pause_seconds=None
        if pauses is None
        else sum((p.end or 0.0) - (p.start or 0.0) for p in pauses),
        fillers=None if fillers is None else len(fillers),
        repetitions=len(fluency.repetitions),
    )


def _face_summary(features: AnswerFeatures) -> dict[str, float]:
    """Means over the frames with a face of action units, head pose and gaze; no landmarks."""
    return {
        column: mean
        for column, mean in _means(features.streams.get("face"), 4).items()
        if column.startswith("AU") or column in POSE_COLUMNS or column.startswith("gaze_angle")
    }


def _means(stream: Stream | None, digits: int) -> dict[str, float]:
    """Mean of each column over the valid rows."""
    if stream is None or not stream.observed:
        return {}
    means = stream.values[stream.valid].mean(0)
    pairs = zip(stream.columns, means, strict=True)
    return {column: round(float(mean), digits) for column, mean in pairs}
