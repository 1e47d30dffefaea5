"""Training of a release: the CNN, an ensemble of HireNets, their calibration and their numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from torch import Tensor

from extractors.face.cnn import LiteEncoder, TunedEncoder
from extractors.recipe import Recipe
from extractors.store import default_store_root
from hirenet_sales.data.completeness import keep_completeness
from hirenet_sales.data.features import embed_portraits
from hirenet_sales.data.portraits import portrait_table
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.data.sets.first_impressions_set import clip_completeness
from hirenet_sales.data.sets.pseudo_interviews import clip_inputs
from hirenet_sales.data.stream_inputs import StreamInput
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.checkpoint import Checkpoint, write_checkpoint
from hirenet_sales.models.ensemble import Ensemble
from hirenet_sales.release.config import TrainingConfig
from hirenet_sales.release.estimates import calibrate
from hirenet_sales.release.evaluation import compare, source_look_up
from hirenet_sales.release.member import train_member
from hirenet_sales.release.release_card import release_card
from hirenet_sales.release.teacher import teacher_estimates
from hirenet_sales.release.tuned_cnn import tuned_outputs
from hirenet_sales.run_log import run_log
from hirenet_sales.training.finetuning import FinetuningConfig

Progress = Callable[[str, float, float], None]
TUNED_WEIGHTS = "cnn.safetensors"


def train_release(
    config: TrainingConfig,
    root: Path,
    *,
    out: Path,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train an ensemble of HireNets and write its checkpoint folder.

    Everything is selected on the validation split and calibrated on the calibration split, both
    disjoint in source videos from training. Extracted features and tuned CNNs are kept under
    `cache` and used again, so an interrupted run goes on where it stopped.

    Parameters
    ----------
    config : see experiments/release_fi_v2.yaml
    root : folder of the data set
    out : checkpoint folder
    cache : default: the user's cache folder

    Raises
    ------
    DatasetError
        if the folder is not as the data card says.
    """
    cache = cache or default_store_root().parent / "training"
    tell = progress or (lambda stage, done, total: None)
    data = FirstImpressions(root)
    split = np.array([c.source_split for c in data.clips])
    for key in ("train", "validation", "calibration"):
        name = getattr(config, key)
        if name not in split:
            raise DatasetError(f"{root}: split '{name}', for {key}, holds no clip")
    portraits = portrait_table(data, cache, progress=tell)
    recipe = Recipe(words=config.words)
    embeddings = None
    if portraits is not None:
        embeddings = embed_portraits(portraits, LiteEncoder(recipe.cnn), cache, tell)
    tuned: dict[str, Tensor] | None = None
    if portraits is not None and embeddings is not None and config.cnn is not None:
        section = FinetuningConfig(**config.cnn)
        tuned, outputs = tuned_outputs(config, section, data, portraits, embeddings, cache, tell)
        embeddings = np.concatenate([embeddings, outputs], axis=1)
        recipe = Recipe(
            words=config.words,
            cnn=TunedEncoder.name,
            cnn_weights=Path(TUNED_WEIGHTS),
            cnn_input_px=section.input_px,
        )
    raw = clip_inputs(data, recipe, portraits, embeddings)
    completeness = clip_completeness(data, raw.streams, portraits)
    out.mkdir(parents=True, exist_ok=True)
    with run_log(out, __name__) as log:
        keep_completeness(out, data.card.name, completeness, log)
    training_clips = np.flatnonzero(split == config.train)
    fitted = {
        name: StreamInput.fit(
            np.concatenate([rows[i] for i in training_clips]),
            raw.columns[name],
            config.model.components,
        )
        for name, rows in raw.streams.items()
        if any(len(rows[i]) for i in training_clips)  # a table that is missing is no stream
    }
    if not fitted:
        raise DatasetError(f"{root}: no portrait, statistic or transcript of split {config.train}")
    inputs = raw.prepared(fitted)
    groups = {
        name: [g for g in raw.groups if split[g[0]] == name]
        for name in (config.train, config.validation, config.calibration)
    }
    softened = inputs.targets.copy()
    if config.teacher:
        tell("teacher", 0, 1)
        taught = teacher_estimates(inputs, training_clips)
        softened[training_clips] += config.teacher * (taught - softened[training_clips])
        tell("teacher", 1, 1)
    learnt = replace(inputs, targets=softened)
    tell("HireNets", 0, config.members)
    members = []
    for member in Parallel(n_jobs=2, return_as="generator")(
        delayed(train_member)(config, learnt, groups, fitted, config.seed + k, out / "logs")
        for k in range(config.members)
    ):
        members.append(member)
        tell("HireNets", len(members), config.members)
    ensemble = Ensemble(fitted, members, inputs.word_width)
    labels = inputs.targets
    training_mean = labels[split == config.train].mean(0)
    calibration = calibrate(ensemble, inputs, groups[config.calibration])
    checkpoint = Checkpoint(
        name=config.name,
        ensemble=ensemble,
        recipe=recipe,
        calibration=calibration,
        training_mean=training_mean,
        training_data=f"{data.card.title}, split {config.train} ({data.card.licence})",
        context_learnt=False,
    )
    metrics = {
        "split": config.validation,
        "data": completeness.to_dict(),
        **compare(
            ensemble,
            inputs,
            groups[config.validation],
            training_mean,
            calibration,
            source_look_up(data, training_mean),
        ),
    }
    write_checkpoint(
        checkpoint,
        out,
        metrics=metrics,
        card=release_card(checkpoint, metrics, data.card),
        training=config.model_dump(),
        cnn=tuned,
    )
    return out
