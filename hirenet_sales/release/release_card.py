"""The card of a release, written from its own measured numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hirenet_sales.data.card import DataCard
from hirenet_sales.data.completeness import Completeness, summarised
from hirenet_sales.evaluation.metrics import LABELS, METRICS
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.traits import TRAITS


def release_card(checkpoint: Checkpoint, metrics: Mapping[str, Any], data: DataCard) -> str:
    """Markdown: what the model is, was trained on, scores, must not be used for.

    Parameters
    ----------
    metrics : as `evaluation.compare` gives them, with `split` and `data`, a completeness
    """
    attention = metrics["interviews"]["attention"]["mean"]
    plain = metrics["interviews"]["plain_mean"]["mean"]
    better = attention["skill"] > plain["skill"]
    verdict = (
        f"beats the plain mean of its clips' estimates: skill {attention['skill']:.3f} against "
        f"{plain['skill']:.3f}, r {attention['r']:.3f} against {plain['r']:.3f}"
        if better
        else f"does NOT beat the plain mean of its clips' estimates: skill "
        f"{attention['skill']:.3f} against {plain['skill']:.3f}"
    )
    sections = [
        f"# {checkpoint.name}",
        "Apparent OCEAN traits of a person who answers questions on video, by an ensemble of "
        f"{len(checkpoint.ensemble.members)} HireNets (Hemamou et al. 2019) over the face, the "
        "voice and the words, fused jointly with missing-stream dropout.",
        "## Before you use it",
        "- It estimates how a person *appears* to viewers of 15 s clips, not who the person is.\n"
        "- Research only: trained on "
        f"{checkpoint.training_data}. The data's authors advise against decision systems.\n"
        "- High neuroticism = less emotionally stable. The data's column means the opposite and is "
        "turned round by the loader.\n"
        "- **Question conditioning is not learnt from this data.** The questions and the job are "
        "unknown there, so both encoders were always given dropped text, and they are given none "
        "in use. Question weights come from the answers alone.\n"
        "- The raters' biases by age, sex and ethnicity are in the labels; the model was not "
        "audited for them here.\n"
        f"- The interview-level estimate {verdict} "
        f"(n = {metrics['interviews']['attention']['n']} pseudo-interviews).",
        "## Sampling",
        f"Trained and used at: {checkpoint.sampling}. A longer answer becomes several such slices.",
        *data_sections(data.name, Completeness.from_dict(metrics["data"])),
        "## Numbers",
        f"Split `{metrics['split']}`: source videos that are in neither training nor calibration; "
        f"n = {metrics['n']} clips. It was also used to select the model. 95 % intervals by "
        "bootstrap over source videos. Skill = 1 − MAE / MAE(training mean). Intervals of "
        f"{checkpoint.calibration.coverage:.0%} are split-conformal, calibrated on other sources.",
        "### Mean over traits",
        measure_rows(
            {
                "all streams, clip within its interview": metrics["mean"],
                "all streams, clip alone": metrics["alone"]["mean"],
                **{f"{n} only": part["mean"] for n, part in metrics["streams"].items()},
                **{n: part["mean"] for n, part in metrics["baselines"].items()},
            },
            "",
        ),
        "### By trait, all streams, clip within its interview",
        measure_rows({trait: metrics["traits"][trait] for trait in TRAITS}, "trait"),
        *(
            part
            for name, stream in metrics["streams"].items()
            for part in (
                f"### By trait, {name} only",
                measure_rows({trait: stream["traits"][trait] for trait in TRAITS}, "trait"),
            )
        ),
        "The source look-up predicts the mean label of the same video's clips in the official "
        "training split, the clip itself left out; it looks at no pixel and cannot be used on a "
        "new person. It shows what a split that shares videos would leak.",
        "## Forbidden uses",
        "\n".join(f"- {use}" for use in data.forbidden_uses),
        "",
    ]
    return "\n\n".join(sections)


def data_sections(dataset: str, completeness: Completeness) -> list[str]:
    """What was really read of a data set, and what was lost of it, as sections of a card."""
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
