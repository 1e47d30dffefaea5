"""Figures of experiments, drawn without a screen, as PNG and SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hirenet_sales.experiment.results_table import Table

DPI = 150
# Okabe and Ito's palette, which colour-blind readers tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")


def save(figure: Figure, path: Path) -> list[Path]:
    """Write path.png and path.svg."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files = [path.with_name(f"{path.name}.{kind}") for kind in ("png", "svg")]
    for file in files:
        figure.savefig(file, dpi=DPI, bbox_inches="tight")
    return files


def dots(path: Path, table: Table, measure: str, label: str) -> list[Path]:
    """A line a row of the table with its interval, a colour a split; [] if nothing has it."""
    rows = [row for row in table.rows if row.get(measure) is not None]
    if not rows:
        return []
    names = list(dict.fromkeys(_name(row) for row in rows))
    splits = list(dict.fromkeys(row["split"] for row in rows))
    figure = Figure(figsize=(7.5, 1.2 + 0.3 * len(names)))
    axes = figure.add_subplot()
    for number, split in enumerate(splits):
        own = [row for row in rows if row["split"] == split]
        shift = 0.25 * (number - (len(splits) - 1) / 2)
        heights = [names.index(_name(row)) + shift for row in own]
        lengths = _interval_lengths(own, measure)
        style = series_style(number)
        values = [row[measure] for row in own]
        axes.errorbar(values, heights, xerr=lengths, linestyle="none", label=split, **style)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel(f"{label} (95 % interval)")
    axes.grid(axis="x", alpha=0.3)
    if len(splits) > 1:
        axes.legend(title="split", loc="best")
    axes.set_title(table.title, fontsize="medium")
    return save(figure, path)


def curves(axes: Axes, rows: Sequence[dict[str, Any]], x: str, y: str, by: str) -> None:
    """One curve for every value of `by`, with intervals where rows have them."""
    for number, name in enumerate(dict.fromkeys(row[by] for row in rows)):
        own = [row for row in rows if row[by] == name and row.get(y) is not None]
        own.sort(key=lambda row: row[x])
        if own:
            lengths = _interval_lengths(own, y)
            style = series_style(number)
            axes.errorbar([r[x] for r in own], [r[y] for r in own], lengths, label=name, **style)
    axes.grid(alpha=0.3)


def series_style(number: int) -> dict[str, Any]:
    """Marker and colour of a series, for `Axes.errorbar`."""
    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
    return {"color": colour, "marker": marker, "capsize": 2}


def _interval_lengths(rows: Sequence[dict[str, Any]], measure: str) -> list[list[float]]:
    """How far the intervals reach below and above the values."""
    ends = [(r[measure], r.get(f"{measure}_low"), r.get(f"{measure}_high")) for r in rows]
    below = [0.0 if low is None else max(0.0, value - low) for value, low, _ in ends]
    above = [0.0 if high is None else max(0.0, high - value) for value, _, high in ends]
    return [below, above]


def _name(row: dict[str, Any]) -> str:
    return f"{row['title']} ({row['streams']})" if row.get("streams") else row["title"]
