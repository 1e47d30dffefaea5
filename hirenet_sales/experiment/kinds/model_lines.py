"""From the cells of a table of models to its lines: means over seeds, tests, trivial baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hirenet_sales.evaluation.comparison import holm
from hirenet_sales.evaluation.metrics import BINARY_LABELS, LABELS
from hirenet_sales.experiment.kind import Result
from hirenet_sales.experiment.predictions import read_scored
from hirenet_sales.experiment.summary import MEAN, Difference, Summary, difference, summarise

Line = dict[str, Any]
Place = tuple[str, str, str]  # dataset, split, streams


@dataclass(frozen=True, eq=False)
class _Group:
    """The seeds of one line."""

    line: Line
    summary: Summary | None  # None = a random vote, which is measured otherwise


def lines(results: Sequence[Result], reference: str | None, measure: str) -> list[Line]:
    """One line a baseline, model, reading and split.

    Parameters
    ----------
    reference : title of the line that the others are tested against, in `measure`

    Returns
    -------
    mappings with dataset, split, title, model, streams, seeds, n, people, every measure with its
    interval (measure_low, measure_high; measure_<target> of several targets), and of every line but
    the reference `difference` with its interval, and `p`, adjusted.
    """
    groups = [*_baselines(results), *_models(results)]
    order = list(dict.fromkeys((g.line["dataset"], g.line["split"]) for g in groups))
    groups.sort(key=lambda g: order.index((g.line["dataset"], g.line["split"])))
    if reference is not None:
        for where in order:
            there = [g for g in groups if (g.line["dataset"], g.line["split"]) == where]
            _compare(there, reference, measure)
    return [group.line for group in groups]


def _models(results: Sequence[Result]) -> list[_Group]:
    by_line: dict[tuple[str, ...], list[Result]] = {}
    for result in results:
        if "scored" in result.values:
            keys = result.cell.keys
            name = tuple(keys[k] for k in ("dataset", "split", "row", "streams"))
            by_line.setdefault(name, []).append(result)
    groups = []
    for (dataset, split, title, streams), found in by_line.items():
        first = found[0]
        line: Line = {
            "dataset": dataset,
            "split": split,
            "title": title,
            "model": first.cell.keys["model"],
            "streams": streams,
            "questions": first.cell.keys["questions"],
            "seeds": len(found),
            "n": first.values["evaluation"]["n"],
            "people": first.values["evaluation"]["clusters"],
            "parameters": first.values["parameters"],
            "trained_on": first.values.get("trained_on"),
        }
        if first.values["votes"]:
            groups.append(_Group({**line, **flat(first.values["evaluation"])}, None))
        else:
            groups.append(_summed(line, [(r, r.values) for r in found]))
    return groups


def _baselines(results: Sequence[Result]) -> list[_Group]:
    groups = []
    for result in results:
        for name, part in result.values.get("baselines", {}).items():
            line: Line = {
                "dataset": result.cell.keys["dataset"],
                "split": result.cell.keys["split"],
                "title": name,
                "model": name,
                "streams": "",
                "n": part["evaluation"]["n"],
                "people": part["evaluation"]["clusters"],
            }
            groups.append(_summed(line, [(result, part)]))
    return groups


def _summed(line: Line, parts: Sequence[tuple[Result, dict[str, Any]]]) -> _Group:
    summary = summarise(
        [read_scored(result.folder / part["file"], part["scored"]) for result, part in parts]
    )
    line = {**line, **summary.flat()}
    targets = [name for name in summary.values if name != MEAN]
    if len(targets) > 1:
        for target in targets:
            values = summary.flat(target)
            line.update({f"{name}_{target}": value for name, value in values.items()})
    return _Group(line, summary)


def _compare(groups: Sequence[_Group], reference: str, measure: str) -> None:
    """Add difference and p to the lines of one split."""
    candidates = [g for g in groups if g.line["title"] == reference and g.summary is not None]
    if not candidates:
        return
    found: dict[int, Difference] = {}
    for number, group in enumerate(groups):
        same = [g for g in candidates if g.line["streams"] == group.line["streams"]]
        against = (same or candidates)[0].summary
        if group in candidates or group.summary is None or against is None:
            continue
        gap = difference(group.summary, against, measure)
        if gap is not None:
            found[number] = gap
    adjusted = holm({str(number): gap.p for number, gap in found.items()})
    for number, gap in found.items():
        groups[number].line.update(
            difference=gap.value,
            difference_low=gap.low,
            difference_high=gap.high,
            p=adjusted[str(number)],
        )


def flat(evaluation: dict[str, Any]) -> Line:
    """An evaluation's mean over targets, its interval, and every target's own, in one mapping."""
    mean = evaluation["mean"]
    found: Line = {"n": evaluation["n"]}
    for measure, value in mean.items():
        if measure == "interval" or value is None:
            continue
        found[measure] = value
        ends = mean.get("interval", {}).get(measure)
        if ends is not None:
            found[f"{measure}_low"], found[f"{measure}_high"] = ends
    if len(evaluation["targets"]) > 1:
        for target, values in evaluation["targets"].items():
            found.update({f"{m}_{target}": v for m, v in values.items() if isinstance(v, float)})
    return found


def measures_of(results: Sequence[Result]) -> tuple[str, ...]:
    """The measures that any cell has, the one to judge by first: F1, else skill."""
    found: set[str] = set()
    for result in results:
        for part in result.values.get("baselines", {"": result.values}).values():
            mean = part["evaluation"]["mean"]
            found |= {measure for measure, value in mean.items() if value is not None}
    first = ["f1"] if "f1" in found else ["skill"]
    return tuple(m for m in dict.fromkeys([*first, *BINARY_LABELS, *LABELS]) if m in found)
