"""A CSV of many interviews: one row an answer, in the order they were asked."""

from __future__ import annotations

from itertools import zip_longest
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hirenet_sales.delimited import DelimitedTable
from hirenet_sales.errors import InterviewError
from hirenet_sales.interview.description import InterviewEntry, build, raw_problems
from hirenet_sales.interview.record import Interview
from hirenet_sales.printable import in_message
from hirenet_sales.yaml_model import did_you_mean, explain

ANSWER_COLUMNS = ("answer", "question", "media", "transcript", "openface")
INTERVIEW_COLUMNS = ("job_title", "language", "synthetic")
CONSENT_COLUMNS = {
    "consent": "given",
    "consent_date": "date",
    "consent_recorded_by": "recorded_by",
    "consent_notice": "notice",
    "consent_visual": "visual",
    "consent_audio": "audio",
    "consent_text": "text",
}
COLUMNS = ("interview", *ANSWER_COLUMNS, *INTERVIEW_COLUMNS, *CONSENT_COLUMNS)


def read_table(path: Path) -> list[Interview]:
    """Read a CSV, as `DelimitedTable` takes it, with the columns of `COLUMNS`.

    `interview` and `question` are needed. What belongs to a whole interview may be given in one of
    its rows; given in several, it must agree. InterviewError with every problem of the table and
    its line.
    """
    rows = _rows(path)
    problems: list[tuple[int, str]] = []
    grouped: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for line, row in rows:
        name = row.get("interview", "")
        if not name:
            problems.append((line, "interview: found nothing, expected the interview's id"))
        grouped.setdefault(name, []).append((line, row))
    interviews = []
    for name, group in grouped.items():
        raw, raw_errors = _raw(name, group)
        problems += raw_errors
        for location, text in raw_problems(raw):
            problems.append((group[int(location[1])][0], text))
        try:
            interviews.append(build(InterviewEntry.model_validate(raw), path, name))
        except ValidationError as invalid:
            for error in invalid.errors():
                location = error["loc"]
                inside = len(location) > 1 and location[0] == "answers"
                line = group[int(location[1])][0] if inside else group[0][0]
                problems.append((line, explain(error, InterviewEntry)))
    if problems:
        listing = "\n".join(f"  line {line}: {text}" for line, text in sorted(set(problems)))
        raise InterviewError(f"{path}: {len(set(problems))} problems\n{listing}")
    return interviews


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    table = DelimitedTable(path, InterviewError)
    _check_header(path, table.header)
    rows = []
    for _, cells in table.rows():
        if len(cells) > len(table.header):
            raise InterviewError(
                f"{path}: line {table.line}: more cells than the {len(table.header)} columns; put "
                "text that holds the separator in quotes"
            )
        rows.append((table.line, dict(zip_longest(table.header, cells, fillvalue=""))))
    if not rows:
        raise InterviewError(f"{path}: no rows, expected one an answer")
    return rows


def _check_header(path: Path, header: list[str]) -> None:
    problems = [
        f"unknown column '{in_message(name)}'{did_you_mean(name, COLUMNS)}"
        if name
        else f"column {number} has no name"
        for number, name in enumerate(header, 1)
        if name not in COLUMNS
    ]
    problems += [f"no column '{n}'" for n in ("interview", "question") if n not in header]
    if problems:
        raise InterviewError(f"{path}: the header\n" + "\n".join(f"  {text}" for text in problems))


def _raw(
    name: str, group: list[tuple[int, dict[str, str]]]
) -> tuple[dict[str, Any], list[tuple[int, str]]]:
    """The content of an equivalent interview.yaml, and contradictions between the rows."""
    problems = []
    raw: dict[str, Any] = {"id": name, "answers": []}
    whole: dict[str, str] = {}
    for line, row in group:
        for column in (*INTERVIEW_COLUMNS, *CONSENT_COLUMNS):
            value = row.get(column, "")
            if value and whole.setdefault(column, value) != value:
                problems.append(
                    (line, f"{column}: '{value}', but '{whole[column]}' above for '{name}'")
                )
        answer = {("id" if c == "answer" else c): row[c] for c in ANSWER_COLUMNS if row.get(c)}
        raw["answers"].append(answer)
    raw |= {column: whole[column] for column in INTERVIEW_COLUMNS if column in whole}
    consent = {key: whole[column] for column, key in CONSENT_COLUMNS.items() if column in whole}
    if consent:
        raw["consent"] = consent
    return raw, problems
