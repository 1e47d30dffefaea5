"""Hirability as in Hemamou et al. 2019: question-answer pairs, and what recruiters thought.

A recruiter who liked or shortlisted a candidate votes for them, one who only disliked them votes
against. The majority decides; a tie counts as hirable (Dataset section of the paper).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from hirenet_sales.data.answer_table import find_table, read_answers, read_rows
from hirenet_sales.data.card import DataCard, load_card
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.problems import require_columns
from hirenet_sales.data.records import Reading
from hirenet_sales.yaml_model import did_you_mean

NAME = "hirability"
FOR, AGAINST = ("like", "shortlist"), ("dislike",)
VOTE_COLUMNS = ("interview", "recruiter", "vote")


def read_hirability(root: Path, targets: Sequence[str] | None = None) -> Reading:
    """Read a folder with answers.csv or .jsonl and votes.csv.

    A candidate whom nobody judged has no label.

    Raises
    ------
    DatasetError
        if a table is missing or lacks columns.
    """
    card = load_card(NAME)
    reading = read_answers(root, card, targets, labels=False)
    path = find_table(root, card.files["votes"])
    votes = _votes(path, card, reading)
    answered = {record.interview for record in reading.records}
    for reason, names in (
        ("candidate with votes, but without an answer", set(votes) - answered),
        ("candidate without a vote, so without a label", answered - set(votes)),
    ):
        reading.shortfalls += [Shortfall(path.name, reason, name) for name in sorted(names)]
    reading.records = [
        replace(
            record,
            labels=np.array([hirable(votes[record.interview])])
            if record.interview in votes
            else record.labels,
        )
        for record in reading.records
    ]
    return reading


def hirable(votes: Mapping[str, Sequence[str]]) -> float:
    """1 if at least half of the recruiters voted for the candidate, else 0.

    Parameters
    ----------
    votes : recruiter to everything that they did: like, dislike, shortlist
    """
    ayes = sum(any(vote in FOR for vote in cast) for cast in votes.values())
    return float(2 * ayes >= len(votes))


def _votes(path: Path, card: DataCard, reading: Reading) -> dict[str, dict[str, list[str]]]:
    columns = {role: card.columns[f"vote_{role}"] for role in VOTE_COLUMNS}
    votes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for source, row in read_rows(path):
        require_columns(path, columns.values(), row)
        interview, recruiter, vote = (str(row[columns[role]]).strip() for role in VOTE_COLUMNS)
        if vote.lower() not in (*FOR, *AGAINST):
            reading.problems.append(
                f"{source}: {columns['vote']} is '{vote}'{did_you_mean(vote, (*FOR, *AGAINST))}."
            )
        elif not interview or not recruiter:
            reading.problems.append(f"{source}: a vote without its candidate or its recruiter.")
        else:
            votes[interview][recruiter].append(vote.lower())
    return votes
