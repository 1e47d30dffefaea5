"""The one Lightning module and the one trainer that every network is trained by.

Only training imports this module: a model in use need not load Lightning.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import lightning
import torch
from lightning.pytorch.callbacks import Callback, EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger
from lightning.pytorch.utilities.types import OptimizerLRScheduler
from torch import Tensor, nn

from hirenet_sales.errors import FittingError
from hirenet_sales.training.options import MachineOptions
from hirenet_sales.training.task import Batch, Task


class StepModule(lightning.LightningModule):
    """A network and its task, as Lightning steps them."""

    def __init__(self, net: nn.Module, task: Task) -> None:
        super().__init__()
        self.net, self.task, self.parts = net, task, nn.ModuleDict(dict(task.parts))

    def training_step(self, batch: Batch, _: int) -> Tensor:
        loss = self.task.loss(self.net, batch, self.current_epoch)
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.targets))
        return loss

    def validation_step(self, batch: Batch, _: int) -> None:
        measured = self.task.measure(self.net, batch)
        for name, value in measured.values.items():
            self.log(f"validation_{name}", value, batch_size=measured.weight, prog_bar=True)

    def configure_optimizers(self) -> OptimizerLRScheduler:
        steps = int(self.trainer.estimated_stepping_batches)
        optimizer, schedule, every = self.task.optimizer(self.net, steps)
        if schedule is None:
            return optimizer
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": every}}


class _Seeds(Callback):
    """The randomness of a step (dropout, hidden streams) follows from its number.

    Not from the epoch's: how many numbers are drawn before its first step differs between a run
    that goes on and one that never stopped.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: Any, batch: Any, batch_idx: int
    ) -> None:
        step = trainer.global_step * trainer.world_size + trainer.global_rank
        torch.manual_seed(self.seed * 1_000_003 + step)


class FiniteLoss(Callback):
    """Ends a training, in words, as soon as its loss is no finite number.

    Without it early stopping ends such a run as if it had learnt all that there was.

    Parameters
    ----------
    what : is trained, as a message calls it
    monitor : measure of the held-out part that is checked as well, "" = none
    """

    def __init__(self, what: str, monitor: str) -> None:
        self.what, self.monitor = what, monitor

    def on_train_batch_end(
        self, trainer: lightning.Trainer, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._check("loss", outputs["loss"], f"step {batch_idx + 1} of ", trainer)

    def on_validation_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        value = trainer.callback_metrics.get(self.monitor)
        if value is not None:
            self._check(self.monitor.replace("_", " "), value, "", trainer)

    def _check(self, name: str, value: Tensor, step: str, trainer: lightning.Trainer) -> None:
        if not bool(torch.isfinite(value)):
            raise FittingError(
                f"{self.what}: the {name} is {float(value)} in {step}epoch "
                f"{trainer.current_epoch + 1}, so nothing more can be learnt; lower "
                "learning_rate, or look for extreme values in the features"
            )


class _Stop(EarlyStopping):
    """Early stopping that also ends a run which had stopped when it was broken off."""

    def on_train_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        if self.wait_count >= self.patience:
            trainer.should_stop = True


def run_stage(
    net: nn.Module,
    task: Task,
    best: Path,
    last: Path,
    *,
    options: MachineOptions,
    seed: int,
    what: str,
) -> tuple[lightning.Trainer, float | None]:
    """Train `net` for a task, from where the stage's last checkpoint ends if there is one.

    Parameters
    ----------
    best, last : checkpoints of the best and the last epoch; they hold the weights that count, `net`
        may have others
    what : is trained, as a message calls it

    Returns
    -------
    the trainer, and the best value of the monitor; None where nothing is monitored.

    Raises
    ------
    FittingError
        if the loss, or what is monitored, is no finite number.
    """
    monitor = f"validation_{task.monitor}" if task.monitor else None
    mode = "max" if task.monitor == "f1" else "min"
    callbacks: list[Callback] = [_Seeds(seed), FiniteLoss(what, monitor or ""), *task.callbacks()]
    best_epoch = None
    if monitor is not None:
        best_epoch = ModelCheckpoint(
            best.parent,
            best.stem,
            monitor=monitor,
            mode=mode,
            save_on_train_epoch_end=True,  # after the epoch is counted, so that none is repeated
            enable_version_counter=False,
        )
        # behind FiniteLoss, which has to see a monitor that is not finite first
        callbacks += [_Stop(monitor, patience=task.patience, mode=mode), best_epoch]
    # One more, since `save_last` saves nothing after an epoch that was not the best. It stands
    # behind the other and so saves what that has seen, too.
    callbacks.append(
        ModelCheckpoint(
            last.parent, last.stem, save_on_train_epoch_end=True, enable_version_counter=False
        )
    )
    with _quiet():
        trainer = lightning.Trainer(
            max_epochs=task.epochs,
            accelerator=options.accelerator,
            devices=options.devices,
            num_nodes=options.num_nodes,
            strategy=_strategy(options, task),
            precision=cast(Any, options.precision),
            gradient_clip_val=task.clip,
            callbacks=callbacks,
            logger=_loggers(options, last.parent),
            deterministic="warn",
            use_distributed_sampler=False,  # our samplers give each process its share
            enable_progress_bar=options.progress and sys.stdout.isatty(),
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        ignore_sigprof()
        handler = signal.getsignal(signal.SIGINT)
        try:
            trainer.fit(
                StepModule(net, task),
                task.batches(),
                task.held_out(),
                ckpt_path=last if last.is_file() else None,
                weights_only=True,
            )
        except SystemExit as error:  # Lightning makes one of an interrupt, without a word
            signal.signal(signal.SIGINT, handler)
            if isinstance(error.__context__, KeyboardInterrupt):
                raise error.__context__ from None
            raise
    score = None if best_epoch is None else best_epoch.best_model_score
    return trainer, None if score is None else float(score)


def ignore_sigprof() -> None:
    """Before Lightning's `fit`: keep SIGPROF ignored, as MediaPipe left it.

    MediaPipe's library ignores SIGPROF without Python's knowledge. Lightning puts back the handlers
    that Python knows of when it ends: the default one, and the next SIGPROF of a face tracker in
    the same process kills it. So Python's own handler ignores it, too.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGPROF, signal.SIG_IGN)


def _strategy(options: MachineOptions, task: Task) -> str:
    several = str(options.devices) != "1" or options.num_nodes > 1
    if task.partial and several and options.strategy in ("auto", "ddp"):
        return "ddp_find_unused_parameters_true"
    return options.strategy


def _loggers(options: MachineOptions, folder: Path) -> list[Logger]:
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
