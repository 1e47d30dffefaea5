"""A training stops, in words, as soon as its loss is no finite number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import Callback

from hirenet_sales.errors import FittingError


class FiniteLoss(Callback):
    """Without it early stopping ends such a run as if it had learnt all that there was.

    Parameters
    ----------
    what : is trained, as a message calls it
    monitor : what is watched of the held-out part besides, "" = nothing
    """

    def __init__(self, what: str, monitor: str = "") -> None:
        self.what, self.monitor = what, monitor

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Look at the loss of every step.

        Raises
        ------
        FittingError
            if it is not finite.
        """
        loss = outputs["loss"] if isinstance(outputs, Mapping) else outputs
        if loss is not None and not bool(torch.isfinite(loss)):
            raise self._error("loss", float(loss), f"step {batch_idx + 1} of ", trainer)

    def on_validation_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Look at what was measured of the held-out part.

        Raises
        ------
        FittingError
            if it is not finite.
        """
        value = trainer.callback_metrics.get(self.monitor)
        if value is not None and not bool(torch.isfinite(value)):
            raise self._error(self.monitor.replace("_", " "), float(value), "", trainer)

    def _error(
        self, name: str, value: float, step: str, trainer: lightning.Trainer
    ) -> FittingError:
        return FittingError(
            f"{self.what}: the {name} is {value} in {step}epoch {trainer.current_epoch + 1}, so "
            "nothing more can be learnt; lower learning_rate, or look for extreme values in the "
            "features"
        )
