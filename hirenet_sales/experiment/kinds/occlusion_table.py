"""Tables of masked regions: effect sizes by trait, and regions against the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hirenet_sales.evaluation.metrics import LABELS
from hirenet_sales.experiment.kind import Result
from hirenet_sales.experiment.published import read_published
from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.traits import TRAITS

SHOWN = ("one_minus_mae", "skill", "r", "ccc", "sd_ratio")


def occlusion_tables(title: str, published: str | None, results: Sequence[Result]) -> list[Table]:
    """Tables of the finished fills; the pixels are only drawn."""
    done = [result for result in results if "effects" in result.values]
    if not done:
        return []
    first = done[0].values
    who = f"{first['clips']} clips of {first['people']} source videos, one picture each"
    notes = [
        f"Cohen's d of the estimates before and after a region was masked; {who}; in brackets 95 % "
        "intervals by bootstrap over source videos. Above zero, the region raises the estimate; "
        "neuroticism is high = less stable. Area: mean share of the picture that the CNN reads."
    ]
    if published is not None:
        paper = read_published(published)
        notes.append(f"{paper.title}. {paper.note}")
    named = (Column("model", "model"), Column("fill", "mask"))
    effects = Table(
        "table",
        title,
        (
            *named,
            Column("region", "region"),
            Column("area", "area", 2),
            *(Column(trait, trait, 2) for trait in TRAITS),
        ),
        [row for result in done for row in _effects(result)],
        tuple(notes),
    )
    contrasts = Table(
        "contrasts",
        f"{title}: against the background",
        (
            *named,
            Column("region", "region"),
            Column("area", "area", 2),
            Column("size", "change, sd of the estimates"),
            Column("more", "more than the background"),
            Column("density", "times the background, for the same area", 1),
            Column("pictures", "clips"),
        ),
        [{**r.cell.keys, **row} for r in done for row in r.values["contrasts"]],
        (
            "Change: mean absolute change of an estimate, in standard deviations of the estimates, "
            "mean of the five traits. A large mask changes more, so the last column divides by the "
            "area.",
        ),
    )
    estimates = Table(
        "estimates",
        f"{title}: what the estimates are worth",
        (*named, Column("who", "estimates"), *(Column(m, LABELS[m]) for m in SHOWN)),
        [row for result in done[:1] for row in _estimates(result)],
        (
            f"{who}, unmasked; mean of the five traits, 95 % intervals over source videos. None of "
            "the videos is in the CNN's training part, so there is no label to look up.",
        ),
    )
    return [effects, contrasts, estimates]


def _effects(result: Result) -> list[dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for effect in result.values["effects"]:
        start = {**result.cell.keys, "region": effect["region"], "area": effect["area"]}
        row = rows.setdefault(effect["region"], start)
        trait = effect["target"]
        row.update({trait: effect["d"], f"{trait}_low": effect["low"]})
        row[f"{trait}_high"] = effect["high"]
    return list(rows.values())


def _estimates(result: Result) -> list[dict[str, Any]]:
    values = result.values["estimates"]
    row = {**result.cell.keys, "who": "visual CNN alone"}
    for measure in SHOWN:
        row[measure] = values[measure]
        ends = values.get("interval", {}).get(measure)
        if ends is not None:
            row[f"{measure}_low"], row[f"{measure}_high"] = ends
    # By definition of skill: 1 - MAE of the model / MAE of the training mean.
    blind = 1 - (1 - values["one_minus_mae"]) / (1 - values["skill"])
    return [
        row,
        {**result.cell.keys, "who": "mean predictor", "one_minus_mae": blind, "skill": 0.0},
    ]
