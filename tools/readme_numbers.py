"""Fill the tables of README.md from the metrics of the shipped model.

    python -m tools.readme_numbers          # after a new checkpoint was put in place

A test holds that README.md says what this writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hirenet_sales.evaluation.metrics import LABELS
from hirenet_sales.traits import TRAITS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SPLIT = "source-validation"  # the test part of the split that the data card fixes
METRICS = ROOT / "hirenet_sales" / "checkpoints" / "fi-v2" / "metrics.json"
WITH_INTERVAL = ("one_minus_mae", "skill", "r")


def filled(text: str, metrics: Mapping[str, Any]) -> str:
    """The text with what is between its markers replaced by the numbers of `metrics`."""
    for name, block in (("numbers", numbers(metrics)), ("traits", traits(metrics))):
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text, count = re.subn(
            pattern,
            lambda match, block=block: f"{match[1]}{block}{match[2]}",
            text,
            flags=re.DOTALL,
        )
        if count != 1:
            raise ValueError(f"README.md: found {count} blocks '{name}', expected one")
    return text


def numbers(metrics: Mapping[str, Any]) -> str:
    """The table of the first screen: the model beside what is trivial."""
    baselines, whole = metrics["baselines"], metrics["interviews"]
    look_up = "look-up by source video, no pixels¹"
    clips = [
        ("**all streams, clip within its interview**", metrics),
        ("all streams, clip alone", metrics["alone"]),
        ("face only", metrics["streams"]["visual"]),
        ("voice only", metrics["streams"]["audio"]),
        ("words only", metrics["streams"]["text"]),
        ("**mean predictor**", baselines["mean predictor"]),
        (look_up, baselines["source look-up"]),
    ]
    interviews = [
        ("whole interviews, attention", whole["model"]),
        ("whole interviews, plain mean of their clips", whole["plain_mean"]),
    ]
    rows = [(f"{name} (n = {part['n']})", part["mean"]) for name, part in clips + interviews]
    return _table(f"split `{SPLIT}`", rows)


def traits(metrics: Mapping[str, Any]) -> str:
    """The model trait by trait."""
    rows = [(trait, metrics["traits"][trait]) for trait in TRAITS]
    return _table("trait", [*rows, ("mean", metrics["mean"])])


def _table(corner: str, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    lines = [f"| {corner} | {' | '.join(LABELS.values())} |", "|---" * (len(LABELS) + 1) + "|"]
    lines += [f"| {name} | {' | '.join(_cells(values))} |" for name, values in rows]
    return "\n".join(lines) + "\n"


def _cells(values: Mapping[str, Any]) -> list[str]:
    cells = []
    for metric in LABELS:
        value, ends = values.get(metric), values.get("interval", {}).get(metric)
        cell = "–" if value is None else f"{value + 0.0:.3f}".replace("-", "−")
        if value is not None and ends and metric in WITH_INTERVAL:
            cell += f" [{ends[0]:.3f}, {ends[1]:.3f}]".replace("-", "−")
        cells.append(cell)
    return cells


if __name__ == "__main__":
    metrics = json.loads(METRICS.read_text(encoding="utf-8"))
    README.write_text(filled(README.read_text(encoding="utf-8"), metrics), encoding="utf-8")
