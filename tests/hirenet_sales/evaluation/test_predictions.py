"""Evaluation of predictions, p values and trivial baselines on interview sets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from toy_interviews import SCORE, toy_interviews

from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.baselines import (
    LENGTH,
    LOOK_UP,
    MEAN,
    POSITION,
    baselines_left_out,
    trivial_baselines,
)
from hirenet_sales.evaluation.bootstrap import holm, two_sided_p
from hirenet_sales.evaluation.measure_table import evaluate_predictions
from hirenet_sales.evaluation.prediction import Prediction

TRAIN, TEST = toy_interviews(80, seed=1), toy_interviews(60, seed=2, first=1000)


def noisy(size: float, seed: int = 0) -> Prediction:
    """The labels of TEST with noise, `size` of the scale."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, size, TEST.labels.shape) * [6, 1]
    return Prediction(np.clip(TEST.labels + noise, [1, 0], [7, 1]))


def test_the_labels_themselves_are_perfect() -> None:
    result = evaluate_predictions(Prediction(TEST.labels), TEST, TRAIN, draws=20)
    assert (result["n"], result["clusters"], result["level"]) == (60, 30, "interview")
    score, hirable = result["targets"]["score"], result["targets"]["hirable"]
    assert [score[m] for m in ("one_minus_mae", "ccc", "skill")] == pytest.approx([1, 1, 1])
    assert hirable["f1"] == hirable["auc"] == 1
    assert hirable["interval"]["auc"] == [1, 1]
    assert "auc" not in score
    assert "ccc" not in hirable


def test_a_level_counts_its_own_rows() -> None:
    test = toy_interviews(20, answers=3, answer_level=True, targets=(SCORE,))
    rows = Prediction(test.labels, [labels + 0.6 for labels in test.answer_labels])
    by_answer = evaluate_predictions(rows, test, test, draws=0)
    assert (by_answer["level"], by_answer["n"]) == ("answer", 60)
    assert by_answer["targets"]["score"]["one_minus_mae"] == pytest.approx(0.9)  # .6 of 1 to 7
    by_interview = evaluate_predictions(rows, test, test, draws=0, level="interview")
    assert by_interview["n"] == 20
    assert by_interview["targets"]["score"]["one_minus_mae"] == pytest.approx(1)
    spread = evaluate_predictions(Prediction(test.labels), test, test, draws=0)
    assert spread["targets"]["score"]["one_minus_mae"] == pytest.approx(1)
    with pytest.raises(DatasetError, match="single answers have no labels"):
        evaluate_predictions(noisy(0.1), TEST, TRAIN, level="answer")


def test_what_a_model_left_open_counts_as_the_training_mean() -> None:
    train = toy_interviews(20, answers=2, answer_level=True, targets=(SCORE,))
    answers = [labels.copy() for labels in train.answer_labels]
    answers[3][1] = np.nan
    result = evaluate_predictions(Prediction(train.labels, answers), train, train, draws=0)
    assert (result["n"], result["left_open"]) == (40, 1)
    off = abs(train.labels[3, 0] - train.labels.mean()) / 6
    assert result["targets"]["score"]["one_minus_mae"] == pytest.approx(1 - off / 40)


def test_a_prediction_of_other_interviews_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 60 interviews x 2 targets"):
        evaluate_predictions(Prediction(TRAIN.labels), TEST, TRAIN)


@pytest.mark.parametrize(
    ("differences", "p"),
    [
        ([1.0] * 99, 0.02),  # never below 2 / (draws + 1)
        ([1.0] * 97 + [-1.0] * 2, 0.06),
        ([1.0, -1.0], 1.0),
        ([0.0] * 9, 1.0),
        ([1.0] * 99 + [np.nan] * 50, 0.02),
        ([np.nan], None),
        ([], None),
    ],
)
def test_p_of_draws(differences: list[float], p: float | None) -> None:
    assert two_sided_p(np.array(differences)) == (p if p is None else pytest.approx(p))
    assert two_sided_p(-np.array(differences)) == two_sided_p(np.array(differences))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"a": 0.01, "b": 0.04, "c": 0.03}, {"a": 0.03, "b": 0.06, "c": 0.06}),
        ({"a": 0.5, "b": 0.6}, {"a": 1.0, "b": 1.0}),
        ({"a": 0.2}, {"a": 0.2}),
        ({}, {}),
    ],
)
def test_holm(given: dict[str, float], expected: dict[str, float]) -> None:
    assert holm(given) == pytest.approx(expected)


def test_every_baseline_is_there_or_says_why_not() -> None:
    message = trivial_baselines(TRAIN, TEST)
    assert set(message) == {MEAN, LENGTH, POSITION}
    assert baselines_left_out(TRAIN, TEST) == {
        LOOK_UP: "not applicable: nobody of the test set is in the training set"
    }
    bare = replace(TRAIN, positions=np.array([""] * len(TRAIN)))
    assert "no job title is known" in baselines_left_out(bare, TRAIN)[POSITION]
    assert set(trivial_baselines(TRAIN, TRAIN)) == {MEAN, LOOK_UP, LENGTH, POSITION}


def test_the_mean_predictor_has_no_skill_and_the_position_has() -> None:
    """The toy positions follow the worth, so they tell of it; nothing else does."""
    message = trivial_baselines(TRAIN, TEST)
    skill = {
        name: evaluate_predictions(p, TEST, TRAIN, draws=0)["targets"]["score"]["skill"]
        for name, p in message.items()
    }
    assert skill[MEAN] == pytest.approx(0)
    assert skill[POSITION] > 0.4
    assert skill[LENGTH] < 0.1


def test_the_look_up_finds_the_same_person_and_else_the_mean() -> None:
    both = TRAIN.take([0, 1, 2])  # p0, p0, p1
    asked = replace(TEST, people=np.array(["p0"] * 59 + ["nobody"]))
    result = trivial_baselines(both, asked)[LOOK_UP].interviews
    assert result[0] == pytest.approx(both.labels[:2].mean(0))
    assert result[-1] == pytest.approx(both.labels.mean(0))


def test_length_alone_is_found_where_it_tells() -> None:
    def longer(interviews, seed):
        rng = np.random.default_rng(seed)
        output = [[("so",) * int(rng.integers(1, 200))] * 2 for _ in interviews.ids]
        share = np.log([len(words[0]) for words in output]) / np.log(200)
        labels = np.stack([1 + 6 * share, share > 0.8], axis=1).astype(float)
        return replace(interviews, words=output, labels=labels)

    train, test = longer(TRAIN, 1), longer(TEST, 2)
    message = trivial_baselines(train, test)[LENGTH]
    result = evaluate_predictions(message, test, train, draws=0)["targets"]
    assert result["score"]["skill"] > 0.9
    assert result["hirable"]["auc"] > 0.99


def test_answers_are_predicted_from_answers() -> None:
    train = toy_interviews(30, seed=1, answers=3, answer_level=True)
    test = toy_interviews(10, seed=2, answers=2, answer_level=True)
    for prediction in trivial_baselines(train, test).values():
        assert [a.shape for a in prediction.answers] == [(2, 2)] * 10
        assert all(np.all((a >= [1, 0]) & (a <= [7, 1])) for a in prediction.answers)


def test_unknown_labels_teach_nothing() -> None:
    labels = TRAIN.labels.copy()
    labels[::2] = np.nan
    half = replace(TRAIN, labels=labels)
    remaining = TRAIN.take(range(1, len(TRAIN), 2))
    one, other = trivial_baselines(half, TEST), trivial_baselines(remaining, TEST)
    for name in (MEAN, LENGTH, POSITION):
        assert one[name].interviews == pytest.approx(other[name].interviews)
