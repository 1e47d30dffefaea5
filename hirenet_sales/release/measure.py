"""Measures of a checkpoint's estimates on labelled interviews, in tables of the traits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.data.masking import senses_of, with_senses
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.measure_table import measure_table
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.release.calibration import trait_labels
from hirenet_sales.release.fewer_answers import NUMBERS, coverage_by_answers, fewer_answers
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import shared_streams

SOURCE_LOOK_UP = "source look-up"


def measure(
    checkpoint: Checkpoint, part: InterviewSet, baselines: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Tables of interviews and, where they are labelled, of their answers.

    Parameters
    ----------
    part : labelled with the five traits
    baselines : estimates (R, 5) on [0, 1] by name, rows as `trait_estimates` gives them

    Returns
    -------
    dict with `level`, n, mean and traits of answers read within their interview, or of interviews
    where answers have no labels; the same under `streams.<name>` when the model is given that
    sense alone, under `alone` for answers read one by one, under `interviews.model` and
    `interviews.plain_mean` (of the answers' estimates), and under `baselines`; and
    `coverage_by_answers`, of intervals of interviews of which 1, 2, 3 or 5 answers are read.

    Raises
    ------
    DatasetError
        if nothing of what the model reads is in the data.
    """
    senses = checkpoint.intake.senses
    level: Level = "interview" if part.answer_labels is None else "answer"
    prediction = checkpoint.model.predict(part)
    estimates = trait_estimates(checkpoint, part, prediction, level)
    whole = _table(checkpoint, part, estimates, level)
    if whole is None:
        raise DatasetError(
            f"{part.dataset}: no answer has any stream that the model reads "
            f"({', '.join(checkpoint.intake.streams)})"
        )
    result: dict[str, Any] = {"level": level, **whole, "streams": {}}
    for name in senses if len(senses) > 1 else ():
        only = with_senses(part, senses, (name,))
        values = trait_estimates(checkpoint, only, checkpoint.model.predict(only), level)
        if (own := _table(checkpoint, only, values, level)) is not None:
            result["streams"][name] = own
    interviews = {"model": trait_estimates(checkpoint, part, prediction, "interview")}
    if level == "answer":
        alone = answers_as_interviews(part)
        values = trait_estimates(checkpoint, alone, checkpoint.model.predict(alone), level)
        result["alone"] = _table(checkpoint, alone, values, level)
        interviews["plain_mean"] = _means(estimates, part)
    result["interviews"] = {
        kind: _table(checkpoint, part, values, "interview") for kind, values in interviews.items()
    }
    result["coverage_by_answers"] = _coverage_by_answers(checkpoint, part)
    result["baselines"] = {
        name: _table(checkpoint, part, values, level, intervals=False)
        for name, values in baselines.items()
    }
    return result


def _coverage_by_answers(checkpoint: Checkpoint, interviews: InterviewSet) -> dict[str, Any]:
    """What the intervals cover when some of the answers are read, see `coverage_by_answers`."""
    part = fewer_answers(interviews, NUMBERS)
    prediction = checkpoint.model.predict(part)
    estimates = trait_estimates(checkpoint, part, prediction, "interview")
    errors = np.abs(estimates - trait_labels(part, part.labels))
    rows = np.isfinite(errors).all(1)
    return coverage_by_answers(
        errors[rows],
        half_widths(checkpoint, part, "interview")[rows],
        part.people[rows],
        _answers_read(checkpoint, part)[rows],
    )


def blind_baselines(
    checkpoint: Checkpoint, part: InterviewSet, root: str | Path | None
) -> dict[str, np.ndarray]:
    """Estimates of answers, or of interviews where these are labelled, that look at nothing."""
    counts = [1 if part.answer_labels is None else len(asked) for asked in part.questions]
    mean = checkpoint.training_mean
    baselines = {"mean predictor": np.tile(mean, (sum(counts), 1))}
    if part.official and part.answer_labels is not None:
        whole = load_dataset(part.dataset, root, streams=())
        baselines[SOURCE_LOOK_UP] = source_look_up(part, whole, mean)
    return baselines


def source_look_up(part: InterviewSet, whole: InterviewSet, mean: np.ndarray) -> np.ndarray:
    """Estimates (R, 5) of answers, on [0, 1]: the mean label of the same person's others.

    Those of the official training split are looked up, the answer itself left out; a person without
    any gets the training `mean` (5,). What it scores on an official split is what leaks.

    Parameters
    ----------
    part : interviews whose answers are labelled and have an official split
    whole : all interviews of the data set
    """
    sums: dict[str, np.ndarray] = {}
    counts: dict[str, int] = {}
    for person, official, labels in _official_labels(whole):
        for q in np.flatnonzero(official == "train"):
            sums[person] = sums.get(person, 0) + labels[q]
            counts[person] = counts.get(person, 0) + 1
    rows = []
    for person, official, labels in _official_labels(part):
        for own, label in zip(official == "train", labels, strict=True):
            others = counts.get(person, 0) - own
            total = sums.get(person, np.zeros_like(label)) - (label if own else 0)
            rows.append(total / others if others else mean)
    return np.stack(rows)


def _official_labels(interviews: InterviewSet) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Person, official split (Q,) and labels (Q, 5) of the answers of every interview."""
    assert interviews.answer_labels is not None
    return [
        (str(person), np.array(official), trait_labels(interviews, labels))
        for person, official, labels in zip(
            interviews.people, interviews.official, interviews.answer_labels, strict=True
        )
    ]


def trait_estimates(
    checkpoint: Checkpoint, part: InterviewSet, prediction: Prediction, level: Level
) -> np.ndarray:
    """Estimates (R, 5) of interviews or of their answers, on [0, 1]; NaN where nothing was read."""
    counts = [len(asked) for asked in part.questions]
    answers = prediction.answers
    if level == "interview":
        values = prediction.interviews
    elif answers is None:
        values = prediction.interviews.repeat(counts, axis=0)
    else:
        values = np.concatenate(answers)
    observed = np.array([bool(own) for own in _senses(checkpoint, part, level)])
    return np.where(observed[:, None], checkpoint.traits(values), np.nan)


def answers_as_interviews(part: InterviewSet) -> InterviewSet:
    """Every answer as an interview of its own."""
    answers = [(i, q) for i, asked in enumerate(part.questions) for q in range(len(asked))]
    return part.take([i for i, _ in answers]).take_answers([[q] for _, q in answers])


def _senses(checkpoint: Checkpoint, part: InterviewSet, level: Level) -> list[tuple[str, ...]]:
    """Which of visual, audio and text that the model reads each row has."""
    senses = checkpoint.intake.senses
    by_interview = senses_of(part, senses)
    if level == "answer":
        return [own for answers in by_interview for own in answers]
    return [shared_streams([*filter(None, own)]) if any(own) else () for own in by_interview]


def _answers_read(checkpoint: Checkpoint, part: InterviewSet) -> np.ndarray:
    """How many answers (N,) of each interview have anything that the model reads."""
    by_interview = senses_of(part, checkpoint.intake.senses)
    return np.array([sum(map(bool, own)) for own in by_interview])


def half_widths(checkpoint: Checkpoint, part: InterviewSet, level: Level) -> np.ndarray:
    """Half widths (R, 5) of intervals, NaN where nothing was read."""
    calibration, sets = checkpoint.calibration, _senses(checkpoint, part, level)
    numbers = _answers_read(checkpoint, part)
    widths = np.full((len(sets), len(TRAITS)), np.nan)
    for row, streams in enumerate(sets):
        if streams and level == "answer":
            widths[row] = calibration.answer_widths(streams)
        elif streams:
            widths[row] = calibration.interview_widths(streams, numbers[row])
    return widths


def _means(answers: np.ndarray, part: InterviewSet) -> np.ndarray:
    """Plain means (N, 5) of the answers' estimates, (R, 5); NaN where nothing was read."""
    parts = np.split(answers, np.cumsum([len(asked) for asked in part.questions])[:-1])
    return Prediction.of_answers(parts, np.full(answers.shape[1], np.nan)).interviews


def _table(
    checkpoint: Checkpoint,
    part: InterviewSet,
    values: np.ndarray,
    level: Level,
    *,
    intervals: bool = True,
) -> dict[str, Any] | None:
    """One table of the rows of which anything was read; None if there is no such row."""
    sets = _senses(checkpoint, part, level)
    rows = [k for k, own in enumerate(sets) if own and np.isfinite(values[k]).all()]
    if not rows:
        return None
    labels, people = part.labels, part.people
    if level == "answer":
        assert part.answer_labels is not None
        labels = np.concatenate(part.answer_labels)
        people = people.repeat([len(asked) for asked in part.questions])
    widths = half_widths(checkpoint, part, level)[rows]
    measured = measure_table(
        trait_labels(part, labels)[rows],
        values[rows],
        checkpoint.training_mean,
        people[rows],
        widths if intervals else None,
    )
    return {"traits" if key == "targets" else key: own for key, own in measured.items()}


def answers_read(part: InterviewSet, streams: tuple[str, ...]) -> dict[str, Any]:
    """Answers of a part, those of which anything was read, and those of which each stream was."""
    return {
        "named": sum(map(len, part.questions)),
        "read": part.answers_with(streams),
        "streams": {stream: part.answers_with((stream,)) for stream in streams},
    }
