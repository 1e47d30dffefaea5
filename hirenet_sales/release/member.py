"""One member of the ensemble: its data, its losses, its training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from extractors.threads import single_torch_thread
from hirenet_sales.data.sets.pseudo_interviews import ClipInputs, example, vary
from hirenet_sales.data.stream_inputs import StreamInput
from hirenet_sales.networks.batch import Example, InterviewBatch, collate
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.networks.hirenet import HireNetConfig
from hirenet_sales.release.config import OptimisationSection, TrainingConfig
from hirenet_sales.training.finite_loss import FiniteLoss
from hirenet_sales.training.trainer import keep_ignoring_sigprof
from hirenet_sales.traits import TRAITS


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
        batch = batch.with_stream_dropout(self.section.stream_dropout)
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


@single_torch_thread()  # several of these run side by side
def train_member(
    config: TrainingConfig,
    inputs: ClipInputs,
    groups: dict[str, list[list[int]]],
    fitted: dict[str, StreamInput],
    seed: int,
    logs: Path,
) -> FusedHireNet:
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
        callbacks=[
            FiniteLoss(f"HireNet of seed {seed}", "validation_loss"),
            best,
            EarlyStopping("validation_loss", patience=section.patience),
        ],
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
