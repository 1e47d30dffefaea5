"""The printed table of annotated spans and highlights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from hirenet_sales.cli.output import decimal, escape, new_console

if TYPE_CHECKING:
    from hirenet_sales.annotations.span_overlap import SpanOverlap

WIDTH = 110


def print_overlaps(overlaps: Sequence[SpanOverlap], tier: str, draws: int) -> None:
    """Print the overlaps, each beside that of random spans."""
    console = new_console(width=WIDTH)
    if not overlaps:
        console.print(f"No answer could be compared with the tier '{escape(tier)}'.")
        return
    table = Table(title=f"Annotated spans of '{escape(tier)}' and highlights")
    for name in ("answer", "stream"):
        table.add_column(name)
    numbers = ("annotated s", "highlights s", "both s", "covered", "at random", "inside")
    for name in (*numbers, "p", "p, Holm"):
        table.add_column(name, justify="right")
    for row in overlaps:
        table.add_row(
            escape(row.answer),
            row.stream,
            decimal(row.annotated_s, 1),
            decimal(row.highlighted_s, 1),
            decimal(row.both_s, 1),
            decimal(row.covered),
            ""
            if row.p is None
            else f"{row.random_covered:.3f} [{row.random_low:.3f}, {row.random_high:.3f}]",
            decimal(row.inside),
            decimal(row.p, 4),
            decimal(row.p_holm, 4),
        )
    console.print(table)
    console.print(
        "covered: share of the annotated time that lies in highlights; inside: share of the "
        "highlighted time that is annotated. At random: covered, where highlights are moved to "
        f"random stretches of their answers, {draws:,} times, and the range of 95 % of these. p: "
        "how often they overlap the annotations at least as much; Holm: over the rows of single "
        "answers, and over those of all.",
        soft_wrap=True,
    )
