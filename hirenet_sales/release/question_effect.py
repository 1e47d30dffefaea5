"""What the questions do in a model: is it better for them, and does a wrong one cost weight?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import QUESTIONS, with_questions
from hirenet_sales.evaluation.bootstrap import share_interval
from hirenet_sales.evaluation.error_gain import error_gain
from hirenet_sales.evaluation.measure_table import measure_table
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.models.model import AttentionModel, Model
from hirenet_sales.release.calibration import trait_labels
from hirenet_sales.release.measure import half_widths

SEED = 0  # of shuffled questions


def question_effect(checkpoint: Checkpoint, part: InterviewSet) -> dict[str, Any]:
    """Measures of interviews under their real questions, shuffled ones, and none.

    Parameters
    ----------
    part : labelled with the five traits, people that the model has not learnt from

    Returns
    -------
    dict with `n`; `real`, `shuffled` and `none`, the mean over traits as `measure_table` gives it,
    with coverage of the checkpoint's intervals; `gain`, by how much the mean absolute error, on
    [0, 1], is smaller under real questions than under shuffled ones, with its 95 % `interval` by
    bootstrap over people; and `learnt`, whether all of that is above 0.
    """
    labels = trait_labels(part, part.labels)
    widths = half_widths(checkpoint, part, "interview")
    result: dict[str, Any] = {"n": len(part)}
    errors = {}
    for questions in QUESTIONS:
        shown = with_questions(part, questions, SEED)
        estimates = checkpoint.traits(checkpoint.model.predict(shown).interviews)
        whole = measure_table(labels, estimates, checkpoint.training_mean, part.people, widths)
        result[questions] = whole["mean"]
        errors[questions] = np.abs(estimates - labels)
    gain = error_gain(errors["shuffled"], errors["real"], part.people)
    return {
        **result,
        "gain": {"mean_absolute_error": gain.mean, "interval": gain.interval},
        "learnt": gain.measurable,
    }


@dataclass(frozen=True)
class WeightDrop:
    """How often an answer loses weight when its question is replaced by a wrong one.

    Attributes
    ----------
    share : of the answers; one whose weight stays the same counts half
    ratio : median of the weight under the wrong question by that under the right one
    n : answers
    interval : 95 %, of the share, by bootstrap over people; None without answers
    """

    share: float
    ratio: float
    n: int
    interval: list[float] | None = None


def weight_drop(
    model: Model,
    part: InterviewSet,
    *,
    own: bool,
    spared: Sequence[np.ndarray] | None = None,
    seed: int = SEED,
) -> WeightDrop:
    """Ask every answer a wrong question, one answer at a time; the others keep theirs.

    Parameters
    ----------
    part : interviews of two answers or more, with questions; others are left out
    own : whether the wrong question is another one of the same interview, else one of the whole set
    spared : by interview bool (Q,), answers whose question is left alone

    Raises
    ------
    TypeError
        if the model has no attention.
    """
    rng = np.random.default_rng(seed)
    every = sorted({text for asked in part.questions for text in asked if text})
    rows, questions, places = [], [], []
    for i, asked in enumerate(part.questions):
        rows.append(i)
        questions.append(asked)
        places.append(-1)
        for q, right in enumerate(asked):
            wrong = [text for text in (sorted(set(asked)) if own else every) if text != right]
            alone = spared is not None and spared[i][q]
            if len(asked) > 1 and right and any(wrong) and not alone:
                rows.append(i)
                text = wrong[rng.integers(len(wrong))]
                questions.append((*asked[:q], text, *asked[q + 1 :]))
                places.append(q)
    shown = replace(
        part.take(rows),
        questions=tuple(questions),
        question_ids=tuple(questions),
    )
    weights = answer_weights(model, shown)
    before, after, people = [], [], []
    under_right = np.zeros(0)
    for person, beta, q in zip(shown.people, weights, places, strict=True):
        if q < 0:
            under_right = beta
        elif under_right[q] > 0:
            before.append(under_right[q])
            after.append(beta[q])
            people.append(person)
    ratio = np.array(after) / np.array(before)
    lowered = (ratio < 1) + 0.5 * (ratio == 1)
    share = np.mean(lowered) if len(ratio) else np.nan
    bounds = share_interval(lowered, np.ones(len(lowered)), people) if people else None
    return WeightDrop(float(share), float(np.median(ratio)), len(ratio), bounds)


def answer_weights(model: Model, interviews: InterviewSet) -> list[np.ndarray]:
    """The weight (Q,) of every answer of every interview, 0 where nothing was read.

    Raises
    ------
    TypeError
        if the model has no attention.
    """
    if not isinstance(model, AttentionModel):
        raise TypeError(f"{model.name} has no attention")
    numbered = replace(interviews, ids=tuple(map(str, range(len(interviews)))))
    beta = [np.zeros(len(asked)) for asked in interviews.questions]
    steps = model.attentions(numbered).drop_duplicates(["interview", "answer"])
    for row, answer, weight in zip(steps["interview"], steps["answer"], steps["beta"], strict=True):
        beta[int(row)][int(answer)] = weight
    return beta
