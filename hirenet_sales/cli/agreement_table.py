"""Agreement of readers in the terminal."""

from __future__ import annotations

from rich.table import Table

from hirenet_sales.agreement import CONTRIBUTIONS, Agreement
from hirenet_sales.cli.output import decimal, escape, new_console
from hirenet_sales.rating import LEAST_RANKED

WIDTH = 100


def print_agreement(result: Agreement) -> None:
    """Print every answer's readings side by side, then every pair of readings."""
    console = new_console(width=WIDTH)
    table = Table(title="Mean ratings, 1 to 5, and contributions", title_justify="left")
    table.add_column("answer")
    for name in result.readings:
        table.add_column(escape(name), justify="right")
    for question in dict.fromkeys(q for own in result.readings.values() for q in own):
        cells = [
            ("" if own.get(question) is None else f"{own[question]:+.2f}")
            if name == CONTRIBUTIONS
            else decimal(own.get(question), 2)
            for name, own in result.readings.items()
        ]
        table.add_row(escape(question), *cells)
    console.print(table)
    table = Table(title="Agreement", title_justify="left")
    table.add_column("readings")
    for column in ("answers", "rank correlation", "mean difference, points"):
        table.add_column(column, justify="right")
    for pair in result.pairs:
        shown = decimal(pair.rank_correlation, 2) or (
            f"needs {LEAST_RANKED}" if pair.answers < LEAST_RANKED else "all the same"
        )
        names = f"{pair.one}, {pair.other}"
        table.add_row(escape(names), str(pair.answers), shown, decimal(pair.difference, 2))
    console.print(table)
