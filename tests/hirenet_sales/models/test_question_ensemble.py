"""An ensemble that reads questions is the ensemble itself where there is nothing to read."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_model import OPTIONS, WIDTHS, ensemble, interview_set

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import with_questions
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.checkpoint import load_checkpoint
from hirenet_sales.models.question_ensemble import QuestionEnsemble
from hirenet_sales.release.question_effect import answer_weights, question_effect, weight_drop

WORDS = ("tea", "cake", "mountain", "river", "engine", "salary", "holiday", "music", "window")
TEACHING = {"epochs": 1, "loggers": (), "progress": False}


def spoken(seed: int, count: int) -> InterviewSet:
    """Random interviews with words, in sentences of five."""
    rng = np.random.default_rng(seed)
    interviews = interview_set(rng, count, missing=0)
    text = [
        [rng.normal(size=(10, WIDTHS["text"])).astype(np.float32) for _ in own]
        for own in interviews.questions
    ]
    words = [
        [tuple(f"{rng.choice(WORDS)}{'.' * (k % 5 == 4)}" for k in range(10)) for _ in own]
        for own in text
    ]
    questions = tuple(tuple(f"Why {rng.choice(WORDS)}?" for _ in own) for own in text)
    return replace(
        interviews,
        streams={**interviews.streams, "text": text},
        words=words,
        questions=questions,
        question_ids=questions,
    )


def unfitted() -> QuestionEnsemble:
    model = build_model("question_ensemble", tuple(WIDTHS), **OPTIONS, members=2, teaching=TEACHING)
    assert isinstance(model, QuestionEnsemble)
    model.begin(ensemble())
    return model


@pytest.fixture(scope="module")
def fitted(tmp_path_factory) -> QuestionEnsemble:
    """Learnt from labels that have nothing to do with anything."""
    model = unfitted()
    folder = tmp_path_factory.mktemp("fit")
    model.fit(spoken(0, 24), spoken(1, 24), seed=0, folder=folder)
    return model


def test_a_match_that_does_not_help_is_left_out(fitted) -> None:
    assert (fitted._fitted().match.gains == 0).all()
    part = spoken(2, 6)
    plain = ensemble().predict(with_questions(part, "none", 0))
    np.testing.assert_allclose(fitted.predict(part).interviews, plain.interviews, atol=1e-6)
    drop = weight_drop(fitted, part, own=False)
    assert drop.ratio == pytest.approx(1) and drop.n == sum(
        len(own) for own in part.questions if len(own) > 1
    )
    low, high = drop.interval
    assert low <= drop.share <= high


@pytest.fixture
def counting(fitted) -> QuestionEnsemble:
    """A model in which the match counts."""
    model = unfitted()
    model.restore(fitted.state())
    model._fitted().match.gains.data = torch.tensor([9.0, 5.0])
    return model


def test_without_questions_it_is_the_ensemble_exactly(counting) -> None:
    part = with_questions(spoken(3, 8), "none", 0)
    silent = replace(spoken(3, 8), words=[])
    plain = ensemble().predict(part)
    for given in (part, silent):
        np.testing.assert_array_equal(counting.predict(given).interviews, plain.interviews)
    moved = counting.predict(spoken(3, 8)).interviews
    assert np.abs(moved - plain.interviews).max() > 1e-4


def test_what_is_restored_is_the_same_model(counting) -> None:
    other = unfitted()
    other.restore(counting.state())
    part = spoken(4, 5)
    np.testing.assert_array_equal(other.predict(part).interviews, counting.predict(part).interviews)
    np.testing.assert_allclose(
        np.concatenate([beta.sum(keepdims=True) for beta in answer_weights(other, part)]), 1, 1e-5
    )


def test_a_wrong_question_costs_an_answer_weight() -> None:
    """fi-v3 on real answers to questions that it has never seen."""
    checkpoint = load_checkpoint("fi-v3")
    assert checkpoint.questions_learnt
    text = replace(checkpoint.intake, streams=("text",))
    part = text.load("siop-2024", None)
    assert weight_drop(checkpoint.model, part.take(range(20)), own=False).share >= 0.8


def test_questions_that_change_nothing_are_not_learnt(fitted) -> None:
    checkpoint = load_checkpoint("fi-v3")
    part = spoken(5, 30)
    effect = question_effect(replace(checkpoint, model=fitted, targets=part.targets), part)
    assert not effect["learnt"]
    assert effect["gain"]["mean_absolute_error"] == pytest.approx(0, abs=1e-6)
