"""Training of a network on Lightning, with exact resume.

At the end of every epoch all that training needs is saved: weights, optimiser, schedule, and what
early stopping has seen. Everything random (order, dropout, hidden streams) follows from the seed
and the number of the epoch or of the step. So a run that was broken off at any moment and is
started again repeats the broken epoch exactly and ends with the same numbers, bit for bit, as one
that was not. (On the same machine, with the same number of threads and processes.)
"""

from __future__ import annotations

import json
import logging
import math
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchmetrics.classification import BinaryF1Score

from hirenet_sales.errors import ConfigError
from hirenet_sales.networks.batch import READING, Example, InterviewBatch, Shape
from hirenet_sales.networks.fusion import FusedReading
from hirenet_sales.training.batches import Interviews, SimilarLength
from hirenet_sales.training.finetuning import keep_ignoring_sigprof
from hirenet_sales.training.finite_loss import FiniteLoss
from hirenet_sales.training.objective import Objective
from hirenet_sales.training.options import FittingOptions, Losses, TrainingOptions

ARGUMENTS, WEIGHTS, DONE = "arguments.json", "model.safetensors", "done.json"
BEST, LAST = "best", "last"


class Fitting(lightning.LightningModule):
    """One training run."""

    def __init__(
        self, net: nn.Module, objective: Objective, options: FittingOptions, losses: Losses,
        seed: int,
    ) -> None:  # fmt: skip
        super().__init__()
        self.net, self.objective, self.options, self.losses = net, objective, options, losses
        self.seed = seed
        self.f1 = BinaryF1Score()

    def training_step(self, batch: InterviewBatch, _: int) -> Tensor:
        batch = batch.with_stream_dropout(self.losses.stream_dropout)
        reading: FusedReading = self.net(batch)
        loss = self._loss(reading.logits, reading.answer_logits, reading.valid, batch)
        for stream in reading.streams.values() if self.losses.stream_loss else ():
            own = self._loss(stream.logits, stream.answer_logits, stream.valid, batch, stream=True)
            loss = loss + self.losses.stream_loss * own
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.answers_valid))
        return loss

    def validation_step(self, batch: InterviewBatch, _: int) -> None:
        reading: FusedReading = self.net(batch)
        logits, targets, there = self._counted(reading, batch)
        known = ~targets.isnan() & there.unsqueeze(-1)
        count = int(known.sum())
        if not count:
            return
        loss = self.objective(logits, targets, there)
        error = (logits.sigmoid() - targets)[known].abs().mean()
        self.log("validation_loss", loss, batch_size=count, prog_bar=True)
        self.log("validation_mae", error, batch_size=count, prog_bar=True)
        binary = known & self.objective.binary
        if binary.any():
            self.f1.update(logits[binary].sigmoid(), targets[binary].long())
            self.log("validation_f1", self.f1, on_epoch=True)

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        o = self.options
        optimizer = torch.optim.AdamW(
            self.net.parameters(), o.learning_rate, weight_decay=o.weight_decay
        )
        steps = int(self.trainer.estimated_stepping_batches) + 1
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, o.learning_rate, total_steps=steps, pct_start=0.15
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def _loss(
        self, logits: Tensor, answers: Tensor, valid: Tensor, batch: InterviewBatch, *,
        stream: bool = False,
    ) -> Tensor:  # fmt: skip
        assert batch.targets is not None
        targets = batch.answer_targets
        if self.losses.per_answer:
            if targets is None:
                targets = batch.targets.unsqueeze(1).expand_as(answers)
            return self.objective(answers, targets, valid)
        whole = self.objective(logits, batch.targets, valid.any(-1))
        if targets is None:
            return whole
        by_answer = self.objective(answers, targets, valid)
        return by_answer if stream else by_answer + self.options.interview_loss * whole

    def _counted(
        self, reading: FusedReading, batch: InterviewBatch
    ) -> tuple[Tensor, Tensor, Tensor]:
        assert batch.targets is not None
        if self.losses.by_answer and batch.answer_targets is not None:
            return reading.answer_logits, batch.answer_targets, reading.valid
        return reading.logits, batch.targets, reading.valid.any(-1)


class _Seeds(Callback):
    """What is random in a step (dropout, hidden streams) follows from its number.

    Not from the epoch's: how many numbers are drawn before its first step differs between a run
    that goes on and one that never stopped.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        place = trainer.global_step * trainer.world_size + trainer.global_rank
        torch.manual_seed(self.seed * 1_000_003 + place)


class _Stop(EarlyStopping):
    """Early stopping that also ends a run which had stopped when it was broken off."""

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True


def is_done(folder: Path, arguments: dict[str, Any]) -> bool:
    """Whether `folder` holds a finished fit of these arguments.

    Raises
    ------
    ConfigError
        if it holds a fit, finished or not, of other arguments, or one that learnt nothing because
        its loss was not finite.
    """
    path = folder / ARGUMENTS
    if path.is_file():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found != json.loads(json.dumps(arguments)):
            differ = [k for k in arguments if found.get(k) != json.loads(json.dumps(arguments[k]))]
            raise ConfigError(
                f"{folder}: holds a fit of another {', '.join(differ) or 'version'}; give another "
                "folder, or delete this one"
            )
    if not path.is_file() or not (folder / DONE).is_file():
        return False
    done = json.loads((folder / DONE).read_text(encoding="utf-8"))
    numbers = [value for value in done.values() if isinstance(value, float)]
    if not all(map(math.isfinite, numbers)):
        raise ConfigError(
            f"{folder}: holds a fit whose loss was no finite number; delete it, and train again"
        )
    return True


def fit_net(
    net: nn.Module,
    train: Sequence[Example],
    validation: Sequence[Example],
    *,
    shape: Shape,
    objective: Objective,
    options: FittingOptions,
    losses: Losses,
    seed: int,
    folder: Path,
    arguments: dict[str, Any],
) -> None:
    """Train `net`, or go on with it, or read what a finished fit left.

    Parameters
    ----------
    folder : gets arguments.json, model.safetensors and done.json, and the logs
    arguments : JSON values of all that decides the result

    Raises
    ------
    ConfigError
        if the folder holds a fit of other arguments, or the monitor cannot be computed.
    FittingError
        if the loss is no finite number.
    """
    if is_done(folder, arguments):
        net.load_state_dict(load_file(folder / WEIGHTS))
        return
    module = Fitting(net, objective, options, losses, seed)
    interviews = Interviews(train, seed if options.vary else None)
    loader = DataLoader(
        interviews,
        options.batch,
        sampler=SimilarLength(interviews, options.batch, seed),
        collate_fn=shape.batch,
    )
    held_out = DataLoader(Interviews(validation), READING, collate_fn=shape.batch)
    train_module(
        module,
        loader,
        held_out,
        monitor=f"validation_{options.monitor}",
        options=options,
        folder=folder,
        arguments=arguments,
    )


def train_module(
    module: lightning.LightningModule,
    loader: DataLoader,
    held_out: DataLoader,
    *,
    monitor: str,
    options: TrainingOptions,
    folder: Path,
    arguments: dict[str, Any],
) -> None:
    """Train `module.net`, or go on with it; it ends as it was at the best epoch, on the CPU.

    Parameters
    ----------
    module : its `seed` decides what is random in each step
    loader : its sampler gives each process its share and is told the epoch
    monitor : what the module logs of the held-out part and the best epoch is chosen by; the
        smallest, of F1 the largest
    folder, arguments : as `fit_net` takes them; nothing finished lies there

    Raises
    ------
    FittingError
        if the loss, or what is monitored, is no finite number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_record(folder / ARGUMENTS, arguments)
    mode = "max" if monitor.endswith("f1") else "min"
    keep = ModelCheckpoint(
        folder,
        BEST,
        monitor=monitor,
        mode=mode,
        save_on_train_epoch_end=True,  # after the epoch is counted, so that none is repeated
        enable_version_counter=False,
    )
    # One more, since `save_last` saves nothing after an epoch that was not the best. It stands
    # behind the other and so saves what that has seen, too.
    go_on = ModelCheckpoint(
        folder, LAST, save_on_train_epoch_end=True, enable_version_counter=False
    )
    stop = _Stop(monitor, patience=options.patience, mode=mode)
    finite = FiniteLoss(f"training in {folder.name}", monitor)  # before early stopping sees it
    callbacks: list[Callback] = [_Seeds(cast(int, module.seed)), finite, stop, keep, go_on]
    with _quiet():
        trainer = lightning.Trainer(
            max_epochs=options.epochs,
            accelerator=options.accelerator,
            devices=options.devices,
            num_nodes=options.num_nodes,
            strategy=options.strategy,
            precision=cast(Any, options.precision),
            gradient_clip_val=options.clip,
            callbacks=callbacks,
            logger=_loggers(options, folder),
            deterministic="warn",
            use_distributed_sampler=False,  # our samplers give each process its share
            enable_progress_bar=options.progress and sys.stdout.isatty(),
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        keep_ignoring_sigprof()
        last = folder / f"{LAST}.ckpt"
        trainer.fit(
            module, loader, held_out, ckpt_path=last if last.is_file() else None, weights_only=True
        )
    if trainer.is_global_zero:
        _finish(module, keep, folder)
    trainer.strategy.barrier()
    net = cast(nn.Module, module.net)
    net.load_state_dict(load_file(folder / WEIGHTS))
    net.cpu()


def _finish(module: lightning.LightningModule, keep: ModelCheckpoint, folder: Path) -> None:
    """Keep the best weights without pickle, say that the fit is done, delete the rest."""
    saved = torch.load(folder / f"{BEST}.ckpt", map_location="cpu", weights_only=True)
    module.load_state_dict(saved["state_dict"])
    state = {k: v.cpu().contiguous() for k, v in cast(nn.Module, module.net).state_dict().items()}
    save_file(state, folder / WEIGHTS)
    best = keep.best_model_score
    assert best is not None
    write_record(
        folder / DONE,
        {
            "epochs": module.trainer.current_epoch,
            "best_epoch": saved["epoch"] + 1,
            str(keep.monitor): float(best),
        },
    )
    for name in (BEST, LAST):
        (folder / f"{name}.ckpt").unlink(missing_ok=True)


def write_record(path: Path, content: dict[str, Any]) -> None:
    """Write JSON, whole or not at all."""
    part = path.with_suffix(".part")  # an interrupt leaves no half file under the final name
    text = json.dumps(content, indent=2, allow_nan=False)
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


def _loggers(options: TrainingOptions, folder: Path) -> list[Logger]:
    made: list[Logger] = []
    if "csv" in options.loggers:
        made.append(CSVLogger(folder, name="log"))  # one version for each start
    if "tensorboard" in options.loggers:
        made.append(TensorBoardLogger(folder, name="tensorboard", version=""))
    return made


@contextmanager
def _quiet() -> Iterator[None]:
    """No advice from Lightning, and global switches as they were before."""
    log = logging.getLogger("lightning.pytorch")
    level, strict = log.level, torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    log.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"lightning\.(pytorch|fabric)\..*")
            yield
    finally:
        log.setLevel(level)
        torch.use_deterministic_algorithms(strict, warn_only=warn_only)
