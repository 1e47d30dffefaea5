"""The card of a checkpoint, written from its own measured numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hirenet_sales.data.card import DataCard
from hirenet_sales.data.completeness import Completeness, summarised
from hirenet_sales.evaluation.metrics import LABELS, METRICS
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.traits import TRAITS


def model_card(checkpoint: Checkpoint, metrics: Mapping[str, Any], data: DataCard) -> str:
    """Markdown: the model, its training data, its scores, its forbidden uses.

    Parameters
    ----------
    metrics : as `train` writes them
    """
    entry = ENTRIES[checkpoint.model.name]
    level = metrics["level"]
    counts, split = metrics["answers"], metrics["split"]
    coverage = metrics["coverage"]
    covered = (
        f"measured on this part by halves of its people, each calibrated on the other: "
        f"{coverage:.3f}"
        if coverage is not None
        else "not measured: too few people"
    )
    context = (
        "The questions were known in training."
        if checkpoint.context_learnt
        else "**Question conditioning is not learnt from this data**: the questions were unknown "
        "in training, so none are given in use."
    )
    sections = [
        f"# {checkpoint.name}",
        f"Apparent OCEAN traits of a person who answers questions on video, by `{entry.name}` "
        f"({entry.summary}; {entry.paper}), {checkpoint.model.parameters():,} parameters.",
        "## Before you use it",
        "- It estimates how a person *appears* to the raters of its training data, not who the "
        f"person is.\n- Trained on {checkpoint.training_data}.\n- High neuroticism = less "
        f"emotionally stable.\n- {context}\n- The raters' biases by age, sex and ethnicity are in "
        "the labels; the model was not audited for them." + _verdict(metrics["interviews"]),
        "## Sampling",
        f"Trained and used at: {checkpoint.intake.sampling}.",
        *data_sections(data.name, Completeness.from_dict(metrics["data"])),
        _by_part(counts),
        "## Numbers",
        f"Split {split['kind']}, test part: {_read(counts['test'])}; {_read(counts['train'])} to "
        f"learn from, {_read(counts['validation'])} to choose by. "
        + "".join(f"{note} " for note in split["notes"])
        + "95 % intervals by bootstrap over people or source videos. Skill = 1 − MAE / "
        f"MAE(training mean). The intervals of {checkpoint.calibration.coverage:.0%} are "
        f"split-conformal and calibrated on the test part; coverage {covered}.",
        f"### Mean over traits, {level}s (n = {metrics['n']})",
        measure_rows(_rows_of(metrics), ""),
        f"### Mean over traits, interviews (n = {metrics['interviews']['model']['n']})",
        measure_rows({kind: own["mean"] for kind, own in metrics["interviews"].items()}, ""),
        f"### By trait, {level}s",
        measure_rows({trait: metrics["traits"][trait] for trait in TRAITS}, "trait"),
        *(
            part
            for name, own in metrics["streams"].items()
            for part in (
                f"### By trait, {level}s, {name} only",
                measure_rows({trait: own["traits"][trait] for trait in TRAITS}, "trait"),
            )
        ),
        *(f"{name}: {reason}." for name, reason in metrics["left_out"].items()),
        "## Forbidden uses",
        "\n".join(f"- {use}" for use in data.forbidden_uses),
        "",
    ]
    return "\n\n".join(sections)


def _verdict(interviews: Mapping[str, Mapping[str, Any]]) -> str:
    """Whether the estimate of an interview is worth more than the mean of its answers'."""
    if "plain_mean" not in interviews:
        return ""
    model, plain = interviews["model"]["mean"], interviews["plain_mean"]["mean"]
    beats = "beats" if model["skill"] > plain["skill"] else "does NOT beat"
    return (
        f"\n- The estimate of an interview {beats} the plain mean of its answers' estimates: skill "
        f"{model['skill']:.3f} against {plain['skill']:.3f} (n = {interviews['model']['n']})."
    )


def _rows_of(metrics: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Means over traits by the streams that the model was given, and of the baselines."""
    level = metrics["level"]
    whole = f"all streams, {level} within its interview" if level == "answer" else "all streams"
    alone = {"all streams, answer alone": metrics["alone"]["mean"]} if "alone" in metrics else {}
    return {
        whole: metrics["mean"],
        **alone,
        **{f"{name} only": own["mean"] for name, own in metrics["streams"].items()},
        **{name: own["mean"] for name, own in metrics["baselines"].items()},
    }


def data_sections(dataset: str, completeness: Completeness) -> list[str]:
    """Sections of a card: how much of a data set was read, and what was lost."""
    sections = ["## Data", completeness.counted(dataset)]
    for title, shortfalls in (("Lost:", completeness.losses), ("Remarks:", completeness.remarks)):
        if shortfalls:
            listed = "\n".join(f"- {sentence}" for sentence in summarised(shortfalls))
            sections.append(f"{title}\n\n{listed}")
    return sections


def measure_rows(parts: Mapping[str, Mapping[str, Any]], head: str) -> str:
    """A Markdown table of measures, a line a part, with their intervals; none that no part has."""
    shown = [m for m in METRICS if any(values.get(m) is not None for values in parts.values())]
    lines = [
        f"| {head} | " + " | ".join(LABELS[m] for m in shown) + " |",
        "|---" * (len(shown) + 1) + "|",
    ]
    for name, values in parts.items():
        cells = [_cell(values, metric) for metric in shown]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(values: Mapping[str, Any], metric: str) -> str:
    value = values.get(metric)
    if value is None:
        return "–"
    interval = values.get("interval", {}).get(metric)
    ends = f" [{interval[0]:.3f}, {interval[1]:.3f}]" if interval else ""
    return f"{value:.3f}{ends}"


def _read(count: Mapping[str, Any]) -> str:
    """How many answers of a part were read, of how many."""
    named, read = count["named"], count["read"]
    return f"{named} answers" if named == read else f"{read} of {named} answers"


def _by_part(counts: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table: answers of each part that were read, by stream."""
    lines = ["| read of | to learn from | to choose by | test |", "|---|---|---|---|"]
    parts = [counts[part] for part in ("train", "validation", "test")]
    for stream in parts[0]["streams"]:
        cells = [f"{part['streams'][stream]} of {part['named']}" for part in parts]
        lines.append(f"| {stream} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
