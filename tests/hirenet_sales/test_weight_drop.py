"""Wrong questions are wrong, and weights are compared answer by answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from toy_model import ensemble, interview_set

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import DatasetError
from hirenet_sales.weight_drop import drops_of, with_wrong_question

QUESTIONS = ("what do you sell", "who is your boss", "where were you born", "why this job", "how")


def asked(count: int = 12, questions: tuple[str, ...] = QUESTIONS) -> InterviewSet:
    """Random interviews with questions of a few words, none twice in one."""
    interviews = interview_set(np.random.default_rng(0), count, missing=0.0)
    dealt = tuple(
        tuple(questions[(i + q) % len(questions)] for q in range(len(row)))
        for i, row in enumerate(interviews.questions)
    )
    return replace(interviews, question_ids=dealt, questions=dealt)


@pytest.mark.parametrize("position", [0, 1, 3])
def test_one_answer_gets_a_question_that_its_interview_lacks(position):
    interviews = asked()
    wrong = with_wrong_question(interviews, position)
    for before, after in zip(interviews.questions, wrong.questions, strict=True):
        for q, (one, other) in enumerate(zip(before, after, strict=True)):
            assert (one == other) == (q != position)
            assert q != position or other not in before
    assert wrong.question_ids == wrong.questions
    assert with_wrong_question(interviews, position).questions == wrong.questions


def test_every_answer_beside_others_is_tried_once():
    interviews = asked()
    drops = drops_of(ensemble(1), interviews)
    counts = [len(row) for row in interviews.questions]
    assert len(drops.people) == sum(n for n in counts if n > 1) == drops.tried.sum()
    assert set(drops.lowered) <= {0.0, 0.5, 1.0} and len(set(drops.lowered)) > 1
    model = ensemble(1)
    place = next(i for i, n in enumerate(counts) if n > 1)
    weight = {}
    for name, shown in (("own", interviews), ("wrong", with_wrong_question(interviews, 0))):
        steps = model.attentions(shown)
        row = steps[(steps["interview"] == f"i{place}") & (steps["answer"] == 0)]
        weight[name] = row["beta"].iloc[0]
    first = np.flatnonzero(drops.people == f"p{place}")[0]
    assert drops.lowered[first] == (weight["wrong"] < weight["own"])


def test_too_few_questions_are_named():
    with pytest.raises(DatasetError, match="everybody was asked all of its 1 questions"):
        with_wrong_question(asked(3, ("why",)), 0)
