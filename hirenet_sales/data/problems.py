"""What is wrong with a data set, reported at once rather than one error a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from hirenet_sales.errors import DatasetError

SHOWN = 50  # a wrong column has as many bad cells as rows


def raise_problems(where: Path | str, problems: Sequence[str]) -> None:
    """Raise one error with every problem, if there is any; of very many, the first.

    Raises
    ------
    DatasetError
    """
    if len(problems) == 1:
        raise DatasetError(f"{where}: {problems[0]}")
    if problems:
        lines = [f"{where}: {len(problems)} problems", *(f"  {text}" for text in problems[:SHOWN])]
        if len(problems) > SHOWN:
            lines.append(f"  and {len(problems) - SHOWN} more")
        raise DatasetError("\n".join(lines))


def require_columns(path: Path, needed: Iterable[str], present: Iterable[str]) -> None:
    """Refuse a table that lacks columns.

    Raises
    ------
    DatasetError
        naming those that are missing and those that are present.
    """
    present = set(present)
    missing = [column for column in needed if column not in present]
    if missing:
        raise DatasetError(
            f"{path}: no column {', '.join(missing)}; found {', '.join(sorted(present))}"
        )
