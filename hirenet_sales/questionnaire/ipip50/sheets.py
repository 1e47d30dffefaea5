"""Answer sheets: a table with one person a row and the fifty items among its columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hirenet_sales.delimited import DelimitedTable
from hirenet_sales.errors import QuestionnaireError
from hirenet_sales.questionnaire.ipip50.items import HIGHEST, LOWEST, questionnaire

# 0 is how the public sheets of the shipped norms mark a missed answer.
MISSED = ("", "0", "0.0", "na", "n/a", "nan", "none", "null", ".", "-")
ID_COLUMNS = ("id", "respondent", "participant", "participant_id", "respondent_id", "person")
MIN_FOR_CODING_REMARK = 30  # sheets; among fewer it may be chance that nobody chose an end


@dataclass(frozen=True, eq=False)
class AnswerSheets:
    """The sheets of one file."""

    # path, sha256: the file
    path: Path
    sha256: str
    # float (N, 50), 1 to 5 as ticked (keys not applied), NaN = missed, in form order
    answers: np.ndarray
    rows: np.ndarray  # (N,), row of each sheet as a spreadsheet counts, the header being row 1
    ids: list[str]  # N names of persons, "" where the file has no column of ids
    # one sentence for every sheet that was left out: file, row, column, value
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)  # what a reader should know about the file


def item_columns(header: list[str]) -> dict[int, int]:
    """Index on the form to column number, for every item column (the first of duplicates)."""
    form = questionnaire()
    columns: dict[int, int] = {}
    for column, name in enumerate(header):
        index = form.index_of(name)
        if index is not None:
            columns.setdefault(index, column)
    return columns


def read_sheets(path: str | Path) -> AnswerSheets:
    """Read answer sheets from CSV or TSV.

    Columns go by their names, in any order, among others; see `Questionnaire.index_of`. An answer
    is 1 to 5 or one of the five words of the form; 0, an empty cell, NA and the like are missed
    answers. A sheet with anything else is left out and listed in `refused`. QuestionnaireError if
    the file cannot be read, an item has no column or two, or no sheet is usable.
    """
    path = Path(path)
    form = questionnaire()
    table = DelimitedTable(path, QuestionnaireError)
    columns = _columns(table)
    values: dict[str, float] = dict.fromkeys(MISSED, np.nan)
    for value, words in form.responses.items():
        values |= {str(value): value, f"{value}.0": value, words.casefold(): value}
    id_column = next((i for i, n in enumerate(table.header) if n.casefold() in ID_COLUMNS), None)

    answers, rows, ids, refused = [], [], [], []
    for row, cells in table.rows():
        if len(cells) != len(table.header):
            refused.append(
                f"{path}: row {row}: {len(cells)} cells, expected {len(table.header)} as in the "
                "header; left out"
            )
            continue
        sheet = [values.get(cells[c]) for c in columns]
        if None in sheet:
            sheet = [values.get(cells[c].casefold()) for c in columns]
        if None in sheet:
            wrong = [
                f"column {table.header[c]}: found '{cells[c]}'"
                for c, value in zip(columns, sheet, strict=True)
                if value is None
            ]
            refused.append(
                f"{path}: row {row}, {', '.join(wrong)}; expected {LOWEST} to {HIGHEST}, or 0 or "
                "nothing for a missed answer; left out"
            )
            continue
        answers.append(np.array(sheet, dtype=np.float32))
        rows.append(row)
        ids.append(cells[id_column] if id_column is not None else "")
    if not answers:
        example = f"\n  {refused[0]}" if refused else ""
        raise QuestionnaireError(f"{path}: no usable answer sheet, expected one a row{example}")
    stacked = np.stack(answers).astype(float)
    return AnswerSheets(
        path, table.sha256, stacked, np.array(rows), ids, refused, _remarks(path, stacked)
    )


def _columns(table: DelimitedTable) -> list[int]:
    """Column numbers (50) in the order of the form."""
    form = questionnaire()
    columns = item_columns(table.header)
    for column, name in enumerate(table.header):
        index = form.index_of(name)
        if index is not None and columns[index] != column:
            other = table.header[columns[index]]
            raise QuestionnaireError(
                f"{table.path}: the columns '{other}' and '{name}' are both item "
                f"{form.items[index].id} ({form.items[index].text}); keep one"
            )
    missing = [item.id for index, item in enumerate(form.items) if index not in columns]
    if missing:
        names = ", ".join(missing) if len(missing) < 50 else "all of them"
        raise QuestionnaireError(
            f"{table.path}: {50 - len(missing)} of the 50 items have a column; missing: {names}. "
            "Name columns E1 to O10, or q1 to q50 in the order of the form, or by the statements "
            "(hirenet-sales ipip50 items)"
        )
    return [columns[index] for index in range(50)]


def _remarks(path: Path, answers: np.ndarray) -> list[str]:
    """Warn of codings that would be scored without an error and yet be wrong."""
    remarks = []
    largest, missed = np.nanmax(answers, initial=0), np.isnan(answers)
    if len(answers) >= MIN_FOR_CODING_REMARK and largest < HIGHEST and missed.mean() > 0.01:
        remarks.append(
            f"{path}: no answer above {largest:.0f} and {missed.mean():.0%} zeros or gaps: are the "
            "answers coded 0 to 4? Here 1 to 5 is expected and 0 is a missed answer."
        )
    same = (np.nanstd(answers[~missed.any(1)], axis=1) == 0).sum()
    if same:
        remarks.append(
            f"{path}: {same} of {len(answers)} sheets have the same answer to all fifty items; "
            "they are scored, but nobody who read the items answers so."
        )
    return remarks
