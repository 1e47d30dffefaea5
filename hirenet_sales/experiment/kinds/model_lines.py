"""From the cells of a table of models to its lines: means over seeds, tests, trivial baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hirenet_sales.evaluation.bootstrap import holm
from hirenet_sales.evaluation.metrics import BINARY_LABELS, LABELS
from hirenet_sales.experiment.kind import Result
from hirenet_sales.experiment.kinds.frame_lines import squared_error
from hirenet_sales.experiment.kinds.model_rows import (
    MEASURES,
    MSE,
    ModelTableConfig,
    RowSection,
    option_columns,
)
from hirenet_sales.experiment.predictions import read_scored
from hirenet_sales.experiment.published import Published
from hirenet_sales.experiment.seed_summary import MEAN, Difference, Summary, difference, summarise

Line = dict[str, Any]
NOT_RUN = "not run here"
SAME_TEST = ("dataset", "split", "most")  # lines of the same values were tested on the same answers


@dataclass(frozen=True, eq=False)
class _Group:
    """The seeds of one line."""

    line: Line
    summary: Summary | None  # None = a random vote, which is measured otherwise

    @property
    def tested_on(self) -> tuple[str | None, ...]:
        """What tells its test part from others."""
        return tuple(self.line.get(key) for key in SAME_TEST)


def lines(results: Sequence[Result], config: ModelTableConfig, measure: str) -> list[Line]:
    """One line a baseline, model, reading and split.

    Parameters
    ----------
    measure : in which the lines are tested against the reference

    Returns
    -------
    mappings with dataset, split, title, model, streams, seeds, n, people, the options that have
    columns, every measure with its interval (measure_low, measure_high; measure_<target> of several
    targets), and of every line but the reference `difference` with its interval, `p`, adjusted, and
    difference_<measure> of further measures.
    """
    groups = [*_baselines(results, config), *_models(results, config)]
    order = list(dict.fromkeys(group.tested_on for group in groups))
    groups.sort(key=lambda group: order.index(group.tested_on))
    if config.reference is not None:
        for where in order:
            same = [group for group in groups if group.tested_on == where]
            _compare(same, config.reference, measure, config.differences)
    return [group.line for group in groups]


def _models(results: Sequence[Result], config: ModelTableConfig) -> list[_Group]:
    by_line: dict[tuple[str | None, ...], list[Result]] = {}
    for result in results:
        if "scored" in result.values:
            keys = result.cell.keys
            name = tuple(keys.get(k) for k in (*SAME_TEST, "row", "streams"))
            by_line.setdefault(name, []).append(result)
    groups = []
    for found in by_line.values():
        first = found[0]
        keys = first.cell.keys
        line: Line = {
            **_where(first),
            "title": keys["row"],
            "model": keys["model"],
            "streams": keys["streams"],
            "questions": keys["questions"],
            **option_columns(
                RowSection(model=keys["model"], options=first.cell.settings["options"]),
                config.columns,
            ),
            "seeds": len(found),
            "n": first.values["evaluation"]["n"],
            "people": first.values["evaluation"]["clusters"],
            "parameters": first.values["parameters"],
            "trained_on": first.values.get("trained_on"),
        }
        if first.values["votes"]:
            groups.append(_Group({**line, **flat(first.values["evaluation"])}, None))
        else:
            groups.append(_summed(line, [(r, r.values) for r in found], config))
    return groups


def _baselines(results: Sequence[Result], config: ModelTableConfig) -> list[_Group]:
    groups = []
    for result in results:
        for name, part in result.values.get("baselines", {}).items():
            line: Line = {
                **_where(result),
                "title": name,
                "model": name,
                "streams": "",
                "n": part["evaluation"]["n"],
                "people": part["evaluation"]["clusters"],
            }
            groups.append(_summed(line, [(result, part)], config))
    return groups


def _where(result: Result) -> Line:
    return {key: result.cell.keys[key] for key in SAME_TEST if key in result.cell.keys}


def _summed(
    line: Line, parts: Sequence[tuple[Result, dict[str, Any]]], config: ModelTableConfig
) -> _Group:
    scored = [read_scored(result.folder / part["file"], part["scored"]) for result, part in parts]
    summary = summarise(scored, averaged=config.averaged)
    line = {**line, **summary.flat()}
    if MSE in (config.measures or ()):
        line |= squared_error(scored, config.averaged)
    targets = [name for name in summary.values if name != MEAN]
    if len(targets) > 1:
        for target in targets:
            values = summary.flat(target)
            line.update({f"{name}_{target}": value for name, value in values.items()})
    return _Group(line, summary)


def _compare(
    groups: Sequence[_Group], reference: str, measure: str, further: Sequence[str]
) -> None:
    """Add differences and p to lines that were tested on the same answers."""
    candidates = [g for g in groups if g.line["title"] == reference and g.summary is not None]
    if not candidates:
        return
    compared: dict[int, Difference] = {}
    for number, group in enumerate(groups):
        same = [g for g in candidates if g.line["streams"] == group.line["streams"]]
        against = (same or candidates)[0].summary
        if group in candidates or group.summary is None or against is None:
            continue
        for name in (measure, *further):
            gap = difference(group.summary, against, name)
            if gap is None:
                continue
            key = "difference" if name == measure else f"difference_{name}"
            group.line.update({key: gap.value, f"{key}_low": gap.low, f"{key}_high": gap.high})
            if name == measure:
                compared[number] = gap
    adjusted = holm({str(number): gap.p for number, gap in compared.items()})
    for number in compared:
        groups[number].line["p"] = adjusted[str(number)]


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


def label_of(measure: str) -> str:
    """How a table heads a measure, or <measure>_<target>."""
    for name, label in MEASURES.items():
        if measure not in MEASURES and measure.startswith(f"{name}_"):
            return f"{label} of {measure.removeprefix(f'{name}_')}"
    return MEASURES[measure]


def print_beside(found: list[Line], published: Published, config: ModelTableConfig) -> None:
    """Add the printed numbers to the lines that they belong to."""
    for line in found:
        beside = published.beside(line["dataset"], line)
        line.update({f"published_{measure}": value for measure, value in beside.items()})
    if not config.not_run or found[0]["dataset"] != published.dataset:
        return
    for row in published.rows:
        own = [line for line in found if row.belongs_to(line)]
        for line in own:
            line["source"] = row.source
        if not own:
            values = {f"published_{measure}": value for measure, value in row.values.items()}
            found.append({**row.match, "title": NOT_RUN, **values, "source": row.source})


def print_differences(found: list[Line], config: ModelTableConfig, measure: str) -> None:
    """Add what the printed numbers differ by where ours are tested against the reference."""
    key = f"published_{measure}"
    for line in found:
        same = [
            other
            for other in found
            if other["title"] == config.reference and other.get("split") == line.get("split")
        ]
        own = [other for other in same if other["streams"] == line.get("streams")]
        printed = (own or same or [{}])[0].get(key)
        if "difference" in line and key in line and printed is not None:
            line["published_difference"] = line[key] - printed
