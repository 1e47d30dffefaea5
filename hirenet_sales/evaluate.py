"""Measuring a checkpoint on a labelled data set."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from extractors.callbacks import Progress, no_progress
from extractors.store import default_store_root
from hirenet_sales.data.card import load_card
from hirenet_sales.data.catalogue import folder_of
from hirenet_sales.data.completeness import summarised
from hirenet_sales.data.interview_set import InterviewSet, LabelKind, label_kind_of
from hirenet_sales.data.masking import with_senses
from hirenet_sales.data.question_condition import Questions, with_questions
from hirenet_sales.data.splits import Split
from hirenet_sales.models.checkpoint import SPLIT, Checkpoint, load_checkpoint
from hirenet_sales.release.calibration import trait_columns
from hirenet_sales.release.measure import (
    answers_as_interviews,
    blind_baselines,
    measure,
    trait_estimates,
)
from hirenet_sales.release.media_inputs import Recorded, read_recordings
from hirenet_sales.uncertainty import set_name

SHUFFLE = 0  # seed of shuffled questions: every checkpoint is shown the same ones


def evaluate(
    checkpoint: str | Path,
    dataset: str,
    root: str | Path | None = None,
    *,
    split: str = "all",
    questions: Questions = "real",
    from_media: bool = False,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Measure a checkpoint on the labels of a data set.

    Parameters
    ----------
    checkpoint : name of a model that ships, or a folder that `train` has written
    dataset : of the catalogue, with the five traits among its targets
    root : its folder; None = the copy that ships, of a set of which one does
    split : an official split, a source-disjoint one of the data card, or "all"
    questions : that the model is shown: real; shuffled, another one of the same set in place of
        every answer's own, always the same; none
    from_media : of First Impressions V2, read clips/*.mp4 instead of the tables;
        `agreement.<streams>` then holds the correlation of the estimates of single clips from both,
        over traits and the clips that have both
    cache : where extracted features are saved

    Returns
    -------
    dict with `checkpoint`, `dataset`, `split`, `questions`, `from_media`, `label_kind` of the data
    and `model_label_kind`, what the model was trained on, both "apparent" or "self-report"; the
    tables that `measure` gives, `remarks`, whole sentences: that the two kinds differ, which
    interviews `train` has used, what recordings lack; and `failed`, what is named and could not be
    read.

    Raises
    ------
    DatasetError, CheckpointError
        naming what the model needs and the data set lacks.
    """
    cache = cache or default_store_root().parent / "training"
    load_card(dataset)  # a wrong name is reported at once
    model = load_checkpoint(checkpoint)
    part = model.intake.load(dataset, root, split=split, cache=cache, progress=progress)
    trait_columns(part)
    kinds = label_kind_of(part.targets), label_kind_of(model.targets)
    part, unread = shown(model, part, questions)
    failed = summarised(part.completeness.losses)
    remarks: list[str] = []
    result: dict[str, Any] = {}
    if from_media:
        recorded = read_recordings(
            model.intake, part, folder_of(dataset, root), split, cache, progress
        )
        part, remarks, failed = recorded.media, recorded.remarks, recorded.failed
        result["agreement"] = _agreement(model, recorded)
    return {
        "checkpoint": model.name,
        "dataset": dataset,
        "split": split,
        "questions": questions,
        "from_media": from_media,
        "label_kind": kinds[0],
        "model_label_kind": kinds[1],
        **measure(model, part, blind_baselines(model, part, root)),
        **result,
        "remarks": [*_other_target(*kinds), *unread, *seen_before(model, part), *remarks],
        "failed": failed,
    }


def _other_target(data: LabelKind, model: LabelKind) -> list[str]:
    if data == model:
        return []
    return [
        f"The labels are {data}, the model was trained on {model} traits: another target. r says "
        "how far the two go together; 1 - MAE, skill and coverage compare different scales."
    ]


def shown(
    model: Checkpoint, part: InterviewSet, questions: Questions
) -> tuple[InterviewSet, list[str]]:
    """The interviews as the model sees them in use, and a remark where it reads no question."""
    if model.context_present:
        return with_questions(part, questions, SHUFFLE), []
    silent = replace(with_questions(part, "none", SHUFFLE), positions=np.full(len(part), ""))
    if not any(text for asked in part.questions for text in asked):
        return silent, []
    return silent, [
        f"The model {model.name} has not learnt to use questions: it is shown none, here as in "
        "use, and questions real, shuffled and none give the same numbers."
    ]


def seen_before(model: Checkpoint, part: InterviewSet) -> list[str]:
    """What the numbers of these interviews cannot say, since `train` has used some of them."""
    assert model.folder is not None
    path = model.folder / SPLIT
    if not path.is_file():
        return []
    split = Split.load(path)
    used = {
        split.train: "were learnt from: the measures are of memory, too",
        split.validation: "were there to decide when training stops",
        split.test: "calibrated the intervals: coverage is not measured by them",
    }
    counts = {what: len({*ids} & {*part.ids}) for ids, what in used.items()}
    return [f"{n} of {len(part)} interviews {what}." for what, n in counts.items() if n]


def _agreement(model: Checkpoint, recorded: Recorded) -> dict[str, float | None]:
    """Correlation of estimates from recordings and from tables, clips read alone, by streams."""
    senses = model.intake.senses
    result: dict[str, float | None] = {}
    for chosen in dict.fromkeys([*((name,) for name in senses), tuple(senses)]):
        one, other = (
            _alone(model, with_senses(interviews, senses, chosen))
            for interviews in (recorded.media, recorded.tables)
        )
        both = np.isfinite(one).all(1) & np.isfinite(other).all(1)
        result[set_name(chosen)] = mean_correlation(one[both], other[both])
    return result


def _alone(model: Checkpoint, interviews: InterviewSet) -> np.ndarray:
    singles = answers_as_interviews(interviews)
    return trait_estimates(model, singles, model.model.predict(singles), "answer")


def mean_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Mean over traits of the correlation of estimates (R, 5); None where it is not defined."""
    if len(one) < 3 or (np.ptp(one, axis=0) * np.ptp(other, axis=0) == 0).any():
        return None
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(one.T, other.T, strict=True)]))
