"""Split-conformal intervals of a model, from interviews that it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import senses_of, with_senses
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.model import Model
from hirenet_sales.release.conformal import conformal_half_widths, half_widths_by_number
from hirenet_sales.release.fewer_answers import fewer_answers
from hirenet_sales.traits import TRAITS
from hirenet_sales.uncertainty import (
    ANSWER,
    COVERAGE,
    MANY,
    ONE,
    Calibration,
    set_name,
    stream_sets,
)

ENOUGH = 10  # people: fewer cannot promise 90 %


def trait_columns(interviews: InterviewSet) -> list[int]:
    """Indices of the five traits among the targets.

    Raises
    ------
    DatasetError
        if one of them is missing.
    """
    names = [target.name for target in interviews.targets]
    missing = [trait for trait in TRAITS if trait not in names]
    if missing:
        raise DatasetError(
            f"{interviews.dataset}: the targets are {', '.join(names)}; an assessment needs the "
            f"five traits, and {', '.join(missing)} is not among them"
        )
    return [names.index(trait) for trait in TRAITS]


def trait_labels(interviews: InterviewSet, labels: np.ndarray) -> np.ndarray:
    """Of labels (..., K) of all targets those of the five traits, (..., 5), on [0, 1]."""
    return to_unit(labels, interviews.targets)[..., trait_columns(interviews)]


def person_labels(interviews: InterviewSet) -> np.ndarray:
    """Trait labels (P, 5) on [0, 1], one row a person: the mean over the person's interviews."""
    labels = trait_labels(interviews, interviews.labels)
    return np.stack(
        [labels[interviews.people == who].mean(0) for who in np.unique(interviews.people)]
    )


def calibrate_model(
    model: Model, held_out: InterviewSet, senses: Mapping[str, Sequence[str]]
) -> Calibration:
    """Half widths of estimates on [0, 1], for every set of senses that an answer may have.

    An interview is read several times, with one of its answers, with two, and so on to all; single
    answers are judged as they are read within all.

    Parameters
    ----------
    held_out : interviews that were used neither to learn nor to choose
    senses : "visual", "audio" and "text", those that are read, to the model's streams of each

    Raises
    ------
    DatasetError
        if the traits are not among the targets, or no held-out interview has all senses.
    """
    columns = trait_columns(held_out)
    widths: dict[str, dict[str, np.ndarray]] = {ANSWER: {}, ONE: {}, MANY: {}}
    correlation = np.eye(len(TRAITS))
    every = stream_sets(tuple(senses))
    for given in every:
        name = set_name(given)
        whole = _with_all(with_senses(held_out, senses, given), senses, given)
        if not len(whole):  # so of the first set, all senses, or of none
            raise DatasetError(
                f"{held_out.dataset}: no held-out answer has {', '.join(given)}, so that intervals "
                "cannot be calibrated; the model reads streams that the data lack"
            )
        answers, owners = _answer_errors(model.predict(whole), whole, columns)
        widths[ANSWER][name] = conformal_half_widths(np.abs(answers), owners)
        part = fewer_answers(whole)
        errors = interview_errors(model.predict(part), part, columns)
        rows = np.isfinite(errors).all(1)
        numbers = np.array([len(asked) for asked in part.questions])
        widths[ONE][name], widths[MANY][name] = half_widths_by_number(
            np.abs(errors[rows]), part.people[rows], numbers[rows]
        )
        if given == every[0] and len(answers) > 1:
            with np.errstate(invalid="ignore"):  # a trait whose errors are all the same
                correlation = np.nan_to_num(np.corrcoef(answers.T), nan=0.0)
            np.fill_diagonal(correlation, 1.0)
    return Calibration(COVERAGE, widths, correlation)


def _with_all(
    interviews: InterviewSet, senses: Mapping[str, Sequence[str]], given: Sequence[str]
) -> InterviewSet:
    """Only answers that have all `given` senses, and interviews with such an answer."""
    answers = [
        [q for q, own in enumerate(answers) if set(given) <= set(own)]
        for answers in senses_of(interviews, senses)
    ]
    rows = [i for i, chosen in enumerate(answers) if chosen]
    return interviews.take(rows).take_answers([answers[i] for i in rows])


def interview_errors(
    prediction: Prediction, part: InterviewSet, columns: Sequence[int]
) -> np.ndarray:
    """Errors (N, 5) of interviews on [0, 1], NaN where there is no label or no estimate."""
    estimates, labels = (
        to_unit(values, part.targets) for values in (prediction.interviews, part.labels)
    )
    errors: np.ndarray = (estimates - labels)[:, columns]
    return errors


def _answer_errors(
    prediction: Prediction, part: InterviewSet, columns: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """Errors (R, 5) and people (R,) of answers that are labelled in all traits.

    Where single answers have no label or no estimate, those of interviews stand for them.
    """
    errors, people = interview_errors(prediction, part, columns), part.people
    if part.answer_labels is not None and prediction.answers is not None:
        people = np.repeat(people, [len(rows) for rows in part.answer_labels])
        estimates, labels = (
            to_unit(np.concatenate(values), part.targets)
            for values in (prediction.answers, part.answer_labels)
        )
        errors = (estimates - labels)[:, columns]
    labelled = np.isfinite(errors).all(1)
    return errors[labelled], people[labelled]


def measured_coverage(prediction: Prediction, held_out: InterviewSet) -> float | None:
    """Share of labels inside intervals that were calibrated on the other half of the people.

    Mean over traits and both halves, at the level of answers where they are labelled; None with
    fewer than 20 people, whose halves are too small for intervals of 90 %.
    """
    errors, people = _answer_errors(prediction, held_out, trait_columns(held_out))
    errors = np.abs(errors)
    names = np.unique(people)
    if len(names) < 2 * ENOUGH:
        return None
    first = np.isin(people, np.random.default_rng(0).permutation(names)[: len(names) // 2])
    shares = [
        (errors[asked] <= conformal_half_widths(errors[~asked], people[~asked])).mean()
        for asked in (first, ~first)
    ]
    return float(np.mean(shares))
