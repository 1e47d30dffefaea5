"""What a model is shown of the questions: H4 of Hemamou et al. 2019 is tested by taking it away.

Shuffled questions keep the length and the words of real ones, so that a difference to them is not
a matter of more parameters or of the mere presence of a text.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import DatasetError

Questions = Literal["real", "shuffled", "none"]
QUESTIONS: tuple[Questions, ...] = get_args(Questions)


def with_questions(interviews: InterviewSet, questions: Questions, seed: int) -> InterviewSet:
    """The interviews with their real questions, with each other's, or with none.

    Parameters
    ----------
    questions : real; shuffled, over all answers of all interviews, so that no answer keeps its own
        question; none, every text is empty
    seed : of the shuffle

    Raises
    ------
    DatasetError
        if they are to be shuffled and more than half of the answers are to one question.
    """
    if questions == "real":
        return interviews
    pairs = _asked(interviews)
    if questions == "none":
        pairs = [("", "")] * len(pairs)
    else:
        commonest, count = Counter(pairs).most_common(1)[0]
        if not can_shuffle(interviews):
            asked = f"the question '{commonest[1]:.60}'" if commonest[1] else "no question at all"
            raise DatasetError(
                f"{interviews.dataset}: {count} of {len(pairs)} answers have {asked}, so that not "
                "every answer can get another one; shuffled questions need a set with more of them"
            )
        pairs = [pairs[i] for i in _deranged(pairs, seed)]
    rest = iter(pairs)
    dealt = [[next(rest) for _ in ids] for ids in interviews.question_ids]
    return replace(
        interviews,
        question_ids=tuple(tuple(i for i, _ in row) for row in dealt),
        questions=tuple(tuple(text for _, text in row) for row in dealt),
    )


def can_shuffle(interviews: InterviewSet) -> bool:
    """Whether every answer can get another question: none is that of more than half of them."""
    pairs = _asked(interviews)
    return bool(pairs) and 2 * max(Counter(pairs).values()) <= len(pairs)


def _asked(interviews: InterviewSet) -> list[tuple[str, str]]:
    """Id and text of the question of every answer."""
    return [
        pair
        for ids, texts in zip(interviews.question_ids, interviews.questions, strict=True)
        for pair in zip(ids, texts, strict=True)
    ]


def _deranged(pairs: list[tuple[str, str]], seed: int) -> np.ndarray:
    """A random order in which nothing stands where its like stood; none is commoner than half.

    An answer that was dealt its own question swaps with a random one of those with which neither
    ends with its own: there is one as long as no question is that of more than half of the answers.
    """
    rng = np.random.default_rng(seed)
    kinds = {pair: number for number, pair in enumerate(dict.fromkeys(pairs))}
    own = np.array([kinds[pair] for pair in pairs])
    order = rng.permutation(len(pairs))
    for row in np.flatnonzero(own[order] == own):
        if own[order[row]] != own[row]:
            continue  # an earlier swap has changed it
        free = np.flatnonzero((own != own[row]) & (own[order] != own[row]))
        other = rng.choice(free)
        order[[row, other]] = order[[other, row]]
    return order
