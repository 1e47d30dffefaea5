"""Training of a release: the CNN, an ensemble of HireNets, their calibration and their numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import lightning
import numpy as np
import torch
from joblib import Parallel, delayed
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from pydantic import BaseModel, ConfigDict, Field, field_validator
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from extractors.cnn import LiteEncoder, TunedEncoder
from extractors.recipe import Recipe
from extractors.store import default_store_root
from hirenet_sales.datasets.features import embed_portraits
from hirenet_sales.datasets.first_impressions import NAME, Clip, FirstImpressions
from hirenet_sales.datasets.portraits import PortraitTable, portrait_table
from hirenet_sales.datasets.pseudo_interviews import ClipInputs, clip_inputs, example, vary
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation import calibrate, compare, source_look_up
from hirenet_sales.models.batch import Example, InterviewBatch, collate
from hirenet_sales.models.card import release_card
from hirenet_sales.models.checkpoint import Checkpoint, write_checkpoint
from hirenet_sales.models.ensemble import Ensemble
from hirenet_sales.models.finetuning import (
    FinetuningConfig,
    finetune,
    keep_ignoring_sigprof,
    source_folds,
)
from hirenet_sales.models.fusion import FusedHireNet
from hirenet_sales.models.hirenet import HireNetConfig
from hirenet_sales.models.inputs import StreamInput
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_model import did_you_mean, read_model

Progress = Callable[[str, float, float], None]
TUNED_WEIGHTS = "cnn.safetensors"
STREAMS = ("visual", "audio", "text")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelSection(_Section):
    """Sizes; see HireNetConfig. `dropout_in` and `cells` are by stream."""

    projection: int = 48
    answer_hidden: int = 24
    interview_hidden: int = 24
    context_hidden: int = 8
    attention_hidden: int = 16
    fusion_hidden: int = 48
    dropout: float = 0.3
    dropout_in: dict[str, float]
    cells: dict[str, Literal["gru", "lstm"]]
    components: int = Field(96, description="principal components kept of the CNN embedding")

    @field_validator("dropout_in", "cells")
    @classmethod
    def _every_stream(cls, by_stream: dict[str, Any]) -> dict[str, Any]:
        if set(by_stream) != set(STREAMS):
            raise ValueError(f"found {', '.join(by_stream)}, expected {', '.join(STREAMS)}")
        return by_stream


class OptimisationSection(_Section):
    """AdamW with one cycle; early stopping on the validation loss of clips."""

    epochs: int = 15
    patience: int = 5
    batch: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    absolute_loss: float = Field(0.5, description="weight of the absolute beside the squared error")
    stream_loss: float = 0.3
    interview_loss: float = 0.5
    stream_dropout: float = 0.15


class TrainingConfig(_Section):
    """A release or a training run."""

    name: str
    dataset: str
    train: str
    validation: str
    calibration: str
    seed: int
    members: int
    words: str = "glove"
    cnn: dict[str, Any] | None = Field(None, description="FinetuningConfig; null = ImageNet only")
    model: ModelSection
    optimisation: OptimisationSection

    @field_validator("cnn")
    @classmethod
    def _known(cls, section: dict[str, Any] | None) -> dict[str, Any] | None:
        names = [field.name for field in fields(FinetuningConfig)]
        for key in section or ():
            if key not in names:
                raise ValueError(f"unknown key '{key}'{did_you_mean(key, names)}")
        return section


class _PseudoInterviews(Dataset):
    """Pseudo-interviews of some clips, varied anew each time when `rng` is given."""

    def __init__(
        self,
        groups: Sequence[list[int]],
        inputs: ClipInputs,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.groups, self.inputs, self.rng = list(groups), inputs, rng

    def __len__(self) -> int:
        return len(self.groups)

    def __getitem__(self, index: int) -> Example:
        answers = [[i] for i in self.groups[index]]
        if self.rng is not None:
            answers = vary(answers, self.rng)
        return example(self.inputs, answers)


class _Training(lightning.LightningModule):
    """One member: fused and per-stream losses, per answer and per interview."""

    def __init__(self, net: FusedHireNet, section: OptimisationSection, steps: int) -> None:
        super().__init__()
        self.net, self.section, self.steps = net, section, steps

    def _error(self, logits: Tensor, targets: Tensor) -> Tensor:
        gap = logits.sigmoid() - targets
        return (10 * gap**2 + self.section.absolute_loss * gap.abs()).mean(-1)

    def training_step(self, batch: InterviewBatch, _: int) -> Tensor:
        drop = {
            name: torch.rand(batch.answers_valid.shape) < self.section.stream_dropout
            for name in batch.streams
        }
        everything = torch.stack(list(drop.values())).all(0)  # never all streams of an answer
        batch = batch.without({name: mask & ~everything for name, mask in drop.items()})
        assert batch.answer_targets is not None and batch.targets is not None
        reading = self.net(batch)
        loss = self._error(reading.answer_logits, batch.answer_targets)[reading.valid].mean()
        loss = loss + self.section.interview_loss * (
            self._error(reading.logits, batch.targets)[reading.valid.any(1)].mean()
        )
        for stream in reading.streams.values():
            own = self._error(stream.answer_logits, batch.answer_targets)[stream.valid]
            if len(own):
                loss = loss + self.section.stream_loss * own.mean()
        return loss

    def validation_step(self, batch: InterviewBatch, _: int) -> None:
        reading = self.net(batch)
        assert batch.answer_targets is not None
        errors = self._error(reading.answer_logits, batch.answer_targets)[reading.valid]
        self.log("validation_loss", errors.mean(), batch_size=len(errors), prog_bar=False)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        section = self.section
        optimizer = torch.optim.AdamW(
            self.net.parameters(), section.learning_rate, weight_decay=section.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, section.learning_rate, total_steps=self.steps + 1, pct_start=0.15
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def train(
    config_path: str | Path,
    root: str | Path,
    *,
    out: Path | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Train the model that a configuration describes and write its checkpoint folder.

    Everything is selected on the validation split and calibrated on the calibration split, both
    disjoint in source videos from training. Extracted features and tuned CNNs are kept under
    `cache` and used again, so an interrupted run goes on where it stopped.

    Parameters
    ----------
    config_path : YAML, see experiments/release_fi_v2.yaml
    root : folder of the data set
    out : checkpoint folder; default runs/<name>
    cache : default: the user's cache folder

    Raises
    ------
    ConfigError
        with every problem of the configuration.
    DatasetError
        if the folder is not as the data card says.
    """
    config = read_model(Path(config_path), TrainingConfig, ConfigError)
    if config.dataset != NAME:
        raise ConfigError(f"{config_path}: dataset '{config.dataset}'; there is {NAME}")
    out = out or Path("runs") / config.name
    cache = cache or default_store_root().parent / "training"
    tell = progress or (lambda stage, done, total: None)
    data = FirstImpressions(root)
    split = np.array([c.source_split for c in data.clips])
    for key in ("train", "validation", "calibration"):
        name = getattr(config, key)
        if name not in data.card.split_names:
            raise ConfigError(
                f"{config_path}: {key}: '{name}' is not a source-disjoint split"
                f"{did_you_mean(name, data.card.split_names)}"
            )
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
        tuned, outputs = _tuned_outputs(config, section, data, portraits, embeddings, cache, tell)
        embeddings = np.concatenate([embeddings, outputs], axis=1)
        recipe = Recipe(
            words=config.words,
            cnn=TunedEncoder.name,
            cnn_weights=Path(TUNED_WEIGHTS),
            cnn_input_px=section.input_px,
        )
    raw = clip_inputs(data, recipe, portraits, embeddings)
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
    tell("HireNets", 0, config.members)
    members = []
    for member in Parallel(n_jobs=2, return_as="generator")(
        delayed(_member)(config, inputs, groups, fitted, config.seed + k, out / "logs")
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


def _member(
    config: TrainingConfig,
    inputs: ClipInputs,
    groups: dict[str, list[list[int]]],
    fitted: dict[str, StreamInput],
    seed: int,
    logs: Path,
) -> FusedHireNet:
    torch.set_num_threads(1)  # several of these run side by side
    lightning.seed_everything(seed, verbose=False)
    section, model = config.optimisation, config.model
    shared = model.model_dump(
        include={
            "projection",
            "answer_hidden",
            "interview_hidden",
            "context_hidden",
            "attention_hidden",
            "dropout",
        }
    )
    configs = {
        name: HireNetConfig(
            width=fit.width,
            word_width=inputs.word_width,
            cell=model.cells[name],
            dropout_in=model.dropout_in[name],
            targets=len(TRAITS),
            **shared,
        )
        for name, fit in fitted.items()
    }
    net = FusedHireNet(configs, hidden=model.fusion_hidden, dropout=model.dropout)
    clips = [i for group in groups[config.train] for i in group]
    start = torch.logit(torch.from_numpy(inputs.targets[clips].mean(0)).float())
    for part in (net, *net.streams.values()):
        part.head.bias.data.copy_(start)  # type: ignore[union-attr, operator]  # torch's stub
    widths = {name: fit.width for name, fit in fitted.items()}

    def padded(examples: list[Example]) -> InterviewBatch:
        return collate(examples, widths, inputs.word_width)

    rng = np.random.default_rng(seed)
    loader = DataLoader(
        _PseudoInterviews(groups[config.train], inputs, rng),
        section.batch,
        shuffle=True,
        collate_fn=padded,
    )
    held_out = DataLoader(
        _PseudoInterviews(groups[config.validation], inputs), 128, collate_fn=padded
    )
    steps = section.epochs * len(loader)
    best = ModelCheckpoint(
        logs / f"seed{seed}", "best", monitor="validation_loss", enable_version_counter=False
    )
    trainer = lightning.Trainer(
        max_epochs=section.epochs,
        accelerator="cpu",
        gradient_clip_val=1.0,
        callbacks=[best, EarlyStopping("validation_loss", patience=section.patience)],
        logger=CSVLogger(logs, name=f"seed{seed}", version=""),
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=50,
        num_sanity_val_steps=0,
    )
    module = _Training(net, section, steps)
    keep_ignoring_sigprof()
    trainer.fit(module, loader, held_out)
    saved = torch.load(best.best_model_path, weights_only=True)
    module.load_state_dict(saved["state_dict"])
    module.half().float()  # what ships is in half precision, so that is what is measured
    return module.net


def _tuned_outputs(
    config: TrainingConfig,
    section: FinetuningConfig,
    data: FirstImpressions,
    portraits: PortraitTable,
    embeddings: np.ndarray,
    cache: Path,
    tell: Progress,
) -> tuple[dict[str, Tensor], np.ndarray]:
    """The CNN tuned on all training clips, and outputs (N, 5) that no clip's own CNN made."""
    clip_of = {c.name: c for c in data.clips}
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(portraits.valid):
        rows.setdefault(str(portraits.clips[row]), []).append(int(row))
    chosen = [clip_of[name] for name in rows if clip_of[name].source_split == config.train]
    fold = source_folds([c.source for c in chosen], section.folds)
    jobs = [(chosen, "all")] + [
        ([c for c, f in zip(chosen, fold, strict=True) if f != k], f"fold{k}")
        for k in range(section.folds)
    ]

    tell("tuned CNNs", 0, len(jobs))
    states = []
    for state in Parallel(n_jobs=2, return_as="generator")(
        delayed(_tuned)(config.seed, section, portraits, embeddings, clips, rows, part, cache)
        for clips, part in jobs
    ):
        states.append(state)
        tell("tuned CNNs", len(states), len(jobs))
    encoders = [TunedEncoder(state, section.input_px) for state in states]
    fold_of = {c.name: int(k) for c, k in zip(chosen, fold, strict=True)}
    reader = np.array([fold_of.get(str(name), -1) + 1 for name in portraits.clips])
    said = "|".join([e.version for e in encoders] + [str(reader.tolist())])
    path = cache / "cnn" / f"outputs-{hashlib.sha256(said.encode()).hexdigest()[:16]}.npy"
    if path.is_file():
        return dict(states[0]), np.load(path)
    outputs = np.zeros((len(reader), len(TRAITS)), dtype=np.float32)
    for place, encoder in enumerate(encoders):
        mine = np.flatnonzero(portraits.valid & (reader == place))
        outputs[mine] = encoder.outputs(np.asarray(portraits.crops[mine]))
        tell("tuned CNN outputs", place + 1, len(encoders))
    np.save(path, outputs)
    return dict(states[0]), outputs


def _tuned(
    seed: int,
    section: FinetuningConfig,
    portraits: PortraitTable,
    embeddings: np.ndarray,
    clips: list[Clip],
    rows: dict[str, list[int]],
    part: str,
    cache: Path,
) -> dict[str, Tensor]:
    said = f"{seed}|{section}|{part}|{sorted(c.name for c in clips)}"
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    path = cache / "cnn" / f"{LiteEncoder().version}-{digest}.safetensors"
    if not path.is_file():
        torch.set_num_threads(1)  # several of these run side by side
        state = finetune(
            portraits.crops,
            [np.array(rows[c.name]) for c in clips],
            np.stack([c.targets for c in clips]),
            embeddings,
            section,
            seed=seed,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half precision is what ships, so it is what everything after this is trained on.
        half = {k: v.half() if v.is_floating_point() else v for k, v in state.items()}
        save_file({k: v.contiguous() for k, v in half.items()}, path)
    return load_file(path)
