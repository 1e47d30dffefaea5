"""The split of Kassab et al. 2022, section IV.D: 2:1:1 within each participant.

Kept for comparison alone. Every person of the test part is in the training part too, so a network
that recognises faces can recall a person's labels without reading anything from the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.splits import Split, split_of_answers
from hirenet_sales.errors import DatasetError

LEAST = 4  # answers of a person: two for training, one for each other part
WARNING = "Leaks identity: every person of the test part is in the training part too."


def split_within_people(interviews: InterviewSet, seed: int) -> Split:
    """Half of each person's answers for training, a quarter each for validation and test.

    Answers are drawn anew with every seed; where they do not part evenly the rest is for training.

    Raises
    ------
    DatasetError
        if a person has fewer than four answers.
    """
    rng = np.random.default_rng(seed)
    answers: dict[str, list[str]] = {
        name: ["train"] * len(asked)
        for name, asked in zip(interviews.ids, interviews.questions, strict=True)
    }
    for person, own in answers_of_people(interviews).items():
        if len(own) < LEAST:
            raise DatasetError(
                f"{interviews.dataset}: {person} has {len(own)} answers, expected at least "
                f"{LEAST} to part them 2:1:1; leave the person out, or keep people apart"
            )
        quarter = len(own) // 4
        drawn = rng.permutation(len(own))[: 2 * quarter]
        for number, row in enumerate(drawn):
            interview, answer = own[row]
            answers[interview][answer] = "validation" if number < quarter else "test"
    return replace(split_of_answers(interviews, "within", seed, answers), notes=(WARNING,))


def answers_of_people(interviews: InterviewSet) -> dict[str, Sequence[tuple[str, int]]]:
    """Every person's answers: interview and index in it."""
    answers: dict[str, list[tuple[str, int]]] = {}
    for name, person, asked in zip(
        interviews.ids, interviews.people, interviews.questions, strict=True
    ):
        answers.setdefault(str(person), []).extend((name, k) for k in range(len(asked)))
    return dict(answers)
