"""The same answers under other questions: whether attention and estimates move at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import can_shuffle, with_questions
from hirenet_sales.faithfulness.changes import Subject
from hirenet_sales.faithfulness.ratio import mean_of
from hirenet_sales.faithfulness.step_order import Steps, step_weights
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.models.model import AttentionModel
from hirenet_sales.release.question_effect import answer_weights


def question_swap(
    checkpoint: Checkpoint, subject: Subject, *, seed: int
) -> tuple[dict[str, Any] | None, str]:
    """Distances of attention and shifts of estimates when every answer gets another question.

    Parameters
    ----------
    seed : of the other questions, which are those of other answers of the set

    Returns
    -------
    dict with `n` interviews; `shift`, mean over traits of the absolute change of the estimates in
    standard deviations; `answers`, distance between the weights of the answers of interviews of two
    or more; `steps.<stream>`, distance between the weights within answers; each as value, low and
    high. A distance is that of total variation: 0 = the same, 1 = nothing in common. None and why,
    where there is nothing to swap.
    """
    interviews = subject.interviews
    if not checkpoint.context_present:
        return None, f"{checkpoint.name} has not learnt to use questions"
    if not can_shuffle(interviews):
        return None, f"{interviews.dataset}: there are not enough different questions"
    other = with_questions(interviews, "shuffled", seed)
    shift = subject.change(subject.estimate(other), np.arange(len(other)))
    result: dict[str, Any] = {"n": len(interviews), "shift": mean_of(shift, interviews.people)}
    if isinstance(checkpoint.model, AttentionModel):
        both = [answer_weights(checkpoint.model, own) for own in (interviews, other)]
        several = np.array([len(asked) > 1 for asked in interviews.questions])
        distance = np.array([_distance(a, b) for a, b in zip(*both, strict=True)])
        result["answers"] = mean_of(np.where(several, distance, np.nan), interviews.people)
        result["steps"] = _within_answers(checkpoint, interviews, other)
    return result, ""


def _within_answers(
    checkpoint: Checkpoint, interviews: InterviewSet, other: InterviewSet
) -> dict[str, Any]:
    real, swapped = (step_weights(checkpoint, own) for own in (interviews, other))
    result = {}
    for stream in real:
        values, people = [], []
        for i, steps in enumerate(Steps.of(interviews, stream)):
            pairs = zip(
                steps.by_answer(real[stream][i]), steps.by_answer(swapped[stream][i]), strict=True
            )
            own = [_distance(a, b) for a, b in pairs if len(a) > 1]
            values += own
            people += [interviews.people[i]] * len(own)
        result[stream] = mean_of(np.array(values), np.array(people))
    return result


def _distance(one: np.ndarray, other: np.ndarray) -> float:
    """Total variation between two distributions (T,)."""
    return float(np.abs(one - other).sum() / 2)
