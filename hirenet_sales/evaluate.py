"""Measuring a checkpoint, a release or a laboratory model, on a labelled data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from extractors.answer.extract import AnswerFeatures
from extractors.store import FeatureStore, default_store_root
from extractors.threads import single_torch_thread
from hirenet_sales.assessment import STREAM_NAMES
from hirenet_sales.assessors.laboratory import LaboratoryModel
from hirenet_sales.data.completeness import Shortfall, summarised
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.data.recordings import NO_FILE
from hirenet_sales.data.sets.first_impressions import NAME, Clip, FirstImpressions
from hirenet_sales.data.splits import Split
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.interview import Answer, Interview
from hirenet_sales.models.checkpoint import load_checkpoint
from hirenet_sales.models.checkpoint_folder import is_model_checkpoint
from hirenet_sales.models.model_checkpoint import (
    SPLIT,
    ModelCheckpoint,
    load_model_checkpoint,
)
from hirenet_sales.release.calibration import trait_columns, with_senses
from hirenet_sales.release.evaluation import (
    evaluate_release,
    mean_correlation,
    recorded_features,
    source_look_up,
    trait_table,
)

Progress = Callable[[str, float, float], None]


def evaluate(
    checkpoint: str | Path,
    dataset: str,
    root: str | Path,
    *,
    split: str = "all",
    from_media: bool = False,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure a checkpoint on a folder laid out like First Impressions V2.

    Parameters
    ----------
    checkpoint : name of a release that ships, or a folder that `train` has written
    split : an official split, a source-disjoint one of the data card, or "all"
    from_media : read clips/*.mp4 instead of the tables; `agreement.<stream>` then holds the
        correlation of the estimates from both, over traits and the clips that have both
    cache : where extracted features are kept

    Returns
    -------
    dict with `checkpoint`, `split`, `from_media`, n, mean and traits of clips read within their
    interview, the same under `streams.<name>` for one stream alone, under `interviews` and under
    `baselines`; `remarks`, whole sentences: which interviews `train` has used, what recordings
    lack; `failed`, what is named and could not be read. A release has `alone` besides, for clips
    read one by one.

    Raises
    ------
    DatasetError, CheckpointError
    """
    if dataset != NAME:
        raise DatasetError(f"no data set '{dataset}'; there is {NAME}")
    tell = progress or (lambda stage, done, total: None)
    cache = cache or default_store_root().parent / "training"
    folder = Path(checkpoint)
    model = (
        load_model_checkpoint(folder)
        if is_model_checkpoint(folder)
        else load_checkpoint(checkpoint)
    )
    data = FirstImpressions(root, split)
    remarks: list[str] = []
    names = {clip.name for clip in data.clips}
    lost = [one for one in data.shortfalls if one.lost and one.file in names]
    if from_media:
        absent = [clip.name for clip in data.clips if clip.media is None]
        if absent and data.released:  # which names a recording for every clip
            lost += [Shortfall("", NO_FILE, name, lost=True) for name in absent]
        elif absent:
            present = len(data.clips) - len(absent)
            remarks = [
                f"{present} of {len(data.clips)} clips have a recording; the others are not "
                "measured."
            ]
        data.clips = [clip for clip in data.clips if clip.media is not None]
        if not data.clips:
            raise DatasetError(
                f"{data.root}: split '{split}' has no {data.card.media_folder}/*.mp4; "
                "leave out --from-media"
            )
    measured = (
        _evaluate_model(model, data, from_media=from_media, cache=cache, tell=tell)
        if isinstance(model, ModelCheckpoint)
        else evaluate_release(model, data, from_media=from_media, cache=cache, tell=tell)
    )
    return {
        "checkpoint": model.name,
        "split": split,
        "from_media": from_media,
        **measured,
        "remarks": [*remarks, *measured.get("remarks", [])],
        "failed": [*summarised(lost), *measured.get("failed", [])],
    }


def _evaluate_model(
    model: ModelCheckpoint, data: FirstImpressions, *, from_media: bool, cache: Path, tell: Progress
) -> dict[str, Any]:
    """What `evaluate_release` gives of a release."""
    part, clips = _part(model, data, cache, tell)
    said = model.model.predict(part)
    names = {clip.name for clip in clips}
    losses = [
        one for one in part.completeness.losses
        if not from_media and one.source.removeprefix("clip ") in names
    ]  # fmt: skip
    result: dict[str, Any] = {"remarks": _seen_before(model, part), "failed": summarised(losses)}
    read = None
    if from_media:
        read, remarks, result["failed"] = _from_recordings(model, clips, cache, tell)
        result["remarks"] += remarks
        of_tables = np.concatenate(_unit(model, said, part))
        both = np.isfinite(read).all(1) & np.isfinite(of_tables).all(1)
        result["agreement"] = {"all streams": mean_correlation(read[both], of_tables[both])}
    tables = _tables(model, part, said, read)
    constant = np.broadcast_to(model.training_mean, (len(clips), len(model.training_mean)))
    labels, sources = _labels(part), np.array([clip.source for clip in clips])
    look_up = dict(
        zip([c.name for c in data.clips], source_look_up(data, model.training_mean), strict=True)
    )
    tables["baselines"] = {
        "mean predictor": trait_table(labels, constant, model.training_mean, sources),
        "source look-up": trait_table(
            labels, np.stack([look_up[c.name] for c in clips]), model.training_mean, sources
        ),
    }
    return {**tables, **result}


def _part(
    model: ModelCheckpoint, data: FirstImpressions, cache: Path, tell: Progress
) -> tuple[InterviewSet, list[Clip]]:
    """The interviews of `data.clips`, and the clip behind each of their answers."""
    whole = model.intake.load(NAME, data.root, level="answer", cache=cache, progress=tell)
    wanted = {clip.name for clip in data.clips}
    of_interview = FirstImpressions(data.root).interviews()
    kept = [[q for q, clip in enumerate(clips) if clip.name in wanted] for clips in of_interview]
    rows = [i for i, answers in enumerate(kept) if answers]
    part = whole.take(rows).take_answers([kept[i] for i in rows])
    return part, [of_interview[i][q] for i in rows for q in kept[i]]


def _seen_before(model: ModelCheckpoint, part: InterviewSet) -> list[str]:
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
    counts = {told: len({*ids} & {*part.ids}) for ids, told in used.items()}
    return [f"{n} of {len(part)} interviews {told}." for told, n in counts.items() if n]


def _labels(part: InterviewSet) -> np.ndarray:
    assert part.answer_labels is not None
    return to_unit(np.concatenate(part.answer_labels), part.targets)[:, trait_columns(part)]


def _unit(model: ModelCheckpoint, said: Prediction, part: InterviewSet) -> list[np.ndarray]:
    """Estimates (Q, 5) of the answers of every interview; NaN where nothing was read."""
    answers = said.answers
    if answers is None:
        whole = zip(said.interviews, part.questions, strict=True)
        answers = [np.tile(row, (len(asked), 1)) for row, asked in whole]
    return [model.traits(rows) for rows in answers]


def _tables(
    model: ModelCheckpoint, part: InterviewSet, said: Prediction, read: np.ndarray | None
) -> dict[str, Any]:
    """Tables of clips and of interviews, by all streams and by each alone.

    Parameters
    ----------
    said : of `part`
    read : what recordings gave in its place, (R, 5); None = nothing was read from them
    """
    senses = model.intake.senses
    answers = _unit(model, said, part) if read is None else np.split(read, _borders(part))
    result = _of_clips(model, part, answers)
    result["streams"] = {}
    if read is None and len(senses) > 1:
        for name in senses:
            only = with_senses(part, senses, (name,))
            alone = _unit(model, model.model.predict(only), only)
            result["streams"][name] = _of_clips(model, only, alone)
    several = [i for i, rows in enumerate(answers) if np.isfinite(rows).any()]
    labels = np.stack([rows.mean(0) for rows in np.split(_labels(part), _borders(part))])[several]
    kinds = {"plain_mean": np.stack([np.nanmean(answers[i], axis=0) for i in several])}
    if read is None:
        kinds = {"model": model.traits(said.interviews)[several], **kinds}
    half = np.broadcast_to(model.calibration.widths("interview", tuple(senses)), labels.shape)
    result["interviews"] = {
        kind: trait_table(labels, values, model.training_mean, part.people[several], half)
        for kind, values in kinds.items()
    }
    return result


def _borders(part: InterviewSet) -> np.ndarray:
    return np.cumsum([len(asked) for asked in part.questions])[:-1]


def _of_clips(
    model: ModelCheckpoint, part: InterviewSet, answers: Sequence[np.ndarray]
) -> dict[str, Any]:
    """One table of clips that have any stream."""
    senses = model.intake.senses
    half = np.stack(
        [
            model.calibration.widths(
                "answer",
                tuple(
                    sense
                    for sense, own in senses.items()
                    if any(len(part.streams[name][i][q]) for name in own)
                )
                or tuple(senses),
            )
            for i, asked in enumerate(part.questions)
            for q in range(len(asked))
        ]
    )
    values, labels = np.concatenate(answers), _labels(part)
    people = np.repeat(part.people, [len(asked) for asked in part.questions])
    there = np.isfinite(values).all(1)
    if not there.any():
        raise DatasetError("no clip has any stream that the model reads")
    return trait_table(
        labels[there], values[there], model.training_mean, people[there], half[there]
    )


def _from_recordings(
    model: ModelCheckpoint, clips: Sequence[Clip], cache: Path, tell: Progress
) -> tuple[np.ndarray, list[str], list[str]]:
    """Estimates (R, 5) of clips as `analyze` reads them, one by one; NaN where that fails."""
    assessor = LaboratoryModel(model)
    estimates = np.full((len(clips), len(model.training_mean)), np.nan)
    remarks: list[str] = []
    failed: list[str] = []
    store = FeatureStore(cache / "media")
    found = recorded_features(
        clips, assessor.recipe, assessor.streams, store, tell, remarks, failed
    )
    for row, (clip, features) in enumerate(zip(clips, found, strict=True)):
        if features is not None and (reading := _read(assessor, clip, features)) is not None:
            estimates[row] = reading
    return estimates, remarks, failed


def _read(assessor: LaboratoryModel, clip: Clip, found: AnswerFeatures) -> np.ndarray | None:
    answer = Answer(id="clip", question="", media=clip.media)
    interview = Interview(id=clip.name, job_title="", language="en", answers=(answer,))
    with single_torch_thread():
        reading = assessor.read(interview, {answer.id: found}, STREAM_NAMES)
    return None if reading is None else reading.conclusion.estimates
