"""A results table: printed, and written as CSV and Markdown."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hirenet_sales.persist import whole_file, write_whole


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    key : in the rows; an interval's ends are under key_low and key_high
    label : heads it for a person
    digits : after the point
    """

    key: str
    label: str
    digits: int = 3


@dataclass(frozen=True)
class Table:
    """Rows of numbers with what a reader needs to judge them.

    Attributes
    ----------
    name : of the files
    title, notes : for a person
    columns : what is shown, in order
    rows : key to text, number or None; may hold more than is shown, all of which the CSV holds
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]
    notes: tuple[str, ...] = ()

    def cell(self, row: dict[str, Any], column: Column) -> str:
        """A value as a person reads it, such as "0.570 [0.516, 0.619]"."""
        value = row.get(column.key)
        if value is None:
            return ""
        if not isinstance(value, float):
            return str(value)
        text = f"{value:.{column.digits}f}"
        low, high = row.get(f"{column.key}_low"), row.get(f"{column.key}_high")
        if low is None or high is None:
            return text
        return f"{text} [{low:.{column.digits}f}, {high:.{column.digits}f}]"

    def shown(self) -> tuple[Column, ...]:
        """The columns that have a value in any row."""
        return tuple(
            c for c in self.columns if any(r.get(c.key) not in (None, "") for r in self.rows)
        )

    def markdown(self) -> str:
        """The table as GitHub reads it, notes below."""
        columns = self.shown()
        lines = [
            f"### {self.title}",
            "",
            "| " + " | ".join(column.label for column in columns) + " |",
            "|" + "---|" * len(columns),
        ]
        for row in self.rows:
            cells = [self.cell(row, column).replace("|", "\\|") for column in columns]
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes)]) + "\n"

    def write(self, folder: Path) -> None:
        """Write <name>.csv, every value unrounded, and <name>.md into `folder`."""
        write_whole(folder / f"{self.name}.md", self.markdown())
        write_rows(folder / f"{self.name}.csv", self.rows)


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as CSV; the columns are the keys in the order in which they first come."""
    keys = list(dict.fromkeys(key for row in rows for key in row))
    with whole_file(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, keys)
        writer.writeheader()
        writer.writerows(rows)
