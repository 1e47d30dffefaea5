"""The same interviews with fewer answers, and what intervals cover by number of answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.evaluation.bootstrap import share_interval

NUMBERS = (1, 2, 3, 5)  # of answers, whose coverage is reported
READINGS = 3  # of an interview with a number of its answers, at most


def fewer_answers(interviews: InterviewSet, numbers: tuple[int, ...] = ()) -> InterviewSet:
    """Every interview with some of its answers, once or several times for each number of them.

    Parameters
    ----------
    numbers : of answers that are taken; () = every number from 1 to all of an interview

    Returns
    -------
    The rows of an interview stand together, fewest answers first. Answers are taken in turn, so
    that each is read as often as another: of 3 answers 2 are (1, 2), (2, 3), (1, 3).
    """
    rows: list[int] = []
    chosen: list[list[int]] = []
    for i, asked in enumerate(interviews.questions):
        for number in numbers or range(1, len(asked) + 1):
            taken = turns(len(asked), number)
            rows += [i] * len(taken)
            chosen += taken
    return interviews.take(rows).take_answers(chosen)


def turns(answers: int, number: int) -> list[list[int]]:
    """Which `number` of the answers are read together, in each reading.

    >>> turns(3, 2), turns(2, 2), turns(1, 2)
    ([[0, 1], [1, 2], [0, 2]], [[0, 1]], [])
    """
    if number >= answers:
        return [list(range(answers))] if number == answers else []
    starts = np.unique(np.linspace(0, answers, min(answers, READINGS), endpoint=False).astype(int))
    return [sorted((start + k) % answers for k in range(number)) for start in starts.tolist()]


def coverage_by_answers(
    errors: np.ndarray, widths: np.ndarray, people: np.ndarray, numbers: np.ndarray
) -> dict[str, Any]:
    """What intervals of interviews cover, by how many answers were read.

    Parameters
    ----------
    errors, widths : (R, K), absolute errors of estimates, and half widths of their intervals
    people : (R,), persons or source videos, each of which has one vote
    numbers : (R,), how many answers were read

    Returns
    -------
    number to `n`, the people behind it, `readings`, the rows, `coverage`, mean over traits,
    `interval`, 95 % by bootstrap over people, and `half_width`, mean over traits.
    """
    result = {}
    for number in NUMBERS:
        rows = np.flatnonzero(numbers == number)
        names, owner, counts = np.unique(people[rows], return_inverse=True, return_counts=True)
        if not len(names):
            continue
        covered = (errors[rows] <= widths[rows]).mean(1)
        by_person = np.bincount(owner, covered) / counts
        result[str(number)] = {
            "n": len(names),
            "readings": len(rows),
            "coverage": float(by_person.mean()),
            "interval": share_interval(by_person, np.ones(len(names)), names),
            "half_width": float((np.bincount(owner, widths[rows].mean(1)) / counts).mean()),
        }
    return result
