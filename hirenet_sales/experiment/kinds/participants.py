"""The people of a second phase: who they are, and how their answers are parted."""

from __future__ import annotations

from typing import Literal

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.splits import Split, make_split
from hirenet_sales.data.within_person import LEAST, answers_of_people, split_within_people
from hirenet_sales.errors import DatasetError

SHARES = (0.5, 0.25, 0.25)  # the paper's 2:1:1
CHOOSE_SHARE = 0.1  # of the first phase's people, by whom its best epoch is chosen
Way = Literal["disjoint", "within"]


def participants(
    interviews: InterviewSet, count: int | None, answers: int | None, seed: int
) -> InterviewSet:
    """Some of the people who gave enough answers, with some of these.

    Parameters
    ----------
    count : how many people, drawn with the seed; None = all
    answers : of each, drawn with the seed; None = all

    Raises
    ------
    DatasetError
        if too few did.
    """
    rng = np.random.default_rng([seed, 1])
    least = answers or LEAST
    enough = {who: of for who, of in answers_of_people(interviews).items() if len(of) >= least}
    if len(enough) < max(count or 0, 3):
        raise DatasetError(
            f"{interviews.dataset}: {len(enough)} people have at least {least} answers with a "
            f"picture; expected {max(count or 0, 3)}"
        )
    names = sorted(enough)
    if count is not None:
        names = [names[k] for k in sorted(rng.permutation(len(names))[:count])]
    chosen_answers: dict[str, list[int]] = {}
    for who in names:
        of = enough[who]
        some = sorted(rng.permutation(len(of))[: answers or len(of)])
        for interview, answer in (of[k] for k in some):
            chosen_answers.setdefault(interview, []).append(answer)
    rows = [k for k, name in enumerate(interviews.ids) if name in chosen_answers]
    chosen = interviews.take(rows)
    return chosen.take_answers([chosen_answers[name] for name in chosen.ids])


def split_of(interviews: InterviewSet, way: Way, seed: int) -> Split:
    """The participants' answers in three parts, 2:1:1."""
    if way == "within":
        return split_within_people(interviews, seed)
    return make_split(interviews, "disjoint", seed=seed, shares=SHARES, fixed=False)


def with_pictures(interviews: InterviewSet) -> InterviewSet:
    """Only answers with pictures, and interviews with such an answer."""
    (steps,) = interviews.streams.values()
    pictured = [[k for k, rows in enumerate(answers) if len(rows)] for answers in steps]
    rows = [i for i, answers in enumerate(pictured) if answers]
    return interviews.take(rows).take_answers([pictured[i] for i in rows])


def first_phase(interviews: InterviewSet, seed: int) -> tuple[InterviewSet, InterviewSet]:
    """The fixed training part, and some of its people to choose the epoch by."""
    train, _, _ = make_split(interviews, "disjoint").apply(interviews)
    rest = (1 - CHOOSE_SHARE, CHOOSE_SHARE / 2, CHOOSE_SHARE / 2)
    learn, *choose = make_split(train, "disjoint", seed=seed, shares=rest, fixed=False).apply(train)
    names = {name for part in choose for name in part.ids}
    return learn, train.take([k for k, name in enumerate(train.ids) if name in names])


def unseen(interviews: InterviewSet) -> InterviewSet:
    """Everybody who is not in the fixed training part."""
    train = set(make_split(interviews, "disjoint").train)
    return interviews.take([k for k, name in enumerate(interviews.ids) if name not in train])
