"""Tables of a test of explanations, printed and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.explain.moment_effects import TIMES
from hirenet_sales.faithfulness.deletion import RANDOM, RATIO_SHARE
from hirenet_sales.faithfulness.step_order import ATTENTION, EFFECT, FIRST, GRADIENTS, LAST
from hirenet_sales.persist import write_whole

LABELS = {
    EFFECT: "effect, each step masked alone",
    ATTENTION: "attention",
    GRADIENTS: "integrated gradients",
    FIRST: "first seconds",
    LAST: "last seconds",
    RANDOM: "random",
}
RATIO_NOTES = (
    f"Ratio: the change of the estimates when the first {RATIO_SHARE:.0%} of an order's steps of "
    "the stream in an interview go (at least one, never all), by that when as many random ones do; "
    "mean over interviews by mean over interviews. A change is the mean over traits of the "
    "absolute change, in standard deviations of the estimates. 95 % intervals by bootstrap over "
    "people or source videos.",
    "Removed: the steps go. The order by effect is chosen and judged by removal there, so it is "
    "partly right by construction. Replaced: rows of other people, drawn at random, stand in for "
    "them, which no order has seen.",
    "Comprehensiveness and sufficiency: mean change over the shares when the first steps go, and "
    "when only they stay.",
)


SUMS = {
    "largest_gap": "largest gap between baseline plus contributions and the estimate",
    "mean_error": "mean standard error of sampled contributions, sd of the estimates",
    "mean_size": "mean absolute contribution, sd of the estimates",
}
POINTING = {
    "pointing_accuracy": "planted: the largest contribution is the deciding question's",
    "sign_accuracy": "planted: its contribution has the right sign",
}
SHOWN_NOTES = (
    "Ratio: mean change when a shown moment goes, by that when random slices of the same length of "
    f"the same answer do. A moment is shown if it changes the estimates at least {TIMES} times as "
    "much as others when it is removed, so that ratio is mostly right by construction: it checks "
    "the rule on slices drawn anew. Replaced: rows of other people stand in, which was not looked "
    "at when the moment was chosen. A stream of which none is shown has no highlight in a report.",
)


def explanation_tables(result: Mapping[str, Any]) -> list[Table]:
    """The tables of what `evaluate_explanations` gives, those without a row left out."""
    title = (
        f"{result['checkpoint']} on {result['dataset']}, {result['split']}: {result['n']} of "
        f"{result['available']} interviews of {result['people']} people"
    )
    tables = [_orders(result, title), _shown(result), _agreement(result), _whole(result)]
    return [table for table in tables if table.rows]


def write_markdown(path: Path, tables: Sequence[Table]) -> None:
    """Write tables as one Markdown file."""
    write_whole(path, "\n".join(table.markdown() for table in tables))


def _orders(result: Mapping[str, Any], title: str) -> Table:
    rows = []
    for stream, own in result["streams"].items():
        for name, order in own.get("orders", {}).items():
            ratios = own["ratios"].get(name, {})
            rows.append(
                {
                    "stream": stream,
                    "n": own["n"],
                    "steps": own["steps"],
                    "order": LABELS[name],
                    **_flat("removed", ratios.get("removed")),
                    **_flat("replaced", ratios.get("replaced")),
                    **_flat("comprehensiveness", order["comprehensiveness"]),
                    **_flat("sufficiency", order["sufficiency"]),
                }
            )
    columns = (
        Column("stream", "stream"),
        Column("n", "interviews"),
        Column("steps", "steps"),
        Column("order", "order of the steps"),
        Column("removed", "ratio, removed", 2),
        Column("replaced", "ratio, replaced", 2),
        Column("comprehensiveness", "comprehensiveness"),
        Column("sufficiency", "sufficiency"),
    )
    return Table("orders", f"Deletion and insertion, {title}", columns, rows, RATIO_NOTES)


def _shown(result: Mapping[str, Any]) -> Table:
    rows = [
        {
            "stream": stream,
            "moments": own["moments"],
            "shown": own["shown"],
            **_flat("removed", own["shown_ratio"]),
            **_flat("replaced", own["shown_ratio_replaced"]),
            "holds": "yes" if own["holds"] else "no",
        }
        for stream, own in result["streams"].items()
    ]
    columns = (
        Column("stream", "stream"),
        Column("moments", "moments measured"),
        Column("shown", "shown"),
        Column("removed", "ratio, removed", 2),
        Column("replaced", "ratio, replaced", 2),
        Column("holds", f"{TIMES} times as much"),
    )
    return Table("shown", "Highlights that are shown", columns, rows, SHOWN_NOTES)


def _agreement(result: Mapping[str, Any]) -> Table:
    rows = [
        {
            "stream": stream,
            "pair": " and ".join(LABELS[name] for name in pair.split(", ")),
            "n": mean["n"],
            **_flat("r", mean),
        }
        for stream, own in result["streams"].items()
        for pair, mean in own["agreement"].items()
    ]
    columns = (
        Column("stream", "stream"),
        Column("pair", "ways to tell"),
        Column("n", "interviews"),
        Column("r", "rank correlation"),
    )
    note = "Mean Spearman correlation over the steps of an interview's stream, five or more."
    return Table("agreement", "Rank agreement", columns, rows, (note,))


def _whole(result: Mapping[str, Any]) -> Table:
    sums = result["additivity"]
    rows: list[dict[str, Any]] = [
        {"what": label, "n": sums["n"], "value": sums[key]}
        for key, label in SUMS.items()
        if sums[key] is not None
    ]
    for key, label in POINTING.items():
        if result.get(key) is not None:
            rows.append({"what": label, "n": result["planted_n"], **_flat("value", result[key])})
    for stream, figure in (result.get("step_accuracy") or {}).items():
        what = f"planted: the highest effect is at the planted step, {stream}"
        rows.append({"what": what, "n": result["planted_n"], **_flat("value", figure)})
    swap = result["question_swap"]
    if swap is not None:
        rows.append(
            {
                "what": "other questions: shift of the estimates, standard deviations",
                "n": swap["n"],
                **_flat("value", swap["shift"]),
            }
        )
        distances = {"of the answers": swap.get("answers")}
        distances |= {f"within answers, {name}": own for name, own in swap.get("steps", {}).items()}
        rows += [
            {"what": f"other questions: distance of attention {where}", **_flat("value", mean)}
            for where, mean in distances.items()
            if mean is not None
        ]
    notes = [
        f"Questions are not swapped: {result['question_swap_reason']}.",
        f"No integrated gradients: {result['gradients_reason']}.",
    ]
    present = (result["question_swap_reason"], result["gradients_reason"])
    columns = (Column("what", "figure"), Column("n", "n"), Column("value", "value", 4))
    return Table(
        "whole",
        "Of whole interviews",
        columns,
        rows,
        tuple(note for note, reason in zip(notes, present, strict=True) if reason),
    )


def _flat(key: str, figure: Mapping[str, Any] | None) -> dict[str, Any]:
    """A figure with its interval as a table holds them."""
    if figure is None:
        return {}
    return {key: figure["value"], f"{key}_low": figure["low"], f"{key}_high": figure["high"]}
