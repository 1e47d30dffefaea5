"""Training of every network: stage after stage, with exact resume.

At the end of every epoch all that training needs is saved: weights, optimiser, schedule, and what
early stopping has seen. Everything random (order, dropout, hidden streams) follows from the seed
and the number of the epoch or of the step. So a run that was broken off at any moment and is
started again repeats the broken epoch exactly and ends with the same numbers, bit for bit, as one
that was not. (On the same machine, with the same number of threads and processes.)
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from hirenet_sales.errors import ConfigError
from hirenet_sales.persist import whole_file, write_json
from hirenet_sales.training.options import MachineOptions
from hirenet_sales.training.task import Task

ARGUMENTS, WEIGHTS, DONE = "arguments.json", "model.safetensors", "done.json"
NET = "net."  # before the names of the network's weights in a checkpoint of Lightning


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
        former = json.loads(path.read_text(encoding="utf-8"))
        if former != json.loads(json.dumps(arguments)):
            differ = [k for k in arguments if former.get(k) != json.loads(json.dumps(arguments[k]))]
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


def train_net(
    net: nn.Module,
    stages: Sequence[Task],
    *,
    options: MachineOptions,
    seed: int,
    folder: Path,
    arguments: dict[str, Any],
) -> None:
    """Train `net`, resume its training, or read a finished fit; it ends on the CPU.

    Parameters
    ----------
    stages : one after the other, each from the weights that the former ended with
    seed : of each step's randomness; the caller has drawn the first weights
    folder : gets arguments.json, model.safetensors and done.json, and the logs
    arguments : JSON values of all that decides the result

    Raises
    ------
    ConfigError
        if the folder holds a fit of other arguments, or the monitor cannot be computed.
    FittingError
        if the loss, or what is monitored, is no finite number.
    """
    if is_done(folder, arguments):
        net.load_state_dict(load_file(folder / WEIGHTS))
        return
    from hirenet_sales.training.trainer import run_stage  # Lightning is slow to import

    write_json(folder / ARGUMENTS, arguments)
    for number, task in enumerate(stages, 1):
        mark, is_last = "" if number == 1 else f"-{number}", number == len(stages)
        result = folder / (WEIGHTS if is_last else f"stage-{number}.safetensors")
        if is_last or not result.is_file():
            best, last = folder / f"best{mark}.ckpt", folder / f"last{mark}.ckpt"
            what = f"training in {folder.name}"
            if len(stages) > 1:
                what = f"stage {number} of {what}"
            trainer, score = run_stage(net, task, best, last, options=options, seed=seed, what=what)
            if trainer.is_global_zero:
                epoch = _save_weights(net, best if task.monitor else last, result)
                if is_last:
                    done: dict[str, Any] = {"epochs": trainer.current_epoch}
                    if task.monitor:
                        done |= {"best_epoch": epoch, f"validation_{task.monitor}": score}
                    write_json(folder / DONE, done)
                for path in (best, last, *(folder.glob("stage-*.safetensors") if is_last else ())):
                    path.unlink(missing_ok=True)
            trainer.strategy.barrier()
        net.load_state_dict(load_file(result))
    net.cpu()


def _save_weights(net: nn.Module, checkpoint: Path, result: Path) -> int:
    """Save the weights of Lightning's checkpoint without pickle; the epoch they are of, from 1."""
    saved = torch.load(checkpoint, map_location="cpu", weights_only=True)
    weights = saved["state_dict"].items()
    net.load_state_dict({k.removeprefix(NET): v for k, v in weights if k.startswith(NET)})
    with whole_file(result) as part:
        save_file({k: v.cpu().contiguous() for k, v in net.state_dict().items()}, part)
    return int(saved["epoch"]) + 1
