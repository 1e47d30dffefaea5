"""Praat: tiers as a TextGrid, written by pympi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pympi import TextGrid

from hirenet_sales.export.tier import Tier, layers, one_line
from hirenet_sales.persist import whole_file


def write_textgrid(path: Path, tiers: Mapping[str, Sequence[Tier]], duration_s: float) -> None:
    """Write the tiers of one answer or of several as one TextGrid, UTF-8.

    Of several answers, the names of tiers begin with the answer's id, and times are those of each
    answer's own recording.

    Parameters
    ----------
    tiers : by the id of the answer
    duration_s : of the longest answer, seconds; the grid is longer where a span ends later
    """
    rows = [
        (f"{answer} {name}" if len(tiers) > 1 else name, spans)
        for answer, own in tiers.items()
        for tier in own
        for name, spans in layers(tier)
    ]
    latest_ms = max([round(duration_s * 1000), *(spans[-1][1] for _, spans in rows)])
    grid = TextGrid(xmax=latest_ms / 1000)
    for name, spans in rows:
        tier = grid.add_tier(one_line(name).replace('"', '""'))  # pympi quotes texts alone
        for start, end, text in spans:
            # Layers do not overlap; pympi's own check takes time with the square of their number.
            tier.add_interval(start / 1000, end / 1000, text, check=False)
    with whole_file(path) as part:
        grid.to_file(part)
