"""Which questions a model is shown: H4 of Hemamou et al. 2019 is tested by hiding them.

Shuffled questions keep the length and the words of real ones, so that a difference to them is not
a matter of more parameters or of the mere presence of a text.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet

Questions = Literal["real", "shuffled", "none"]


def with_questions(interviews: InterviewSet, questions: Questions, seed: int) -> InterviewSet:
    """The interviews with their real questions, with each other's, or with none.

    Parameters
    ----------
    questions : real; shuffled, over all answers of all interviews; none, every text is empty
    seed : of the shuffle
    """
    if questions == "real":
        return interviews
    pairs = [
        pair
        for ids, texts in zip(interviews.question_ids, interviews.questions, strict=True)
        for pair in zip(ids, texts, strict=True)
    ]
    if questions == "none":
        pairs = [("", "")] * len(pairs)
    else:
        order = np.random.default_rng(seed).permutation(len(pairs))
        pairs = [pairs[i] for i in order]
    rest = iter(pairs)
    dealt = [[next(rest) for _ in ids] for ids in interviews.question_ids]
    return replace(
        interviews,
        question_ids=tuple(tuple(i for i, _ in row) for row in dealt),
        questions=tuple(tuple(text for _, text in row) for row in dealt),
    )
