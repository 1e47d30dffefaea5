"""Output of commands: text made safe for the terminal, JSON and CSV files."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hirenet_sales import persist
from hirenet_sales.printable import printable

if TYPE_CHECKING:  # imported late: --help needs none of it
    from rich.console import Console

    from hirenet_sales.data.completeness import Completeness


def say(text: object, *, err: bool = False) -> None:
    """Print text that may hold untrusted parts, with control characters escaped."""
    click.echo(printable(str(text)), err=err)


def escape(text: str) -> str:
    """Escape untrusted text, such as a job title, for Rich: markup and control characters."""
    from rich import markup

    return markup.escape(printable(text))


def new_console(*, stderr: bool = False, soft_wrap: bool = False, width: int = 0) -> Console:
    """A Rich console without highlighting and emoji codes, at least `width` columns wide."""
    from rich.console import Console

    console = Console(stderr=stderr, soft_wrap=soft_wrap, highlight=False, emoji=False)
    if console.width < width:
        console.width = width
    return console


def decimal(value: float | None, digits: int = 3) -> str:
    """A number of a table; "" for None."""
    return "" if value is None else f"{value:.{digits}f}"


def write_json(path: Path | None, content: Any) -> None:
    """Write JSON, UTF-8, creating folders; nothing if the path is None."""
    if path is not None:
        persist.write_json(path, content)


def print_completeness(data: Mapping[str, Completeness]) -> bool:
    """Print how complete the data sets are, by name; returns whether anything was lost."""
    from hirenet_sales.data.completeness import summarised

    lost = False
    for name, completeness in data.items():
        say(completeness.counted(name))
        for kind, shortfalls in (("lost", completeness.losses), ("remark", completeness.remarks)):
            for sentence in summarised(shortfalls):
                say(f"{kind}: {sentence}", err=True)
        lost = lost or bool(completeness.losses)
    return lost


def write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows with the same columns as CSV, UTF-8, creating folders."""
    with persist.whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
