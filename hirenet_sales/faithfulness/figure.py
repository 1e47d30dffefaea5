"""Deletion and insertion curves, a panel a stream."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from hirenet_sales.errors import DatasetError
from hirenet_sales.experiment import figures
from hirenet_sales.faithfulness.tables import LABELS


def draw_curves(result: Mapping[str, Any], path: Path) -> list[Path]:
    """Draw what `evaluate_explanations` gives; returns the files, path.png and path.svg.

    Raises
    ------
    DatasetError
        if no stream has interviews of two steps, of which there would be a curve.
    """
    streams = {name: own for name, own in result["streams"].items() if own.get("orders")}
    if not streams:
        raise DatasetError(f"{result['dataset']}: no stream has two steps, so there is no curve")
    figure = Figure(figsize=(3.4 * len(streams), 5.6))
    grid = figure.subplots(2, len(streams), squeeze=False, sharex=True)
    for line, kind in zip(grid, ("deletion", "insertion"), strict=True):
        for axes, (name, own) in zip(line, streams.items(), strict=True):
            rows = [
                {"order": LABELS[order], "share": share, "change": change}
                for order, of in own["orders"].items()
                for share, change in zip(own["shares"], of[kind], strict=True)
            ]
            figures.curves(axes, rows, "share", "change", by="order")
            axes.set_title(f"{name}, n = {own['n']}", fontsize="medium")
            axes.set_xlabel("share of the steps")
        verb = "go" if kind == "deletion" else "stay"
        line[0].set_ylabel(f"change when they {verb} (sd)")
    grid[0][0].legend(fontsize="x-small")
    figure.suptitle(f"{result['checkpoint']}, {result['dataset']}", fontsize="medium")
    figure.tight_layout()
    return figures.save(figure, path)
