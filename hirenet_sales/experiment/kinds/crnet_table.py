"""The tables of CR-Net: means over seeds with intervals, gains over a reference, printed numbers.

Means are over the five traits, as the paper's column Average; the interview score has columns of
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hirenet_sales.data.splits import Split
from hirenet_sales.evaluation.comparison import holm
from hirenet_sales.evaluation.metrics import LABELS
from hirenet_sales.experiment.data import split_file
from hirenet_sales.experiment.kind import Place, Result
from hirenet_sales.experiment.kinds.crnet_rows import KEYS, CrnetConfig
from hirenet_sales.experiment.predictions import Scored, read_scored
from hirenet_sales.experiment.published import Published, read_published
from hirenet_sales.experiment.summary import MEAN, Summary, difference, summarise
from hirenet_sales.experiment.table import Column, Table
from hirenet_sales.models.crnet_options import NetworkOptions, StageOptions
from hirenet_sales.traits import TRAITS

INTERVIEW = "interview"
MEASURES = ("one_minus_mae", "r", "ccc", "sd_ratio", "skill")
GAINS = ("one_minus_mae", "r", "ccc", "sd_ratio")
Line = dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Group:
    """The seeds of one line: the test predictions of its traits by seed, and their summary."""

    line: Line
    by_seed: dict[int, Scored]
    summary: Summary

    def on(self, seeds: Sequence[int]) -> Summary:
        """The summary of these seeds alone."""
        if list(seeds) == list(self.by_seed):
            return self.summary
        return summarise([self.by_seed[seed] for seed in seeds])


def of_traits(scored: Scored) -> Scored:
    """The five traits alone; all targets, where none of them is a trait."""
    names = [target.name for target in scored.targets]
    return _columns(scored, [k for k, name in enumerate(names) if name in TRAITS] or None)


def crnet_tables(config: CrnetConfig, results: Sequence[Result], place: Place) -> list[Table]:
    """One table of lines, and one of gains if there is a reference."""
    published = read_published(config.published) if config.published else None
    groups = _groups(results)
    for group in groups:
        keys = group.line
        beside = published.beside(keys["dataset"], keys) if published else {}
        keys.update({f"published_{measure}": value for measure, value in beside.items()})
    notes = [_size(config.network, config.training), *_notes(config, results, place)]
    if published is not None:
        notes.append(f"{published.title}. {published.note}")
    named = tuple(Column(key, key) for key in ("split", *KEYS))
    columns = (
        *named,
        Column("seeds", "seeds"),
        Column("n", "clips"),
        *(Column(measure, LABELS[measure]) for measure in MEASURES),
        Column("interview_one_minus_mae", "interview 1 − MAE"),
        Column("published_one_minus_mae", "published 1 − MAE", 4),
        Column("published_one_minus_mae_interview", "published interview 1 − MAE", 4),
    )
    found = [Table("table", config.title, columns, [g.line for g in groups], tuple(notes))]
    if config.reference:
        found.append(_gains(config, groups, published))
    return found


def _groups(results: Sequence[Result]) -> list[_Group]:
    by_line: dict[tuple[Any, ...], dict[int, tuple[Result, dict[str, Any]]]] = {}
    for result in results:
        for part in result.values["lines"]:
            keys = result.cell.keys
            name = (keys["dataset"], keys["split"], *(part["line"].get(key, "") for key in KEYS))
            # A branch alone and within a fused row is the same run: it counts once a seed.
            by_line.setdefault(name, {}).setdefault(keys["seed"], (result, part))
    found = []
    for (dataset, split, *values), by_seed in by_line.items():
        parts = list(by_seed.values())
        scored = [read_scored(r.folder / part["file"], part["scored"]) for r, part in parts]
        traits = [of_traits(s) for s in scored]
        summary = summarise(traits)
        line: Line = {"dataset": dataset, "split": split, **dict(zip(KEYS, values, strict=True))}
        line["title"] = ", ".join(str(value) for value in values if value not in ("", None))
        line.update(seeds=len(parts), n=parts[0][1]["n"], parameters=parts[0][1]["parameters"])
        line.update(summary.flat())
        for target in (t for t in summary.values if t != MEAN):
            for measure, value in summary.flat(target).items():
                line[f"{measure}_{target}"] = value
        of_interview = [_columns(s, _places(s, INTERVIEW)) for s in scored if _places(s, INTERVIEW)]
        if of_interview:
            line.update(summarise(of_interview).flat(INTERVIEW, "interview_"))
        found.append(_Group(line, dict(zip(by_seed, traits, strict=True)), summary))
    order = list(dict.fromkeys(group.line["split"] for group in found))
    return sorted(found, key=lambda group: order.index(group.line["split"]))


def _gains(config: CrnetConfig, groups: Sequence[_Group], published: Published | None) -> Table:
    rows: list[Line] = []
    for split in dict.fromkeys(group.line["split"] for group in groups):
        there = [g for g in groups if g.line["split"] == split and g.line["head"]]
        p_values: dict[str, float] = {}
        for group in there:
            against = _reference(group, there, config.reference)
            if against is None or against is group:
                continue
            seeds = [seed for seed in group.by_seed if seed in against.by_seed]
            if not seeds:
                continue
            row = {key: group.line[key] for key in ("dataset", "split", *KEYS)}
            row["seeds"] = len(seeds)  # those that both have: a run may not be finished
            for measure in GAINS:
                gap = difference(group.on(seeds), against.on(seeds), measure)
                if gap is None:
                    continue
                row.update({measure: gap.value, f"{measure}_low": gap.low})
                row[f"{measure}_high"] = gap.high
                if measure == GAINS[0]:
                    p_values[str(len(rows))] = gap.p
            ours, theirs = (g.line.get("published_one_minus_mae") for g in (group, against))
            if ours is not None and theirs is not None:
                row["published_one_minus_mae"] = ours - theirs
            rows.append(row)
        for number, p in holm(p_values).items():
            rows[int(number)]["p"] = p
    named = ", ".join(f"{key} {value}" for key, value in config.reference.items())
    columns = (
        *(Column(key, key) for key in ("split", *KEYS, "seeds")),
        *(Column(measure, f"gain in {LABELS[measure]}", 4) for measure in GAINS),
        Column("p", f"p of {LABELS[GAINS[0]]}", 4),
        Column("published_one_minus_mae", "published gain in 1 − MAE", 4),
    )
    notes = (
        f"Gain: the line minus the one with {named} of the same split, paired on the same draws of "
        "source videos and seeds; p is two-sided and adjusted for the number of lines of the split "
        "(Holm 1979).",
    )
    return Table("gains", f"{config.title}: gains", columns, rows, notes)


def _reference(group: _Group, groups: Sequence[_Group], keys: dict[str, Any]) -> _Group | None:
    wanted = keys if "branch" in keys else {**keys, "branch": group.line["branch"]}
    return next((g for g in groups if all(g.line[k] == v for k, v in wanted.items())), None)


def _size(network: NetworkOptions, training: StageOptions) -> str:
    n, t = network, training
    full, paper = NetworkOptions(), StageOptions()
    said = (
        f"Networks: ResNet-{n.depth} of width {n.width}, frames of {n.input_px} x {n.input_px} "
        f"pixels, {n.segments} a clip in training and up to {n.shown} in the test, without "
        f"pre-training; {t.classification_epochs} + {t.regression_epochs} epochs"
    )
    if (n, t) == (full, paper):
        return f"{said}: the paper's size."
    passes = (
        " A network without classes has no first stage and gets its epochs in the second."
        if t.equal_passes
        else ""
    )
    return (
        f"{said}. The paper's size is ResNet-{full.depth} of width {full.width}, {full.input_px} "
        f"pixels, {full.segments} frames and 50 epochs: a reduced size, so read differences "
        f"between lines, not their level.{passes}"
    )


def _notes(config: CrnetConfig, results: Sequence[Result], place: Place) -> list[str]:
    notes = [
        "In brackets: 95 % interval of the mean over seeds, by bootstrap over source videos and "
        "seeds. Means of the five traits."
    ]
    for section in config.splits:
        path = split_file(results[0].cell.keys["dataset"], section, place)
        told = Split.load(path).notes if path.is_file() else ()
        notes += [f"Split {section.kind}: {sentence}" for sentence in told]
        if section.kind == "disjoint":
            notes.append("Split disjoint: no source video is in training, so none is looked up.")
    return notes


def _places(scored: Scored, name: str) -> list[int]:
    return [k for k, target in enumerate(scored.targets) if target.name == name]


def _columns(scored: Scored, places: list[int] | None) -> Scored:
    if places is None:
        return scored
    return replace(
        scored,
        targets=tuple(scored.targets[k] for k in places),
        labels=scored.labels[:, places],
        estimates=scored.estimates[:, places],
        training_mean=scored.training_mean[places],
    )
