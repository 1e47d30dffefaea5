"""Parts that share neither a person nor a question: what is learnt of questions never seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from hirenet_sales.data.card import PARTS
from hirenet_sales.errors import DatasetError


def apart_in_questions(
    question_ids: Sequence[Sequence[str]],
    people: np.ndarray,
    dataset: str,
    seed: int,
    shares: tuple[float, float, float],
) -> list[tuple[str, ...]]:
    """The part of every answer, "" = none.

    Questions are drawn into parts by the shares, then people, those first who have most answers in
    a part for its share. Answers of a person to questions of other parts are in none.

    Parameters
    ----------
    question_ids : of every answer of N interviews, none of them ""
    people : (N,)
    dataset : its name, for messages

    Raises
    ------
    DatasetError
        if a question is unknown, or there are too few for the parts.
    """
    asked = [question for questions in question_ids for question in questions]
    if not all(asked):
        raise DatasetError(
            f"{dataset}: {asked.count('')} of {len(asked)} answers have no question, so that "
            "questions cannot be held out; use the split 'disjoint', which keeps people apart"
        )
    part_of_question = _questions(np.array(asked), dataset, seed, shares)
    owners = np.repeat(people, [len(questions) for questions in question_ids])
    parts = np.array([part_of_question[question] for question in asked])
    part_of_person = _people(owners, parts, seed, shares)
    return [
        tuple(
            part if (part := part_of_question[question]) == part_of_person[person] else ""
            for question in questions
        )
        for person, questions in zip(people, question_ids, strict=True)
    ]


def _people(
    owners: np.ndarray, parts: np.ndarray, seed: int, shares: tuple[float, float, float]
) -> dict[str, str]:
    """The part of every person, so many in each as its share."""
    people = np.random.default_rng(seed).permutation(np.unique(owners))
    room = dict(zip(PARTS, np.diff(np.rint(np.cumsum((0, *shares)) * len(people))), strict=True))
    share = dict(zip(PARTS, shares, strict=True))
    wishes = [
        (-np.sum(parts[owners == person] == part) / share[part], str(person), part)
        for person in people
        for part in PARTS
        if share[part]
    ]
    parts_by_person: dict[str, str] = {}
    for _, person, part in sorted(wishes, key=lambda wish: wish[0]):  # ties stay in random order
        if person not in parts_by_person and room[part] > 0:
            parts_by_person[person] = part
            room[part] -= 1
    return parts_by_person


def _questions(
    asked: np.ndarray, dataset: str, seed: int, shares: tuple[float, float, float]
) -> dict[str, str]:
    rows = np.arange(len(asked))
    try:
        train, rest = _apart(rows, asked, shares[0], seed)
        share = shares[1] / max(shares[1] + shares[2], 1e-9)
        validation, test = _apart(rest, asked, share, seed)
    except ValueError as error:
        raise DatasetError(
            f"{dataset}: {len(set(asked.tolist()))} questions cannot be parted so: {error}; give "
            "each part a share of at least one question"
        ) from None
    drawn = zip(PARTS, (train, validation, test), strict=True)
    return {str(question): part for part, own in drawn for question in asked[own]}


def _apart(
    rows: np.ndarray, asked: np.ndarray, share: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows in two parts that share no question."""
    shuffle = GroupShuffleSplit(1, train_size=share, random_state=seed)
    first, second = next(shuffle.split(rows, groups=asked[rows]))
    return rows[first], rows[second]
