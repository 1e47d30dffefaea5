"""From the folds of a cross-validation to the lines of its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from hirenet_sales.evaluation.bootstrap import holm, interval
from hirenet_sales.experiment.kind import Result
from hirenet_sales.experiment.predictions import Scored, read_scored
from hirenet_sales.experiment.seed_summary import MEAN, Summary, difference, summarise
from hirenet_sales.traits import TRAITS

Line = dict[str, Any]


def by_row(results: Sequence[Result], reference: str) -> list[Line]:
    """A line a row: r, skill and r of every trait, and the difference from the reference."""
    pairs: list[tuple[Line, Summary]] = []
    for title, own in _groups(r for r in results if not r.cell.keys["unseen"]).items():
        for name in own[0].values.get("baselines", {"": None}):
            if (summary := _summary(own, name or "all.csv")) is not None:
                line: Line = {"title": name or title, "seeds": summary.seeds}
                line |= {"people": summary.people} | summary.flat() | _traits(summary)
                pairs.append((line, summary))
    base = next((summary for line, summary in pairs if line["title"] == reference), None)
    if base is not None:
        gaps = {
            line["title"]: gap
            for line, summary in pairs
            if summary is not base and (gap := difference(summary, base, "r")) is not None
        }
        adjusted = holm({title: gap.p for title, gap in gaps.items()})
        for line, _ in pairs:
            if (gap := gaps.get(line["title"])) is not None:
                line |= {"difference": gap.value, "p": adjusted[line["title"]]}
                line |= {"difference_low": gap.low, "difference_high": gap.high}
    return [line for line, _ in pairs]


def unseen_lines(results: Sequence[Result]) -> list[Line]:
    """A line a row and question that it never saw, and one with their mean."""
    lines: list[Line] = []
    apart = [result for result in results if result.cell.keys["unseen"]]
    for title, own in _groups(apart).items():
        summaries = {
            question: summary
            for question in dict.fromkeys(result.cell.keys["unseen"] for result in own)
            if (
                summary := _summary(
                    [r for r in own if r.cell.keys["unseen"] == question], "all.csv"
                )
            )
            is not None
        }
        for question, summary in summaries.items():
            line = {"title": title, "unseen": question, "seeds": summary.seeds, **summary.flat()}
            if question in summary.values:
                line |= _renamed(summary.flat(question), "r", "r_own")
            lines.append(line)
        if len(summaries) > 1:
            mean = _mean([(s, MEAN) for s in summaries.values()], "r")
            named = [(s, q) for q, s in summaries.items() if q in s.values]
            lines.append({"title": title, "unseen": "mean", **mean})
            if named:
                lines[-1] |= _renamed(_mean(named, "r"), "r", "r_own")
    return lines


def by_question(results: Sequence[Result]) -> list[Line]:
    """A line a row and question: r of every trait from its answer alone, attention and length."""
    lines = []
    for title, own in _groups(r for r in results if "single" in r.values).items():
        for question in own[0].values["single"]:
            summary = _summary(own, f"{question}.csv")
            if summary is None:
                continue
            line = {"title": title, "question": question, **_traits(summary)}
            for key in ("voi", "words"):
                values = [r.values[key][question] for r in own if question in r.values.get(key, {})]
                if values:
                    line[key] = float(np.mean(values))
            lines.append(line)
    return lines


def _groups(results: Iterable[Result]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.cell.keys["row"], []).append(result)
    return groups


def _summary(results: Sequence[Result], part: str) -> Summary | None:
    """Over the seeds of which every fold is finished; None if there is none such.

    Parameters
    ----------
    part : name of a trivial baseline, else of a file of predictions
    """

    def read(result: Result) -> Scored:
        own = result.values.get("baselines", {}).get(part, {**result.values, "file": part})
        return read_scored(result.folder / own["file"], own["scored"])

    by_seed: dict[int, dict[int, Result]] = {}
    for result in results:
        by_seed.setdefault(result.cell.keys["seed"], {})[result.cell.keys["fold"]] = result
    folds = results[0].cell.settings["folds"]
    whole = [
        _joined([read(own[f]) for f in range(folds)])
        for own in by_seed.values()
        if len(own) == folds
    ]
    return summarise(whole) if whole else None


def _joined(folds: Sequence[Scored]) -> Scored:
    """Everybody, whom each fold saw a part of.

    A fold's training mean is the higher the lower the labels of its own people, so that estimates
    around it would correlate negatively with the labels where nothing was learnt: estimates of all
    folds are moved to lie around one mean.
    """
    mean = np.mean([fold.training_mean for fold in folds], axis=0)
    return Scored(
        folds[0].targets,
        np.concatenate([fold.people for fold in folds]),
        np.concatenate([fold.labels for fold in folds]),
        np.concatenate([fold.estimates + mean - fold.training_mean for fold in folds]),
        mean,
    )


def _traits(summary: Summary) -> Line:
    line: Line = {}
    for trait in TRAITS:
        if trait in summary.values:
            line |= _renamed(summary.flat(trait), "r", f"r_{trait}")
    return line


def _renamed(values: Line, measure: str, name: str) -> Line:
    """One measure and the ends of its interval under another name."""
    ends = ("", "_low", "_high")
    return {f"{name}{e}": values[f"{measure}{e}"] for e in ends if f"{measure}{e}" in values}


def _mean(parts: Sequence[tuple[Summary, str]], measure: str) -> Line:
    """The mean of a measure over summaries of the same people, with its interval."""
    value = float(np.mean([summary.values[target][measure] for summary, target in parts]))
    ends = interval(np.mean([s.draws[target][measure] for s, target in parts], axis=0))
    named = () if ends is None else zip((f"{measure}_low", f"{measure}_high"), ends, strict=True)
    return {measure: value, **dict(named)}
