"""The card of a laboratory model's checkpoint, written from its own measured numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hirenet_sales.data.card import DataCard
from hirenet_sales.data.completeness import Completeness
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.models.model_checkpoint import ModelCheckpoint
from hirenet_sales.release.release_card import data_sections, measure_rows
from hirenet_sales.traits import TRAITS


def model_card(checkpoint: ModelCheckpoint, metrics: Mapping[str, Any], data: DataCard) -> str:
    """Markdown: what the model is, was trained on, scores, must not be used for.

    Parameters
    ----------
    metrics : as `train_model` writes them
    """
    entry = ENTRIES[checkpoint.model.name]
    level = metrics["level"]
    counts = metrics["answers"]
    coverage = metrics["coverage"]
    split = metrics["split"]
    first = metrics["tables"][level]
    own = first[checkpoint.model.name]
    covered = (
        f"measured on this part by halves of its people, each calibrated on the other: "
        f"{coverage:.3f}"
        if coverage is not None
        else "not measured: too few people"
    )
    context = (
        "The questions were known in training."
        if checkpoint.context_learnt
        else "The questions were unknown in training, so none are given in use."
    )
    sections = [
        f"# {checkpoint.name}",
        f"Apparent OCEAN traits of a person who answers questions on video, by `{entry.name}` "
        f"({entry.summary}; {entry.paper}), {checkpoint.model.parameters():,} parameters.",
        "## Before you use it",
        "- It estimates how a person *appears* to the raters of its training data, not who the "
        f"person is.\n- Trained on {checkpoint.training_data}.\n- High neuroticism = less "
        f"emotionally stable.\n- {context}\n- The raters' biases by age, sex and ethnicity are in "
        "the labels; the model was not audited for them.",
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
        *(
            part
            for name, table in metrics["tables"].items()
            for part in (
                f"### Mean over targets, {name}s (n = {table[checkpoint.model.name]['n']})",
                measure_rows({model: found["mean"] for model, found in table.items()}, ""),
            )
        ),
        f"### By trait, {level}s",
        measure_rows({trait: own["targets"][trait] for trait in TRAITS}, "trait"),
        *(f"{name}: {reason}." for name, reason in metrics["left_out"].items()),
        "## Forbidden uses",
        "\n".join(f"- {use}" for use in data.forbidden_uses),
        "",
    ]
    return "\n\n".join(sections)


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
