"""The card of a checkpoint, written from its own measured numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hirenet_sales.data.card import DataCard
from hirenet_sales.data.completeness import Completeness, summarised
from hirenet_sales.data.intake import Intake
from hirenet_sales.data.question_condition import QUESTIONS
from hirenet_sales.evaluation.metrics import LABELS, METRICS
from hirenet_sales.models.catalogue import ENTRIES, QUESTION_MATCHERS
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.release.measure import SOURCE_LOOK_UP
from hirenet_sales.traits import TRAITS

NUMBERS, FORBIDDEN = "## Numbers", "## Forbidden uses"


def model_card(checkpoint: Checkpoint, metrics: Mapping[str, Any], data: DataCard) -> str:
    """Markdown: the model, its training data, its scores, its forbidden uses.

    Parameters
    ----------
    metrics : as `train` writes them
    """
    entry = ENTRIES[checkpoint.model.name]
    counts = metrics["answers"]
    sections = [
        f"# {checkpoint.name}",
        f"Apparent OCEAN traits of a person who answers questions on video, by `{entry.name}` "
        f"({entry.summary}; {entry.paper}), {checkpoint.model.parameters():,} parameters.",
        "## Before you use it",
        "- It estimates how a person *appears* to the raters of its training data, not who the "
        f"person is.\n- Trained on {checkpoint.training_data}.\n- High neuroticism = less "
        f"emotionally stable.\n- {_questions(checkpoint, metrics)}\n- The raters' biases by "
        "age, sex and ethnicity are in the labels; the model was not audited for them."
        + _verdict(metrics["interviews"]),
        "## Sampling",
        _sampling(checkpoint.intake),
        *data_sections(data.name, Completeness.from_dict(metrics["data"])),
        _by_part(counts),
        *number_sections(checkpoint, metrics, _parts_and_coverage(metrics)),
        *_question_sections(metrics.get("questions", {})),
        *(f"{name}: {reason}." for name, reason in metrics["left_out"].items()),
        FORBIDDEN,
        "\n".join(f"- {use}" for use in data.forbidden_uses),
        "",
    ]
    return "\n\n".join(sections)


def _sampling(intake: Intake) -> str:
    """The moments that it has learnt from, and those that it reads."""
    used, learnt = intake.sampling, intake.as_learnt.sampling
    if used == learnt:
        return f"Trained and used at: {used}."
    return f"Trained at: {learnt}. Used at: {used}."


def _questions(checkpoint: Checkpoint, metrics: Mapping[str, Any]) -> str:
    """Whether the model has learnt to use questions, and how it was measured."""
    if not checkpoint.context_present:
        return (
            "**Question conditioning is not learnt from this data**: the questions were unknown in "
            "training, so none are given in use."
        )
    effects = metrics.get("questions", {})
    gain = next((own["gain"] for own in effects.values() if "gain" in own), None)
    if gain is None:
        return "Questions were given in training; what they are worth could not be measured."
    low, high = gain["interval"] or (float("nan"), float("nan"))
    verb = "uses" if checkpoint.questions_learnt else "**has not learnt to use**"
    return (
        f"It {verb} the questions: its mean absolute error is smaller by "
        f"{gain['mean_absolute_error']:.4f} [{low:.4f}, {high:.4f}] under real questions than "
        "under shuffled ones, on people that it has not learnt from."
        + (" It does not read the job title." if checkpoint.model.name in QUESTION_MATCHERS else "")
    )


TITLES = {
    "strangers": "test interviews with other people's clips among them; the question of an answer "
    "is a sentence taken out of the right clip",
    "alone": "the same without other people",
    "test": "test interviews",
}


def _question_sections(effects: Mapping[str, Any]) -> list[str]:
    """What questions do, as sections of a card; none where it was not measured."""
    sections = ["## Questions"] if effects else []
    for name, own in effects.items():
        if "gain" in own:
            rows = {f"{questions} questions": own[questions] for questions in QUESTIONS}
            sections += [f"Interviews: {TITLES[name]} (n = {own['n']}).", measure_rows(rows, "")]
        if "strangers_weight" in own:
            share = own["strangers_weight"]
            sections.append(
                f"The other people's answers have {share['real']:.0%} of the weight; without "
                f"questions {share['none']:.0%}."
            )
        for wrong, drop in own.get("weight_drop", {}).items():
            sections.append(
                f"{name}: {drop['share']:.0%} of {drop['n']} answers lose weight when their "
                f"question is replaced by {wrong}; the median weight is then {drop['ratio']:.2f} "
                "times as large."
            )
    return sections


def number_sections(
    checkpoint: Checkpoint, metrics: Mapping[str, Any], measured_on: str
) -> list[str]:
    """What the model scores, and what its intervals cover, from "## Numbers" on.

    Parameters
    ----------
    metrics : as `measure` gives them
    measured_on : sentences that say on whom, and who calibrated the intervals
    """
    level = metrics["level"]
    sections = [
        NUMBERS,
        f"{measured_on} 95 % intervals by bootstrap over people or source videos. Skill = 1 − MAE "
        "/ MAE(training mean).",
        f"### Mean over traits, {level}s (n = {metrics['n']})",
        measure_rows(_rows_of(metrics), ""),
        f"### Mean over traits, interviews (n = {metrics['interviews']['model']['n']})",
        measure_rows({kind: own["mean"] for kind, own in metrics["interviews"].items()}, ""),
        f"### Intervals of {checkpoint.calibration.coverage:.0%} for interviews, by answers read",
        "Each person or source video has one vote. The half width is the mean over traits.",
        coverage_rows(metrics["coverage_by_answers"]),
        f"### By trait, {level}s",
        measure_rows({trait: metrics["traits"][trait] for trait in TRAITS}, "trait"),
    ]
    for name, own in metrics["streams"].items():
        sections.append(f"### By trait, {level}s, {name} only")
        sections.append(measure_rows({trait: own["traits"][trait] for trait in TRAITS}, "trait"))
    if SOURCE_LOOK_UP in metrics["baselines"]:
        sections.append(
            f"The {SOURCE_LOOK_UP} predicts the mean label of the same video's clips in the "
            "official training split, the clip itself left out; it looks at no pixel and cannot be "
            "used on a new person. It shows what a split that shares videos would leak."
        )
    return sections


def with_numbers(card: str, sections: Sequence[str]) -> str:
    """A card with other `number_sections` in the place of its own."""
    before, _, after = card.partition(f"{NUMBERS}\n")
    _, forbidden, uses = after.partition(f"{FORBIDDEN}\n")
    return before + "\n\n".join(sections) + f"\n\n{forbidden}{uses}"


def coverage_rows(by_answers: Mapping[str, Mapping[str, Any]]) -> str:
    """A Markdown table of `coverage_by_answers`."""
    lines = ["| answers | people | coverage | half width |", "|---|---|---|---|"]
    lines += [
        f"| {number} | {own['n']} | {_cell(_as_measured(own), 'coverage')} "
        f"| {own['half_width']:.3f} |"
        for number, own in by_answers.items()
    ]
    return "\n".join(lines)


def _as_measured(own: Mapping[str, Any]) -> dict[str, Any]:
    return {"coverage": own["coverage"], "interval": {"coverage": own["interval"]}}


def _parts_and_coverage(metrics: Mapping[str, Any]) -> str:
    """On which part the numbers are, and how its coverage was measured."""
    counts, split, coverage = metrics["answers"], metrics["split"], metrics["coverage"]
    measured = split["measured_on"]
    if "intervals" in metrics:
        covered = f"elsewhere: they are {metrics['intervals']}"
    elif measured != "test":
        covered = "on the test part, so that coverage is of people who calibrated nothing"
    elif coverage is None:
        covered = "on the test part; coverage not measured: too few people"
    else:
        covered = (
            "on the test part; coverage measured on this part by halves of its people, each "
            f"calibrated on the other: {coverage:.3f}"
        )
    notes = "".join(f"{note} " for note in split["notes"])
    return (
        f"Split {split['kind']}, {measured} part: {_read(counts[measured])}; "
        f"{_read(counts['train'])} to learn from, {_read(counts['validation'])} to choose by. "
        f"{notes}The intervals are split-conformal and calibrated {covered}."
    )


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
