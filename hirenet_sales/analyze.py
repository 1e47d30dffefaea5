"""Analyse one interview with a trained model: from recordings to an Assessment.

Extract every answer, read them together, look the traits up in the rule base, explain the weights,
write assessment.json and report.html.
"""

from __future__ import annotations

import datetime
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from extractors.answer.extract import SHORTEST_S, AnswerFeatures, AnswerSource, extract_answer
from extractors.callbacks import Progress, no_progress
from extractors.errors import ExtractionError, MediaError, TranscriptError
from extractors.recipe import Recipe
from extractors.store import FeatureStore, default_store_root
from extractors.threads import single_torch_thread
from extractors.toolbox import Toolbox
from hirenet_sales import __version__
from hirenet_sales.abstention import AbstentionPolicy, load_abstention_policy
from hirenet_sales.assessment import (
    STREAM_NAMES,
    AnswerAssessment,
    Assessment,
    Provenance,
)
from hirenet_sales.assessors import Assessor, Reading, load_assessor
from hirenet_sales.errors import AnalysisError
from hirenet_sales.explain.answer_assessment import describe_answer, describe_unread
from hirenet_sales.explain.answer_relevance import describe_relevance
from hirenet_sales.explain.interview_effects import (
    InterviewEffects,
    interview_effects,
    score_steps,
)
from hirenet_sales.interview import Answer, Interview
from hirenet_sales.persist import disk_is_full
from hirenet_sales.printable import printable_name
from hirenet_sales.report import ResultFolder
from hirenet_sales.rules import RuleBase, load_rule_base
from hirenet_sales.standing import standings
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import shared_streams
from hirenet_sales.unexpected import describe_unexpected, print_traceback
from hirenet_sales.viewing import Embed, viewable_recordings
from hirenet_sales.yaml_model import did_you_mean

Extracted = AnswerFeatures | str  # the features of an answer, or the reason for having none
NOTHING_OBSERVED = "no face, no voice and no words were found"


def analyze_interview(
    interview: Interview,
    *,
    out_dir: Path,
    checkpoint: str | Path = "fi-v2",
    rule_base: str | Path = "kassab2022",
    streams: Sequence[str] = STREAM_NAMES,
    whisper: str | None = None,
    store: Path | None = None,
    page_language: str = "en",
    progress: Progress = no_progress,
    overwrite: bool = False,
    embed: Embed = "small",
    keep_previous: bool = False,
    debug: bool = False,
    effects: bool = True,
    other_questions: Mapping[str, str] = MappingProxyType({}),
) -> Assessment:
    """Analyse one interview and write assessment.json and report.html into `out_dir`.

    An answer that cannot be read for any reason is listed as failed, and the others are analysed.
    Below the limits of `AbstentionPolicy` nothing is read, and estimates may be withheld.

    Parameters
    ----------
    checkpoint : name of a shipped model, or a folder that `train` has written
    rule_base : name of a shipped rule base, or a YAML
    streams : what to read, within what the consent record permits
    whisper : size or folder of the speech model
    store : folder for extracted features; default: the user's cache folder
    page_language : of the report, one of `PAGE_LANGUAGES`
    progress : called with the name of a stage, the answers done and their total
    overwrite : replace results in `out_dir` that are not of the same interview
    embed : recordings in the report: "small" copies, "all" as they are, or "none"
    keep_previous : leave the earlier results, as assessment.previous.json and report.previous.html
    debug : print the traceback of an unexpected error to stderr
    effects : measure contributions, moments and counterfactuals; without them no moment is a
        highlight
    other_questions : id of an answer to another text of its question, whose estimates are
        counterfactuals

    Raises
    ------
    OutputError
        before anything is analysed, if `out_dir` cannot take the results: see `ResultFolder`.
    AnalysisError
        if no answer could be analysed, with the reason of each.
    InterviewError, CheckpointError, RuleBaseError, ExtractionError
        if consent excludes every stream, or the model, the rules or the installation is at fault.
    """
    results = ResultFolder(out_dir)
    with results.earlier_named():
        files = [path for answer in interview.answers for path in answer.files if path is not None]
        results.check(interview.id, files, overwrite=overwrite)
        wanted = interview.streams_to_extract(streams)
        rules = load_rule_base(rule_base)
        model = load_assessor(checkpoint)
        if not set(wanted) & set(model.streams):
            raise AnalysisError(
                f"{interview.id}: the model {model.name} reads {', '.join(model.streams)}; only "
                f"{', '.join(wanted)} is requested and permitted"
            )
        _check_other_questions(interview, model, other_questions)
        results.set_aside()
        features, questions = _extract(
            interview,
            model.recipe,
            wanted,
            whisper,
            store or default_store_root(),
            progress,
            debug=debug,
        )
        policy = load_abstention_policy()
        read = [stream for stream in wanted if stream in model.streams]
        features = [
            extracted
            if isinstance(extracted, str)
            else policy.applied(extracted, read, _name(answer))
            for answer, extracted in zip(interview.answers, features, strict=True)
        ]
        usable = _usable(interview, features)
        if reason := policy.withholding(list(usable.values()), read):
            assessment = _withheld(interview, model, rules, wanted, features, policy, reason)
        else:
            reading = _read(interview, model, wanted, features, usable)
            measured = _measure(model, rules, reading, other_questions) if effects else None
            assessment = _assess(
                interview, model, rules, wanted, features, policy, questions, reading, measured
            )
        with viewable_recordings(interview, out_dir, embed, progress) as media:
            results.write(
                assessment, media, page_language=page_language, keep_previous=keep_previous
            )
    return assessment


def _extract(
    interview: Interview,
    recipe: Recipe,
    streams: Sequence[str],
    whisper: str | None,
    store: Path,
    progress: Progress,
    *,
    debug: bool,
) -> tuple[list[Extracted], dict[str, np.ndarray]]:
    """Features of every answer, and vectors (1, D) of questions whose answers have sentences."""
    extracted: list[Extracted] = []
    questions: dict[str, np.ndarray] = {}
    answers = interview.answers
    with Toolbox(whisper=whisper) as tools:
        for index, answer in enumerate(answers):

            def report_progress(stage: str, done: float, total: float, index: int = index) -> None:
                share = done / total if total else 0.0
                progress(stage, index + share, len(answers))

            if not answer.usable:
                extracted.append(
                    " ".join(answer.problems) or "nothing was recorded for this question"
                )
                continue
            media, transcript, openface = (
                path if path is not None and path.is_file() else None for path in answer.files
            )
            try:
                features = extract_answer(
                    AnswerSource(media, transcript, openface),
                    recipe,
                    store=FeatureStore(store),
                    tools=tools,
                    streams=streams,
                    language=interview.language,
                    progress=report_progress,
                )
            except (MediaError, TranscriptError) as error:
                extracted.append(f"{answer.by_name(str(error)).rstrip('.')}.")
            except ExtractionError:  # the installation or the store: it would affect every answer
                raise
            except Exception as error:
                if disk_is_full(error):
                    raise
                if debug:
                    print_traceback(error)
                extracted.append(answer.by_name(f"{_name(answer)}: {describe_unexpected(error)}."))
            else:
                extracted.append(_by_name(features, answer))
                sentences = features.streams.get("sentences")
                if sentences is not None and sentences.observed and not answer.question_assumed:
                    questions[answer.id] = tools.sentence_encoder.encode_texts([answer.question])
    return extracted, questions


def _name(answer: Answer) -> str:
    """The name of its first file, for a person."""
    return next((printable_name(path.name) for path in answer.files if path), answer.id)


def _by_name(features: AnswerFeatures, answer: Answer) -> AnswerFeatures:
    """Features whose problems and reasons name files without their folders."""
    return replace(
        features,
        problems=tuple(map(answer.by_name, features.problems)),
        streams={
            name: replace(stream, reason=answer.by_name(stream.reason)) if stream.reason else stream
            for name, stream in features.streams.items()
        },
    )


def _usable(interview: Interview, features: Sequence[Extracted]) -> dict[str, AnswerFeatures]:
    """The answers of sufficient length, by id."""
    return {
        answer.id: extracted
        for answer, extracted in zip(interview.answers, features, strict=True)
        if isinstance(extracted, AnswerFeatures) and not _too_short(extracted)
    }


def _read(
    interview: Interview,
    model: Assessor,
    wanted: Sequence[str],
    features: Sequence[Extracted],
    usable: Mapping[str, AnswerFeatures],
) -> Reading:
    """Read all usable answers with the model."""
    with single_torch_thread():
        reading = model.read(interview, usable, wanted)
    if reading is None:
        reasons = [
            f"{answer.id}: {_own_reason(extracted) or NOTHING_OBSERVED}"
            for answer, extracted in zip(interview.answers, features, strict=True)
        ]
        raise AnalysisError(
            f"{interview.id}: no answer could be analysed\n  " + "\n  ".join(reasons)
        )
    return reading


def _check_other_questions(
    interview: Interview, model: Assessor, other_questions: Mapping[str, str]
) -> None:
    if not other_questions:
        return
    if not model.checkpoint.questions_learnt:
        raise AnalysisError(
            f"the model {model.name} has not learnt to use questions, so another one changes "
            "nothing; choose a model that has, such as fi-v3"
        )
    ids = [answer.id for answer in interview.answers]
    for name in other_questions:
        if name not in ids:
            raise AnalysisError(
                f"{interview.id}: another question for '{name}'{did_you_mean(name, ids)}; the "
                f"answers are {', '.join(ids)}"
            )


def _measure(
    model: Assessor, rules: RuleBase, reading: Reading, other_questions: Mapping[str, str]
) -> InterviewEffects:
    """Effects of the parts of the interview, of the answers that were read."""
    read = [answer.id for answer in reading.answers]
    others = {name: text for name, text in other_questions.items() if name in read}
    with single_torch_thread():
        return interview_effects(model.checkpoint, rules, reading.interview, read, others)


def _too_short(features: AnswerFeatures) -> bool:
    """Whether a recording is too short for an estimate."""
    return features.media is not None and features.duration_s < SHORTEST_S


def _own_reason(extracted: Extracted) -> str:
    if isinstance(extracted, str):
        return extracted
    return " ".join([*extracted.problems, *extracted.unread.values()])


def _assess(
    interview: Interview,
    model: Assessor,
    rules: RuleBase,
    wanted: Sequence[str],
    features: Sequence[Extracted],
    policy: AbstentionPolicy,
    questions: Mapping[str, np.ndarray],
    reading: Reading,
    effects: InterviewEffects | None,
) -> Assessment:
    conclusion = reading.conclusion
    streams_of = [
        tuple(name for name, stream in conclusion.streams.items() if stream.valid[k])
        for k in range(len(reading.answers))
    ]
    traits = model.calibration.interview_estimates(
        conclusion.estimates, shared_streams(streams_of), len(reading.answers)
    )
    index = {answer.id: k for k, answer in enumerate(reading.answers)}
    answers = []
    for answer, extracted in zip(interview.answers, features, strict=True):
        if isinstance(extracted, str) or answer.id not in index:
            answers.append(_unread(answer, extracted, wanted, NOTHING_OBSERVED))
            continue
        described = describe_answer(
            answer,
            extracted,
            reading.tables[answer.id],
            conclusion,
            index[answer.id],
            model.calibration,
            wanted,
            effects=None if effects is None else effects.moments,
            voice_by_slice=model.voice_by_slice,
        )
        if "text" in wanted:
            relevance = describe_relevance(answer, extracted, questions.get(answer.id))
            described = described.model_copy(update={"relevance": relevance})
        answers.append(described)
    return Assessment(
        **_described(interview, model, rules, features, policy),
        traits=traits,
        standings=standings(traits, model.checkpoint.label_quantiles),
        traits_without_questions=None
        if conclusion.unasked is None
        else dict(zip(TRAITS, map(float, conclusion.unasked.estimates), strict=True)),
        **_explained(effects),
        score_steps=score_steps(rules, {name: own.estimate for name, own in traits.items()}),
        sales=rules.assess(traits, model.calibration.coverage, model.calibration.error_correlation),
        answers=answers,
        notices=[*_notices(interview, model, wanted, answers), *_uncompared(reading)],
    )


def _described(
    interview: Interview,
    model: Assessor,
    rules: RuleBase,
    features: Sequence[Extracted],
    policy: AbstentionPolicy,
) -> dict[str, Any]:
    """Fields of an Assessment that every interview has, whether it is estimated or withheld."""
    return {
        "id": interview.id,
        "job_title": interview.job_title,
        "language": interview.language,
        "synthetic": interview.synthetic,
        "consent": interview.consent,
        "criteria": list(interview.criteria),
        "rate_first": interview.rate_first,
        "confidence": model.calibration.coverage,
        "provenance": _provenance(interview, model, rules, policy, features),
    }


def _explained(effects: InterviewEffects | None) -> dict[str, Any]:
    """Fields of an Assessment; none where effects were not measured."""
    if effects is None:
        return {}
    return {
        "baseline": effects.baseline,
        "contributions": effects.shares,
        "counterfactuals": effects.counterfactuals,
        "sales_interpolated": effects.sales_interpolated,
    }


def _withheld(
    interview: Interview,
    model: Assessor,
    rules: RuleBase,
    wanted: Sequence[str],
    features: Sequence[Extracted],
    policy: AbstentionPolicy,
    reason: str,
) -> Assessment:
    """Everything that was measured of an interview, without estimates."""
    answers = [
        _unread(answer, extracted, wanted, reason)
        for answer, extracted in zip(interview.answers, features, strict=True)
    ]
    return Assessment(
        **_described(interview, model, rules, features, policy),
        traits={},
        withheld=reason,
        sales=None,
        answers=answers,
        notices=[*interview.reader_notices(wanted), *model.notices],
    )


def _unread(
    answer: Answer, extracted: Extracted, wanted: Sequence[str], otherwise: str
) -> AnswerAssessment:
    """An answer that is not read, for its own reason or, without one, for that of the interview."""
    measured = None if isinstance(extracted, str) else extracted
    own = _own_reason(extracted)
    return describe_unread(answer, measured, wanted, own or otherwise)


def _notices(
    interview: Interview,
    model: Assessor,
    wanted: Sequence[str],
    answers: Sequence[AnswerAssessment],
) -> list[str]:
    notices = [*interview.reader_notices(wanted), *model.notices]
    failed = [a.id for a in answers if a.status == "failed"]
    if failed:
        notices.append(
            f"{len(failed)} of {len(answers)} answers could not be analysed: {', '.join(failed)}. "
            "The estimate rests on the others."
        )
    if interview.language not in ("en", "auto") and not interview.language.startswith("en-"):
        notices.append(
            f"The model was trained on English; the interview is in '{interview.language}', so the "
            "words count for little and the intervals may be too narrow."
        )
    return notices


def _uncompared(reading: Reading) -> list[str]:
    """Whose questions were not compared with their answers, by reason."""
    answers: dict[str, list[str]] = {}
    for answer, reason in reading.uncompared.items():
        answers.setdefault(reason, []).append(answer)
    return [
        f"The question of {', '.join(names)} was not compared with the answer, whose weight comes "
        f"from the answers alone: {reason}."
        for reason, names in answers.items()
    ]


def _provenance(
    interview: Interview,
    model: Assessor,
    rules: RuleBase,
    policy: AbstentionPolicy,
    features: Sequence[Extracted],
) -> Provenance:
    extractors: dict[str, dict[str, Any]] = {}
    libraries: dict[str, str] = {"python": platform.python_version(), "torch": version("torch")}
    sources = {}
    for answer, extracted in zip(interview.answers, features, strict=True):
        if isinstance(extracted, str):
            continue
        sources[answer.id] = extracted.sha256
        provenances = [stream.provenance for stream in extracted.streams.values()]
        if extracted.transcript is not None:
            provenances.append(extracted.transcript.provenance)
            if provenances[-1].source_sha256 != extracted.sha256:  # it was given
                sources[f"{answer.id} transcript"] = provenances[-1].source_sha256
        for p in provenances:
            extractors[p.extractor] = {
                "extractor": p.extractor,
                "version": p.version,
                "settings": dict(p.settings),
            }
            libraries.update(p.libraries)
    return Provenance(
        software=f"hirenet-sales {__version__}",
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        checkpoint=model.name,
        checkpoint_sha256=model.sha256,
        training_data=model.training_data,
        sampling=model.sampling,
        rule_base=f"{rules.name} {rules.version}",
        abstention=policy,
        extractors=[extractors[name] for name in sorted(extractors)],
        sources=sources,
        libraries=dict(sorted(libraries.items())),
    )
