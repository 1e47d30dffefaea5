"""The card of a laboratory model's checkpoint, written from its own measured numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hirenet_sales.datasets.card import DataCard
from hirenet_sales.laboratory.catalogue import ENTRIES
from hirenet_sales.laboratory.model_checkpoint import ModelCheckpoint
from hirenet_sales.training.release_card import measure_rows
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
        "## Numbers",
        f"Split {split['kind']}, test part: {counts['test']} answers; {counts['train']} to learn "
        f"from, {counts['validation']} to choose by. "
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
