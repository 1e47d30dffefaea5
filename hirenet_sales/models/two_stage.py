"""CR-Net's two stages of training on Lightning, with exact resume.

Each stage keeps its state at the end of every epoch. The order of the clips and their frames follow
from the seed, the stage and the number of the epoch, so a run that was broken off repeats the
broken epoch and ends with the same numbers as one that was not (on one machine, with one thread).
The last epoch counts: nothing is chosen on held-out clips.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler

from hirenet_sales.errors import ConfigError
from hirenet_sales.models.clip_inputs import ClipInputs
from hirenet_sales.models.final_regressor import FUSION_WEIGHTS, fuse_features
from hirenet_sales.networks.crnet import CrReading
from hirenet_sales.persist import whole_file, write_whole
from hirenet_sales.training.crnet_training import (
    Stage,
    TwoStageConfig,
    stage_optimizer,
    staged_loss,
)
from hirenet_sales.training.finite_loss import FiniteLoss
from hirenet_sales.training.trainer import keep_ignoring_sigprof

ARGUMENTS = "arguments.json"
READING = 64  # clips read at once, where nothing is learnt


class _Rows(Dataset):
    def __init__(self, rows: np.ndarray) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: int) -> int:
        return int(self.rows[place])


class _Order(Sampler[int]):
    """An order that the seed, the stage and the epoch decide."""

    def __init__(self, count: int, seed: Sequence[int]) -> None:
        self.count, self.seed, self.epoch = count, list(seed), 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls it before every epoch."""
        self.epoch = epoch

    def random(self, *further: int) -> np.random.Generator:
        return np.random.default_rng([*self.seed, self.epoch, *further])

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        yield from self.random().permutation(self.count).tolist()


class _Stage(lightning.LightningModule):
    def __init__(self, net: nn.Module, config: TwoStageConfig, stage: Stage) -> None:
        super().__init__()
        self.net, self.config, self.stage = net, config, stage

    def training_step(self, batch: tuple[tuple[Tensor, ...], Tensor], _: int) -> Tensor:
        inputs, labels = batch
        reading: CrReading = self.net(*inputs)
        return staged_loss(reading, labels, self.config, self.stage, self.current_epoch)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        optimizer, schedule = stage_optimizer(self.net.parameters(), self.config, self.stage)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "epoch"},
        }


@dataclass(frozen=True, eq=False)
class ClipReading:
    """What a network says of N clips.

    Attributes
    ----------
    estimates : (N, P), on the labels' scale; NaN where a clip has nothing that it reads
    features : (N, P, D); zeros there
    there : bool (N,)
    """

    estimates: np.ndarray
    features: np.ndarray
    there: np.ndarray


def fit_two_stage(
    net: nn.Module,
    inputs: ClipInputs,
    labels: np.ndarray,
    rows: np.ndarray,
    stages: Mapping[Stage, TwoStageConfig],
    *,
    seed: int,
    folder: Path,
    arguments: dict[str, Any],
) -> None:
    """Train `net`, or go on with it, or read what a finished fit left.

    Parameters
    ----------
    labels : (N, P) on [0, 1], of all clips of `inputs`; NaN = unknown
    rows : clips to learn from; those that lack what the network reads are left out
    stages : how each stage is trained, in order; a network without classes has stage 2 alone
    seed : of the order of clips and their frames; the caller has drawn the first weights
    folder : gets arguments.json, and stage1.safetensors and stage2.safetensors
    arguments : JSON values of all that decides the result

    Raises
    ------
    ConfigError
        if the folder holds a fit of other arguments, or no clip is left to learn from.
    """
    known = rows[inputs.there[rows]]
    if not len(known):
        raise ConfigError(f"none of {len(rows)} clips has what the network reads")
    _same_arguments(folder, arguments)
    for stage, config in stages.items():
        done = folder / f"stage{stage}.safetensors"
        if not done.is_file():
            _run_stage(net, inputs, labels, known, config, stage, seed, folder)
            with whole_file(done) as part:
                save_file({k: v.contiguous() for k, v in net.state_dict().items()}, part)
            (folder / f"stage{stage}.ckpt").unlink(missing_ok=True)
        net.load_state_dict(load_file(done))


def read_clips(net: nn.Module, inputs: ClipInputs, rows: np.ndarray) -> ClipReading:
    """What a network says of clips, in the order of `rows`."""
    there = inputs.there[rows]
    estimates: list[np.ndarray] = []
    features: list[np.ndarray] = []
    net.eval()
    with torch.inference_mode():
        for begin in range(0, len(rows), READING):
            reading: CrReading = net(*inputs.reading(rows[begin : begin + READING]))
            estimates.append(reading.estimates.float().numpy())
            features.append(reading.features.float().numpy())
    said = np.concatenate(estimates).astype(float)
    said[~there] = np.nan
    known = np.concatenate(features)
    known[~there] = 0.0
    return ClipReading(said, known, there)


def fuse_readings(
    readings: Mapping[str, ClipReading], weights: Mapping[str, float] = FUSION_WEIGHTS
) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, P, D) of some branches as one, and which clips have any of them, bool (N,)."""
    if len(readings) == 1:
        [reading] = readings.values()
        return reading.features, reading.there
    valid = {branch: reading.there for branch, reading in readings.items()}
    features = {branch: reading.features for branch, reading in readings.items()}
    fused = fuse_features(features, valid=valid, weights=weights)
    return fused, np.any(list(valid.values()), axis=0)


def _run_stage(
    net: nn.Module,
    inputs: ClipInputs,
    labels: np.ndarray,
    rows: np.ndarray,
    config: TwoStageConfig,
    stage: Stage,
    seed: int,
    folder: Path,
) -> None:
    order = _Order(len(rows), [seed, stage])

    def batch(of: list[int]) -> tuple[tuple[Tensor, ...], Tensor]:
        chosen = np.array(of)
        drawn = inputs.training(chosen, order.random(1 + int(chosen[0])))
        return drawn, torch.from_numpy(labels[chosen]).float()

    loader = DataLoader(
        _Rows(rows),
        config.batch,
        sampler=order,
        collate_fn=batch,
        drop_last=len(rows) > config.batch,  # a rest of one clip has no variance for batch norm
    )
    keep = ModelCheckpoint(
        folder,
        f"stage{stage}",
        save_on_train_epoch_end=True,  # after the epoch is counted, so that none is repeated
        enable_version_counter=False,
    )
    last = folder / f"stage{stage}.ckpt"
    with _quiet():
        trainer = lightning.Trainer(
            max_epochs=config.epochs(stage),
            accelerator="auto",
            devices=1,
            callbacks=[FiniteLoss(f"stage {stage} of training in {folder.name}"), keep],
            logger=False,
            use_distributed_sampler=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        keep_ignoring_sigprof()
        trainer.fit(
            _Stage(net.train(), config, stage),
            loader,
            ckpt_path=last if last.is_file() else None,
            weights_only=True,
        )
    net.cpu()


def _same_arguments(folder: Path, arguments: dict[str, Any]) -> None:
    path = folder / ARGUMENTS
    content = json.dumps(arguments, indent=2) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") != content:
        raise ConfigError(
            f"{folder}: holds a fit of other arguments; give another folder, or delete this one"
        )
    write_whole(path, content)


@contextmanager
def _quiet() -> Iterator[None]:
    """No advice from Lightning in the log of every cell."""
    log = logging.getLogger("lightning.pytorch")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\.(pytorch|fabric)\..*")
            yield
    finally:
        log.setLevel(level)
