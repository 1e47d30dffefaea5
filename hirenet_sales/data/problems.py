"""What is wrong with a data set, told at once rather than one error a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hirenet_sales.errors import DatasetError

SHOWN = 50  # a wrong column has as many bad cells as rows


def raise_problems(where: Path, problems: Sequence[str]) -> None:
    """Raise one error with every problem, if there is any.

    Raises
    ------
    DatasetError
    """
    if problems:
        raise DatasetError(told_at_once(where, problems))


def told_at_once(where: Path | str, problems: Sequence[str]) -> str:
    """Some problems as one message; of very many, the first."""
    if len(problems) == 1:
        return f"{where}: {problems[0]}"
    told = "\n".join(f"  {problem}" for problem in problems[:SHOWN])
    if len(problems) > SHOWN:
        told += f"\n  and {len(problems) - SHOWN} more"
    return f"{where}: {len(problems)} problems\n{told}"
