"""Evaluation of a checkpoint: estimates of clips against labels, beside the trivial baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from extractors.answer.extract import STREAMS, AnswerFeatures, AnswerSource, extract_answer
from extractors.errors import BackendError, WeightsError
from extractors.face.cnn import load_cnn
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.toolbox import Toolbox
from hirenet_sales.data.features import embed_portraits
from hirenet_sales.data.portraits import portrait_table
from hirenet_sales.data.recordings import loss_of
from hirenet_sales.data.sets.first_impressions import Clip, FirstImpressions
from hirenet_sales.data.sets.pseudo_interviews import ClipInputs, clip_inputs
from hirenet_sales.data.stream_inputs import StreamTable, stream_tables
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.table import table
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.models.ensemble import Ensemble
from hirenet_sales.release.estimates import Estimates, estimate
from hirenet_sales.uncertainty import Calibration, set_name

Progress = Callable[[str, float, float], None]


def compare(
    ensemble: Ensemble,
    inputs: ClipInputs,
    groups: Sequence[Sequence[int]],
    training_mean: np.ndarray,
    calibration: Calibration,
    look_up: np.ndarray | None = None,
) -> dict[str, Any]:
    """All tables of one set of pseudo-interviews.

    Returns
    -------
    dict with n, mean and traits of clips read within their interview; the same under
    `streams.<name>` when the model is given that stream alone, under `alone` for clips read one by
    one, under `interviews.attention` and `interviews.plain_mean`, and under `baselines`.

    Parameters
    ----------
    look_up : (clips, 5), the source look-up's estimates; None leaves it out
    """

    def of(found: Estimates) -> dict[str, Any]:
        half = np.stack([calibration.half_widths["answer"][s] for s in found.sets])
        labels, sources = inputs.targets[found.clips], inputs.sources[found.clips]
        return trait_table(labels, found.values, training_mean, sources, half)

    together = estimate(ensemble, inputs, groups)
    if not len(together.clips):
        raise DatasetError("no clip has any stream that the model reads")
    result = of(together)
    result["streams"] = {}
    for name in ensemble.streams:
        only = estimate(ensemble, inputs, groups, (name,))
        if len(only.clips):
            result["streams"][name] = of(only)
    result["alone"] = of(estimate(ensemble, inputs, [[i] for g in groups for i in g]))
    several = together.interview_sources
    widths = calibration.half_widths["interview"][set_name(ensemble.streams)]
    result["interviews"] = {
        kind: trait_table(
            together.interview_labels,
            values,
            training_mean,
            several,
            np.broadcast_to(widths, values.shape),
        )
        for kind, values in (
            ("attention", together.interviews),
            ("plain_mean", together.interview_means),
        )
    }
    labels, sources = inputs.targets[together.clips], inputs.sources[together.clips]
    constant = np.broadcast_to(training_mean, labels.shape)
    result["baselines"] = {"mean predictor": trait_table(labels, constant, training_mean, sources)}
    if look_up is not None:
        result["baselines"]["source look-up"] = trait_table(
            labels, look_up[together.clips], training_mean, sources
        )
    return result


def trait_table(
    labels: np.ndarray,
    estimates: np.ndarray,
    training_mean: np.ndarray,
    sources: np.ndarray,
    half_widths: np.ndarray | None = None,
) -> dict[str, Any]:
    """`table` of the five traits, whose rows metrics.json keeps under `traits`."""
    found = table(labels, estimates, training_mean, sources, half_widths)
    return {"traits" if key == "targets" else key: part for key, part in found.items()}


def source_look_up(data: FirstImpressions, training_mean: np.ndarray) -> np.ndarray:
    """Estimates (clips, 5) that look at no pixel: the mean label of the same video's other clips.

    Clips of the official training split are looked up, the clip itself left out; a video without
    any gets the training mean. What it scores on an official split is what leaks.
    """
    known = FirstImpressions(data.root)
    by_source: dict[str, list[tuple[str, np.ndarray]]] = {}
    for clip in known.clips:
        if clip.split == "train":
            by_source.setdefault(clip.source, []).append((clip.name, clip.targets))
    rows = []
    for clip in data.clips:
        others = [t for name, t in by_source.get(clip.source, []) if name != clip.name]
        rows.append(np.mean(others, axis=0) if others else training_mean)
    return np.stack(rows)


def evaluate_release(
    model: Checkpoint, data: FirstImpressions, *, from_media: bool, cache: Path, tell: Progress
) -> dict[str, Any]:
    """Tables of a release as `compare` gives them, of the clips of `data`."""
    inputs = _from_tables(model, data, cache, tell)
    result: dict[str, Any] = {}
    if from_media:
        store = FeatureStore(cache / "media")
        seen, result["remarks"], result["failed"] = _from_recordings(
            model, data, inputs, store, tell
        )
        result["agreement"] = _agreement(model.ensemble, seen, inputs)
        inputs = seen
    look_up = source_look_up(data, model.training_mean)
    tables = compare(
        model.ensemble, inputs, inputs.groups, model.training_mean, model.calibration, look_up
    )
    return {**tables, **result}


def _from_tables(
    model: Checkpoint, data: FirstImpressions, cache: Path, tell: Progress
) -> ClipInputs:
    portraits = portrait_table(data, cache, progress=tell)
    embeddings = None
    if portraits is not None:
        recipe = model.recipe
        encoder = load_cnn(recipe.cnn, recipe.cnn_weights, recipe.cnn_input_px)
        embeddings = embed_portraits(portraits, encoder, cache, tell)
    inputs = clip_inputs(data, model.recipe, portraits, embeddings)
    if portraits is None and "visual" in model.ensemble.inputs:  # its width, and no rows
        width = len(model.ensemble.inputs["visual"].mean)
        inputs.streams["visual"] = [np.zeros((0, width), np.float32) for _ in data.clips]
    return inputs.prepared(model.ensemble.inputs)


def _from_recordings(
    model: Checkpoint,
    data: FirstImpressions,
    tables: ClipInputs,
    store: FeatureStore,
    tell: Progress,
) -> tuple[ClipInputs, list[str], list[str]]:
    """What the recordings say, what is doubtful about them, and why some could not be read."""
    rows: dict[str, list[np.ndarray]] = {name: [] for name in model.ensemble.streams}
    remarks: list[str] = []
    failed: list[str] = []
    for features in recorded_features(
        data.clips, model.recipe, STREAMS, store, tell, remarks, failed
    ):
        found: dict[str, StreamTable] = {}
        if features is not None:
            found = stream_tables(features.streams, features.slices)
        for name, fit in model.ensemble.inputs.items():
            width = len(fit.mean)
            values = found[name].values if name in found else np.zeros((0, width), np.float32)
            rows[name].append(values if len(values) else np.zeros((0, width), np.float32))
    prepared = model.ensemble.prepare(rows)
    seen = ClipInputs(
        prepared, tables.columns, tables.targets, tables.sources, tables.groups, tables.word_width
    )
    return seen, remarks, failed


def _agreement(ensemble: Ensemble, seen: ClipInputs, tables: ClipInputs) -> dict[str, float | None]:
    """Correlation of estimates from recordings and from tables, clips read alone, by stream."""
    result: dict[str, float | None] = {}
    everyone = [[i] for g in tables.groups for i in g]
    for streams in [(name,) for name in ensemble.streams] + [ensemble.streams]:
        one = estimate(ensemble, seen, everyone, streams)
        other = estimate(ensemble, tables, everyone, streams)
        both = sorted(set(one.clips) & set(other.clips))
        a = one.values[[list(one.clips).index(i) for i in both]]
        b = other.values[[list(other.clips).index(i) for i in both]]
        result[set_name(streams)] = mean_correlation(a, b)
    return result


def recorded_features(
    clips: Sequence[Clip],
    recipe: Recipe,
    streams: Sequence[str],
    store: FeatureStore,
    tell: Progress,
    remarks: list[str],
    failed: list[str],
) -> Iterator[AnswerFeatures | None]:
    """What is extracted from the recording of each clip; None where it cannot be read.

    Parameters
    ----------
    remarks, failed : what is doubtful about recordings, and why some could not be read, is added
    """
    with Toolbox() as tools:
        for done, clip in enumerate(clips, 1):
            features = None
            assert clip.media is not None  # `evaluate` leaves the others out
            try:
                features = extract_answer(
                    AnswerSource(media=clip.media),
                    recipe,
                    store=store,
                    tools=tools,
                    streams=streams,
                )
                (failed if features.partial else remarks).extend(features.problems)
            except (BackendError, WeightsError):
                raise  # would meet every recording alike
            except Exception as error:
                failed.append(str(loss_of(f"clip {clip.name}", clip.media, error)))
            yield features
            tell("recordings", done, len(clips))


def mean_correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Mean over traits of the correlation of estimates (R, 5); None where it is not defined."""
    if len(one) < 3 or (np.ptp(one, axis=0) * np.ptp(other, axis=0) == 0).any():
        return None
    return float(np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(one.T, other.T, strict=True)]))
