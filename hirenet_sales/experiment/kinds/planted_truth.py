"""How often attention is highest where the signal was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.evaluation.bootstrap import DRAWS, cluster_counts, interval

ACCURACIES = ("moment_accuracy", "question_accuracy")
SAME = 1e-6  # attentions this near are equal: a mean over steps points nowhere


def attention_accuracy(attentions: pd.DataFrame, test: InterviewSet) -> dict[str, float]:
    """How often attention is highest where the truth is, with bootstrap intervals.

    Parameters
    ----------
    attentions : as `AttentionModel.attentions` gives it for `test`
    test : interviews with their planted truth

    Returns
    -------
    moment_accuracy, over answers; question_accuracy, over interviews; and their _low and _high.
    Several steps that share the highest attention count as one guess among them.
    """
    planted = test.planted
    assert planted is not None
    row = attentions["interview"].map({name: row for row, name in enumerate(test.ids)}).to_numpy()
    answer, step = attentions["answer"].to_numpy(), attentions["step"].to_numpy()
    most = max(len(moments) for moments in planted.moments)
    truth = np.full((len(test), most), -1)
    for k, moments in enumerate(planted.moments):
        truth[k, : len(moments)] = moments
    answer_index = row * most + answer
    moment = _guesses(answer_index, attentions["alpha"].to_numpy(), step == truth[row, answer])
    first = ~pd.Series(answer_index).duplicated().to_numpy()  # beta is the same at every step
    asked = answer == planted.question[row]
    question = _guesses(row[first], attentions["beta"].to_numpy()[first], asked[first])
    counts = cluster_counts(len(test), DRAWS)
    result: dict[str, float] = {}
    for measure, chance, owner in (
        (ACCURACIES[0], moment, moment.index.to_numpy() // most),
        (ACCURACIES[1], question, question.index.to_numpy()),
    ):
        hits = np.bincount(owner, chance.to_numpy(float), len(test))
        total = np.bincount(owner, minlength=len(test))
        ends = interval((counts @ hits) / (counts @ total))
        assert ends is not None
        result[measure] = float(hits.sum() / total.sum())
        result[f"{measure}_low"], result[f"{measure}_high"] = ends
    return result


def _guesses(group: np.ndarray, weight: np.ndarray, right: np.ndarray) -> pd.Series:
    """The chance, by group, that one of the highest weights, drawn blindly, is the right one."""
    rows = pd.DataFrame({"group": group, "weight": weight, "right": right})
    highest = rows[rows["weight"] >= rows.groupby("group")["weight"].transform("max") - SAME]
    return highest.groupby("group")["right"].mean()
