"""The loop: stages follow each other, the epoch that counts is kept, and resume is exact."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from hirenet_sales.errors import ConfigError
from hirenet_sales.training import loop
from hirenet_sales.training.batches import EpochData, Order
from hirenet_sales.training.options import MachineOptions
from hirenet_sales.training.task import Measured, Optimised, Task, one_cycle

QUIET = MachineOptions(accelerator="cpu", loggers=(), progress=False)
EPOCHS, STEPS = 3, 4


class Interrupt(Exception):
    """A power cut."""


class Terminated(KeyboardInterrupt):
    """What a command makes of SIGTERM."""


class Rows(NamedTuple):
    values: Tensor
    targets: Tensor


class Line(EpochData):
    """Points near a line, with other noise in every epoch."""

    def __len__(self) -> int:
        return 8 * STEPS

    def __getitem__(self, row: int) -> Rows:
        value = np.random.default_rng([self.epoch, row]).uniform(-1, 1, 2).astype(np.float32)
        return Rows(torch.from_numpy(value), torch.tensor(value.sum()))


class Regression(Task):
    """Steps are counted in `steps`; after `limit` of them the power goes."""

    epochs, clip, patience = EPOCHS, 1.0, 2

    def __init__(self, monitor: str, steps: list[int], limit: int) -> None:
        self.monitor, self.steps, self.limit = monitor, steps, limit

    def batches(self) -> DataLoader:
        line = Line()
        return DataLoader(line, 8, sampler=Order(line, 0))

    def held_out(self) -> DataLoader | None:
        return DataLoader(Line(), 8) if self.monitor else None

    def loss(self, net: nn.Module, batch: Rows, epoch: int) -> Tensor:
        if len(self.steps) == self.limit:
            raise Interrupt
        self.steps.append(epoch)
        return (net(batch.values)[:, 0] - batch.targets).square().mean()

    def measure(self, net: nn.Module, batch: Rows) -> Measured:
        error = (net(batch.values)[:, 0] - batch.targets).abs().mean()
        return Measured({"mae": error}, len(batch.targets))

    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        assert steps == EPOCHS * STEPS
        return one_cycle([(list(net.parameters()), 0.05)], 0.0, steps)


def run(folder: Path, monitors: tuple[str, ...] = ("mae",), limit: int = -1) -> list[int]:
    """Train a small network in a stage for each monitor; the epoch of each step."""
    steps: list[int] = []
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.3), nn.Linear(4, 1))
    stages = [Regression(monitor, steps, limit) for monitor in monitors]
    arguments: dict[str, Any] = {"stages": list(monitors)}
    loop.train_net(net, stages, options=QUIET, seed=0, folder=folder, arguments=arguments)
    for name, value in loop.load_file(folder / loop.WEIGHTS).items():
        assert torch.equal(net.state_dict()[name], value)
    return steps


def weights(folder: Path) -> bytes:
    return (folder / loop.WEIGHTS).read_bytes()


@pytest.mark.parametrize("monitors", [("mae",), ("",), ("", ""), ("", "mae")])
def test_broken_off_at_any_step_and_started_again_is_as_if_it_had_not(
    tmp_path: Path, monitors: tuple[str, ...]
) -> None:
    steps = run(tmp_path / "whole", monitors)
    assert steps == [epoch for _ in monitors for epoch in range(EPOCHS) for _ in range(STEPS)]
    for limit in range(2, len(steps), 5):  # at the beginning, within and at the end of an epoch
        folder = tmp_path / str(limit)
        with pytest.raises(Interrupt):
            run(folder, monitors, limit)
        assert not (folder / loop.DONE).exists()
        assert len(run(folder, monitors)) == len(steps) - STEPS * (limit // STEPS)
        assert weights(folder) == weights(tmp_path / "whole")
        done = (folder / loop.DONE).read_text()
        assert done == (tmp_path / "whole" / loop.DONE).read_text()
        left = {path.name for path in folder.iterdir()}
        assert left == {loop.ARGUMENTS, loop.WEIGHTS, loop.DONE}


def test_an_interrupt_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning would end the process with status 1 and without a word."""
    run(tmp_path / "whole")
    handler = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as changed, pytest.raises(Terminated):
        changed.setattr(sys.modules[__name__], "Interrupt", Terminated)
        run(tmp_path / "other", limit=6)
    assert signal.getsignal(signal.SIGINT) is handler
    assert len(run(tmp_path / "other")) == EPOCHS * STEPS - STEPS
    assert weights(tmp_path / "other") == weights(tmp_path / "whole")


def test_a_finished_training_is_read(tmp_path: Path) -> None:
    run(tmp_path)
    assert run(tmp_path, limit=0) == []
    with pytest.raises(ConfigError, match="holds a fit of another stages; give another folder"):
        run(tmp_path, ("",))


def test_the_epoch_that_counts(tmp_path: Path) -> None:
    run(tmp_path / "last", ("",))
    assert json.loads((tmp_path / "last" / loop.DONE).read_text()) == {"epochs": EPOCHS}
    run(tmp_path / "best")
    done = json.loads((tmp_path / "best" / loop.DONE).read_text())
    assert done["epochs"] == EPOCHS and 1 <= done["best_epoch"] <= EPOCHS
    assert 0 < done["validation_mae"] < 1
