"""Written interviews of the SIOP machine learning competitions of 2019 and 2024.

Traits are what people say of themselves, not what others see in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hirenet_sales.data.answer_table import Rows, find_table, read_answers, read_rows
from hirenet_sales.data.card import DataCard, load_card
from hirenet_sales.data.records import Reading
from hirenet_sales.errors import DatasetError

SIOP_2019, SIOP_2024 = "siop-2019", "siop-2024"


def read_siop_2019(root: Path, targets: Sequence[str] | None = None) -> Reading:
    """Read people.csv, a row a person with the answers to the questions of the data card.

    Raises
    ------
    DatasetError
        if there is no table, it lacks columns, or a person comes twice.
    """
    card = load_card(SIOP_2019)
    path, people = _people(root, card)
    columns = [f"answer_{number}" for number in range(1, len(card.questions) + 1)]
    c = card.columns
    rows: Rows = []
    for source, row in people.values():
        absent = [column for column in columns if column not in row]
        if absent:
            raise DatasetError(
                f"{path}: no column {', '.join(absent)}, expected an answer to each of the "
                f"{len(columns)} questions of the data card {card.name}"
            )
        person = {key: value for key, value in row.items() if key not in columns}
        for column, (question_id, question) in zip(columns, card.questions.items(), strict=True):
            asked = {c["question_id"]: question_id, c["question"]: question, c["text"]: row[column]}
            rows.append((f"{source}, {column}", {**person, **asked}))
    return read_answers(root, card, targets, rows=rows)


def read_siop_2024(root: Path, targets: Sequence[str] | None = None) -> Reading:
    """Read answers.csv, a row an answer, and people.csv, a row a person with the scores.

    Raises
    ------
    DatasetError
        if a table is missing, lacks columns, or is about other people than the other one.
    """
    card = load_card(SIOP_2024)
    path, people = _people(root, card)
    answers = find_table(root, card.files["table"])
    c = card.columns
    rows: Rows = []
    for source, row in read_rows(answers):
        person = row.get(c["person"])
        if person not in people:
            raise DatasetError(
                f"{answers}, {source}: {c['person']} is {person!r}, who has no row in {path.name}"
            )
        rows.append((source, {**people[person][1], **row}))
    silent = sorted(set(people) - {row[c["person"]] for _, row in rows})
    reading = read_answers(root, card, targets, rows=rows)
    for person in silent:
        reading.remark(people[person][0], f"{person} has no row in {answers.name}")
    return reading


def _people(root: Path, card: DataCard) -> tuple[Path, dict[str, tuple[str, dict[str, Any]]]]:
    """The table of people, and by person where the row is and its cells."""
    path = find_table(root, card.files["people"])
    column = card.columns["person"]
    people: dict[str, tuple[str, dict[str, Any]]] = {}
    for source, row in read_rows(path):
        person = row.get(column, "")
        if person in people:
            raise DatasetError(
                f"{path}: {column} '{person}' in {people[person][0]} and in {source}, expected a "
                "row a person; take one of the two out"
            )
        people[person] = source, row
    return path, people
