"""Attention on a comparable scale, aggregated by question and by word.

A value of interest is an attention weight times the number of items that share the attention, so
1.0 is average and answers of different length compare (Hemamou et al. 2019, Attention
visualization). That of a word is weighed by that of its question, as there; the formula is missing
in our copy of the paper, which says that it is taken over from Yang et al. 2016, who multiply by
the square root of the upper level's. That is done here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from extractors.words.vectors import PUNCTUATION
from hirenet_sales.evaluation.bootstrap import DRAWS, cluster_counts, interval

MODEL = ["model", "variant", "streams", "split"]
ANSWER = [*MODEL, "seed", "cell", "interview", "answer", "stream"]


def by_answer(steps: pd.DataFrame) -> pd.DataFrame:
    """One row an answer, stream, model and seed: beta, voi_question and the number of steps."""
    shared = ["person", "position", "question_id", "question", "beta", "voi_question"]
    answers = steps.groupby(ANSWER, sort=False, as_index=False).agg(
        **{name: (name, "first") for name in shared}, steps=("step", "size")
    )
    return answers


def question_means(answers: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Mean value of interest of every question, model and stream, with 95 % intervals.

    Parameters
    ----------
    answers : as `by_answer` gives it
    by : further columns to group by, such as position

    Returns
    -------
    DataFrame with the keys, question, answers, people, voi, voi_low, voi_high, beta. People are
    drawn with replacement, each with all answers and seeds.
    """
    keys = [*MODEL, "stream", *by, "question_id"]
    rows = []
    for names, group in answers.groupby(keys, sort=False):
        rows.append(
            {
                **dict(zip(keys, names, strict=True)),
                "question": group["question"].iloc[0],
                "answers": group.groupby(["interview", "answer"]).ngroups,
                **_mean(group, "voi_question", "voi"),
                "beta": group["beta"].mean(),
            }
        )
    table = pd.DataFrame(rows)
    return table.sort_values([*MODEL, "stream", *by], kind="stable", ignore_index=True)


def question_variance(answers: pd.DataFrame) -> pd.DataFrame:
    """Variance of the mean value of interest between questions, by model and stream.

    Returns
    -------
    DataFrame with questions, variance between them (of their means, each as often as it was asked),
    its share of the whole variance, and bootstrap intervals. Chance alone makes means differ, and
    differ more where answers are few, so a variance is read beside its share.
    """
    rows = []
    for names, group in answers.groupby([*MODEL, "stream"], sort=False):
        people, person = np.unique(group["person"].to_numpy(str), return_inverse=True)
        questions, question = np.unique(group["question_id"].to_numpy(str), return_inverse=True)
        value = group["voi_question"].to_numpy(float)
        shape = len(people), len(questions)
        flat = person * len(questions) + question
        sums = np.bincount(flat, value, shape[0] * shape[1]).reshape(shape)
        squares = np.bincount(flat, value**2, shape[0] * shape[1]).reshape(shape)
        n = np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)
        counts = np.vstack([np.ones((1, len(people)), int), cluster_counts(len(people), DRAWS)])
        total, times_asked = counts @ sums, counts @ n  # (1 + B, questions)
        with np.errstate(divide="ignore", invalid="ignore"):
            means = np.where(times_asked > 0, total / times_asked, 0.0)
        centre = total.sum(1) / times_asked.sum(1)
        between = (times_asked * (means - centre[:, None]) ** 2).sum(1) / times_asked.sum(1)
        whole = (counts @ squares).sum(1) / times_asked.sum(1) - centre**2
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(whole > 1e-12, between / whole, np.nan)
        row = dict(zip([*MODEL, "stream"], names, strict=True))
        row["questions"] = len(questions)
        for name, drawn in (("variance", between), ("share", share)):
            row |= {name: drawn[0], **_ends(name, drawn[1:])}
        rows.append(row)
    return pd.DataFrame(rows)


def word_means(steps: pd.DataFrame, minimum_count: int) -> pd.DataFrame:
    """Mean value of interest of every word over the corpus, the highest first.

    A word is one whatever its case and the punctuation around it.

    Parameters
    ----------
    minimum_count : words that occur less often, counted once whatever the number of seeds, are left
        out

    Returns
    -------
    DataFrame with word, count, people, voi (of the word, weighed by its question's), voi_low,
    voi_high and voi_step (of the word alone), by model.
    """
    spoken = steps[steps["word"] != ""].copy()
    spoken["word"] = spoken["word"].str.lower().str.strip(PUNCTUATION)
    spoken = spoken[spoken["word"] != ""]
    spoken["voi_both"] = spoken["voi_step"] * np.sqrt(spoken["voi_question"])
    rows = []
    for names, group in spoken.groupby([*MODEL, "word"], sort=False):
        count = group.groupby(["interview", "answer", "step"]).ngroups
        if count < minimum_count:
            continue
        rows.append(
            {
                **dict(zip([*MODEL, "word"], names, strict=True)),
                "count": count,
                **_mean(group, "voi_both", "voi"),
                "voi_step": group["voi_step"].mean(),
            }
        )
    table = pd.DataFrame(rows, columns=None if rows else [*MODEL, "word", "count", "voi"])
    return table.sort_values([*MODEL, "voi"], ascending=[True] * len(MODEL) + [False])


def _mean(group: pd.DataFrame, column: str, name: str) -> dict[str, float | int]:
    """Mean of a column with a cluster bootstrap interval over people."""
    people, person = np.unique(group["person"].to_numpy(str), return_inverse=True)
    sums = np.bincount(person, group[column].to_numpy(float))
    n = np.bincount(person)
    drawn = cluster_counts(len(people), DRAWS)
    means = (drawn @ sums) / (drawn @ n)
    ends = _ends(name, means) if len(people) > 1 else {}
    return {"people": len(people), name: float(sums.sum() / n.sum()), **ends}


def _ends(name: str, drawn: np.ndarray) -> dict[str, float]:
    ends = interval(drawn)
    return {} if ends is None else {f"{name}_low": ends[0], f"{name}_high": ends[1]}
