"""Intervals of models of the catalogue: widths of known errors, for every set of streams."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hirenet_sales.data.interview_set import TRAIT_TARGETS, InterviewSet, Target
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.release.calibration import calibrate_model, measured_coverage, trait_columns
from hirenet_sales.uncertainty import LEVELS, ONE

PEOPLE = 40
SENSES = {"visual": ("frames",), "text": ("text",)}


class Wrong:
    """Errs by .1, or by .2 where it has no words; says .5 of what it cannot read."""

    name, streams = "wrong", ("frames", "text")

    def fit(self, train, validation, *, seed: int, folder: Path) -> None: ...

    def predict(self, interviews: InterviewSet) -> Prediction:
        answers = []
        for i, labels in enumerate(interviews.answer_labels):
            heard = [len(rows) > 0 for rows in interviews.streams["text"][i]]
            seen = [len(rows) > 0 for rows in interviews.streams["frames"][i]]
            off = np.where(heard, 0.1, 0.2)[:, None]
            there = (np.array(heard) | np.array(seen))[:, None]
            answers.append(np.where(there, labels + off, np.nan))
        return Prediction(np.stack([np.nanmean(rows, axis=0) for rows in answers]), answers)

    def parameters(self) -> int:
        return 0


def interviews(people: int = PEOPLE, targets: tuple[Target, ...] = TRAIT_TARGETS) -> InterviewSet:
    """Two answers of each person; the second of the first person has no words."""
    rng = np.random.default_rng(0)
    rows = [[np.ones((2, 1), np.float32)] * 2 for _ in range(people)]
    said = [list(found) for found in rows]
    said[0][1] = said[0][1][:0]
    by_answer = [rng.uniform(0.2, 0.7, (2, len(targets))) for _ in range(people)]
    return InterviewSet(
        dataset="toy",
        ids=tuple(f"i{n}" for n in range(people)),
        people=np.array([f"p{n}" for n in range(people)]),
        positions=np.full(people, ""),
        question_ids=(("", ""),) * people,
        questions=(("", ""),) * people,
        streams={"frames": rows, "text": said},
        columns={},
        targets=targets,
        labels=np.stack([labels.mean(0) for labels in by_answer]),
        answer_labels=by_answer,
        level="answer",
        words=[[("a", "b")] * 2 for _ in range(people)],
    )


def test_each_set_of_streams_has_its_own_width() -> None:
    found = calibrate_model(Wrong(), interviews(), SENSES)
    for level in LEVELS:
        np.testing.assert_allclose(found.half_widths[level]["visual+text"], 0.1)
        np.testing.assert_allclose(found.half_widths[level]["text"], 0.1)
        np.testing.assert_allclose(found.half_widths[level]["visual"], 0.2)
    assert found.error_correlation.shape == (5, 5)
    np.testing.assert_allclose(np.diag(found.error_correlation), 1)


class Scattered(Wrong):
    """Errs anew in every answer, so that an interview of two errs less."""

    def predict(self, interviews: InterviewSet) -> Prediction:
        answers = []
        for labels in interviews.answer_labels:
            off = np.sin(1e4 * labels)  # as good as random, and the same for the same answer
            answers.append(labels + 0.1 * off)
        return Prediction(np.stack([rows.mean(0) for rows in answers]), answers)


def test_intervals_of_an_interview_depend_on_the_number_of_answers() -> None:
    calibration = calibrate_model(Scattered(), interviews(200), SENSES)
    one, two = (calibration.interview_widths(("visual", "text"), n) for n in (1, 2))
    assert (two < 0.95 * one).all()
    np.testing.assert_allclose(one, calibration.answer_widths(("visual", "text")), atol=0.02)


def test_scales_are_brought_to_the_unit_range() -> None:
    targets = tuple(replace(target, low=1.0, high=3.0) for target in TRAIT_TARGETS)
    found = calibrate_model(Wrong(), interviews(targets=targets), SENSES)
    # Labels below 1 are cut to the end of the scale, and so are estimates.
    np.testing.assert_allclose(found.half_widths["answer"]["visual+text"], 0)
    shifted = interviews(targets=targets)
    shifted = replace(
        shifted,
        labels=shifted.labels + 1,
        answer_labels=[labels + 1 for labels in shifted.answer_labels],
    )
    found = calibrate_model(Wrong(), shifted, SENSES)
    np.testing.assert_allclose(found.half_widths["answer"]["visual+text"], 0.05)


def test_few_people_promise_nothing() -> None:
    found = calibrate_model(Wrong(), interviews(8), SENSES)
    np.testing.assert_array_equal(found.half_widths[ONE]["visual+text"], 1)
    assert measured_coverage(Wrong().predict(interviews(19)), interviews(19)) is None


def test_coverage_is_measured_on_the_other_half() -> None:
    # All errors are the same but one, so that every interval holds all but that one.
    said = Wrong().predict(interviews())
    assert measured_coverage(said, interviews()) == pytest.approx(1 - 1 / 40 / 2, abs=0.02)


def test_an_assessment_needs_the_traits() -> None:
    targets = (*TRAIT_TARGETS[:4], Target("interview"))
    with pytest.raises(DatasetError, match="neuroticism is not among them"):
        trait_columns(interviews(targets=targets))
    turned = (Target("interview"), *TRAIT_TARGETS[::-1])
    assert trait_columns(interviews(targets=turned)) == [5, 4, 3, 2, 1]


def test_data_without_a_stream_cannot_calibrate_it() -> None:
    part = interviews()
    silent = [[rows[:0] for rows in answers] for answers in part.streams["text"]]
    part = replace(part, streams={**part.streams, "text": silent})
    with pytest.raises(DatasetError, match="no held-out answer has visual, text"):
        calibrate_model(Wrong(), part, SENSES)
