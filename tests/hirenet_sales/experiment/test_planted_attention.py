"""How often attention is where the truth is, and what a model is told about the questions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from toy_models import ToyAttention, ToyOptions

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import with_questions
from hirenet_sales.data.sets.planted import planted_interviews
from hirenet_sales.experiment.kind import Cell, Result, RunPaths
from hirenet_sales.experiment.kinds.planted_attention import MEASURES, Planted
from hirenet_sales.experiment.kinds.planted_truth import attention_accuracy

ANSWERS, STEPS = 3, 8


@pytest.fixture(scope="module")
def interviews() -> InterviewSet:
    return planted_interviews(interviews=120, answers=ANSWERS, steps=STEPS, seed=1)


def test_attention_at_the_truth_finds_everything(interviews: InterviewSet) -> None:
    steps = ToyAttention(("text",), ToyOptions()).attentions(interviews)
    found = attention_accuracy(
        steps.sample(frac=1, random_state=0), interviews
    )  # in any order of rows
    assert found["moment_accuracy"] == found["question_accuracy"] == 1


def test_attention_at_the_decoy_finds_no_moment(interviews: InterviewSet) -> None:
    planted = interviews.planted
    assert planted is not None
    swapped = replace(interviews, planted=replace(planted, moments=planted.decoys))
    steps = ToyAttention(("text",), ToyOptions()).attentions(swapped)
    found = attention_accuracy(steps, interviews)
    assert found["moment_accuracy"] == 0
    assert found["question_accuracy"] == 1


def test_a_plain_mean_finds_what_a_guess_finds(interviews: InterviewSet) -> None:
    steps = ToyAttention(("text",), ToyOptions()).attentions(interviews)
    sizes = steps.groupby(["interview", "answer"])["alpha"].transform("size")
    found = attention_accuracy(steps.assign(alpha=1 / sizes, beta=1 / ANSWERS), interviews)
    lengths = [len(answer) for answers in interviews.streams["text"] for answer in answers]
    assert found["moment_accuracy"] == pytest.approx(np.mean(1 / np.array(lengths)))
    assert found["question_accuracy"] == pytest.approx(1 / ANSWERS)
    assert found["moment_accuracy_low"] < found["moment_accuracy"] < found["moment_accuracy_high"]


def test_shuffled_questions_are_the_same_ones_elsewhere(interviews: InterviewSet) -> None:
    shuffled = with_questions(interviews, "shuffled", seed=0)
    pairs = [
        sorted(
            pair
            for ids, texts in zip(one.question_ids, one.questions, strict=True)
            for pair in zip(ids, texts, strict=True)
        )
        for one in (interviews, shuffled)
    ]
    assert pairs[0] == pairs[1]
    kept = [a == b for a, b in zip(interviews.questions, shuffled.questions, strict=True)]
    assert np.mean(kept) < 0.1
    assert shuffled.questions == with_questions(interviews, "shuffled", seed=0).questions
    assert shuffled.questions != with_questions(interviews, "shuffled", seed=1).questions
    assert shuffled.streams is interviews.streams


def test_no_questions(interviews: InterviewSet) -> None:
    silent = with_questions(interviews, "none", seed=0)
    assert {text for texts in silent.questions for text in texts} == {""}
    assert [len(texts) for texts in silent.questions] == [len(q) for q in interviews.questions]
    assert with_questions(interviews, "real", seed=0) is interviews


def test_intervals_of_shares_end_at_one(tmp_path) -> None:
    kind = Planted()
    models = [{"model": "hirenet"}]
    config = kind.config(name="x", kind="planted", title="x", models=models)
    keys = {"steps": 8, "stream": "text", "model": "hirenet"}
    results = [
        Result(
            Cell({**keys, "seed": seed}, {}),
            tmp_path,
            {**dict.fromkeys(MEASURES, 0.2), "n": 9, "moment_accuracy": found},
            1.0,
        )
        for seed, found in enumerate((0.95, 1.0, 1.0))
    ]
    [table] = kind.tables(config, results, RunPaths(tmp_path))
    assert table.rows[0]["moment_accuracy"] == pytest.approx(0.983, abs=1e-3)
    assert table.rows[0]["moment_accuracy_high"] == 1.0
    assert 0.9 < table.rows[0]["moment_accuracy_low"] < 0.95
