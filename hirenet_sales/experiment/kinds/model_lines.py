"""From the cells of a table of models to its lines: means over seeds, tests, trivial baselines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hirenet_sales.evaluation.bootstrap import holm
from hirenet_sales.evaluation.metrics import BINARY_LABELS, LABELS, MSE
from hirenet_sales.experiment.kind import Result
from hirenet_sales.experiment.kinds.model_rows import (
    MEASURES,
    ModelTableConfig,
    RowSection,
    option_columns,
)
from hirenet_sales.experiment.predictions import read_predictions
from hirenet_sales.experiment.published import Published
from hirenet_sales.experiment.seed_summary import Difference, Summary, difference, summarise

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
        """What identifies its test part."""
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
        for test in order:
            same = [group for group in groups if group.tested_on == test]
            _compare(same, config.reference, measure, config.differences)
    return [group.line for group in groups]


def _models(results: Sequence[Result], config: ModelTableConfig) -> list[_Group]:
    by_line: dict[tuple[str | None, ...], list[Result]] = defaultdict(list)
    for result in results:
        if "scored" in result.values:
            by_line[tuple(map(result.cell.keys.get, (*SAME_TEST, "row", "streams")))].append(result)
    groups = []
    for seeds in by_line.values():
        cell, values = seeds[0].cell, seeds[0].values
        row = RowSection(model=cell.keys["model"], options=cell.settings["options"])
        line: Line = {
            **_tested_on(seeds[0]),
            "title": cell.keys["row"],
            "model": cell.keys["model"],
            "streams": cell.keys["streams"],
            "questions": cell.keys["questions"],
            **option_columns(row, config.columns),
            "seeds": len(seeds),
            "n": values["evaluation"]["n"],
            "people": values["evaluation"]["clusters"],
            "parameters": values["parameters"],
            "trained_on": values.get("trained_on"),
        }
        if values["votes"]:
            groups.append(_Group({**line, **flat(values["evaluation"])}, None))
        else:
            groups.append(_summed(line, [(r.folder, r.values) for r in seeds], config))
    return groups


def _baselines(results: Sequence[Result], config: ModelTableConfig) -> list[_Group]:
    groups = []
    for result in results:
        for name, part in result.values.get("baselines", {}).items():
            counts = {"n": part["evaluation"]["n"], "people": part["evaluation"]["clusters"]}
            line = {**_tested_on(result), "title": name, "model": name, "streams": "", **counts}
            groups.append(_summed(line, [(result.folder, part)], config))
    return groups


def _tested_on(result: Result) -> Line:
    return {key: result.cell.keys[key] for key in SAME_TEST if key in result.cell.keys}


def _summed(
    line: Line, parts: Sequence[tuple[Path, dict[str, Any]]], config: ModelTableConfig
) -> _Group:
    summary = summarise(read_predictions(parts), averaged=config.averaged)
    return _Group({**line, **summary.row(squared=MSE in (config.measures or ()))}, summary)


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
    line: Line = {"n": evaluation["n"]}
    ends = evaluation["mean"].get("interval", {})
    for measure, value in evaluation["mean"].items():
        if measure != "interval" and value is not None:
            line[measure] = value
            if measure in ends:
                line[f"{measure}_low"], line[f"{measure}_high"] = ends[measure]
    if len(evaluation["targets"]) > 1:
        for target, values in evaluation["targets"].items():
            line.update({f"{m}_{target}": v for m, v in values.items() if isinstance(v, float)})
    return line


def measures_of(results: Sequence[Result]) -> tuple[str, ...]:
    """The measures that any cell has, the one to judge by first: F1, else skill."""
    present: set[str] = set()
    for result in results:
        for part in result.values.get("baselines", {"": result.values}).values():
            mean = part["evaluation"]["mean"]
            present |= {measure for measure, value in mean.items() if value is not None}
    first = "f1" if "f1" in present else "skill"
    return tuple(m for m in dict.fromkeys([first, *BINARY_LABELS, *LABELS]) if m in present)


def label_of(measure: str) -> str:
    """How a table heads a measure, or <measure>_<target>."""
    for name, label in MEASURES.items():
        if measure not in MEASURES and measure.startswith(f"{name}_"):
            return f"{label} of {measure.removeprefix(f'{name}_')}"
    return MEASURES[measure]


def add_published(lines: list[Line], published: Published, config: ModelTableConfig) -> None:
    """Add the printed numbers to the lines that they belong to."""
    for line in lines:
        beside = published.beside(line["dataset"], line)
        line.update({f"published_{measure}": value for measure, value in beside.items()})
    if not config.not_run or lines[0]["dataset"] != published.dataset:
        return
    for row in published.rows:
        own = [line for line in lines if row.belongs_to(line)]
        for line in own:
            line["source"] = row.source
        if not own:
            values = {f"published_{measure}": value for measure, value in row.values.items()}
            lines.append({**row.match, "title": NOT_RUN, **values, "source": row.source})


def add_published_differences(lines: list[Line], config: ModelTableConfig, measure: str) -> None:
    """Add what the printed numbers differ by where ours are tested against the reference."""
    key = f"published_{measure}"
    for line in lines:
        same = [
            other
            for other in lines
            if other["title"] == config.reference and other.get("split") == line.get("split")
        ]
        own = [other for other in same if other["streams"] == line.get("streams")]
        printed = (own or same or [{}])[0].get(key)
        if "difference" in line and key in line and printed is not None:
            line["published_difference"] = line[key] - printed
