"""Speed of training HireNet against plain loops: `python -m tests.bench_training`, in `make bench`.

One epoch as the loop trains it (Lightning, batches of similar length, no padding inside the
encoder) against the same network, losses, optimiser and batch size written plainly: a loop over
answers, each padded to the longest of the data set, through torch.nn.GRU. Two such loops: one
answer after the other, and, harder to beat, the first answers of all interviews of a batch
together, then their second ones, and so on. Runs alternate; medians of interviews a second are
printed.

The interviews are made up: 3 to 7 answers of 5 to 600 words, 90 in the middle (log-normal), 50
numbers a word.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import lightning
import numpy as np
import torch
from torch import Tensor

from hirenet_sales.data.interview_set import TRAIT_TARGETS
from hirenet_sales.models.hirenet_family import HireNetOptions
from hirenet_sales.networks.batch import Example, Shape
from hirenet_sales.networks.hirenet import HireNet
from hirenet_sales.networks.single import SingleHireNet
from hirenet_sales.training.interviews import InterviewTask
from hirenet_sales.training.objective import Objective
from hirenet_sales.training.options import Losses
from hirenet_sales.training.trainer import StepModule

STREAM, WIDTH = "text", 50
BATCH = 32
ANSWERS = (3, 7)
WORDS_MIDDLE, WORDS_SPREAD, WORDS_ENDS = 90, 0.7, (5, 600)
GOAL = 5.0
SHAPE = Shape({STREAM: WIDTH}, WIDTH)
OPTIONS = HireNetOptions(epochs=1, batch=BATCH, loggers=())


@dataclass(frozen=True)
class Speed:
    """Interviews a second, of wall time and of processor time."""

    wall: float
    processor: float


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench_training", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each kind (default 3)")
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", module=r"lightning\..*")
    print_speed(parser.parse_args().runs)


def print_speed(runs: int) -> None:
    """Alternate the three ways of training and print interviews a second and ratios."""
    rng = np.random.default_rng(0)
    many = [_interview(rng) for _ in range(3 * BATCH)]
    longest = max(len(x) for e in many for x in e.streams[STREAM])
    kinds: dict[str, Callable[[], Speed]] = {
        "ours": lambda: ours(many),
        "answers of a batch together": lambda: plain(many[:BATCH], together, longest),
        "one answer after the other": lambda: plain(many[: BATCH // 8], one_by_one, longest),
    }
    for speed in kinds.values():
        speed()  # what is only slow the first time
    speeds: dict[str, list[Speed]] = {name: [] for name in kinds}
    for _ in range(runs):
        for name, speed in kinds.items():
            speeds[name].append(speed())
    print(
        f"training: {median(s.wall for s in speeds['ours']):.0f} interviews/s in "
        f"{torch.get_num_threads()} threads on {os.cpu_count()} cores ({len(many)} interviews, "
        f"answers up to {longest} words)"
    )
    for name in list(kinds)[1:]:
        pairs = list(zip(speeds["ours"], speeds[name], strict=True))
        ratios = [a.wall / b.wall for a, b in pairs]
        print(
            f"training against a plain loop, {name}: {median(ratios):.1f} x ({min(ratios):.1f} to "
            f"{max(ratios):.1f}), goal at least {GOAL:.0f} x; in processor time "
            f"{median(a.processor / b.processor for a, b in pairs):.1f} x; the loop: "
            f"{median(s.wall for s in speeds[name]):.1f} interviews/s"
        )


def _interview(rng: np.random.Generator) -> Example:
    count = int(rng.integers(ANSWERS[0], ANSWERS[1] + 1))
    lengths = rng.lognormal(np.log(WORDS_MIDDLE), WORDS_SPREAD, count)

    def words(length: float) -> np.ndarray:
        return rng.normal(size=(int(length), WIDTH)).astype(np.float32)

    return Example(
        {STREAM: [words(length) for length in np.clip(lengths, *WORDS_ENDS)]},
        [words(rng.integers(4, 14)) for _ in range(count)],
        words(rng.integers(1, 5)),
        rng.uniform(size=len(TRAIT_TARGETS)),
    )


def _module(examples: Sequence[Example]) -> StepModule:
    torch.manual_seed(0)
    net = SingleHireNet(STREAM, OPTIONS.config(SHAPE, STREAM, len(TRAIT_TARGETS)))
    objective = Objective(TRAIT_TARGETS, OPTIONS.absolute_loss)
    task = InterviewTask(
        examples,
        (),
        shape=SHAPE,
        objective=objective,
        options=OPTIONS,
        losses=Losses(),
        seed=0,
    )
    return StepModule(net, task)


class _Clock(lightning.Callback):
    """Speed of the epoch, without what Lightning does before and after."""

    def on_train_epoch_start(self, *_: Any) -> None:
        self.began = _now()

    def on_train_epoch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        self.speed = _speed(len(trainer.train_dataloader.dataset), self.began)


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _speed(interviews: int, began: tuple[float, float]) -> Speed:
    wall, processor = (end - begin for end, begin in zip(_now(), began, strict=True))
    return Speed(interviews / wall, interviews / processor)


def ours(examples: Sequence[Example]) -> Speed:
    """Interviews a second of one epoch."""
    module, clock = _module(examples), _Clock()
    trainer = lightning.Trainer(
        max_epochs=1,
        accelerator="cpu",
        gradient_clip_val=OPTIONS.clip,
        callbacks=[clock],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    trainer.fit(module, module.task.batches())
    return clock.speed


def plain(
    examples: Sequence[Example], forward: Callable[[HireNet, Sequence[Example], int], Tensor],
    longest: int,
) -> Speed:  # fmt: skip
    """Interviews a second of one plain step."""
    module = _module(examples).train()
    optimizer = torch.optim.AdamW(module.net.parameters(), OPTIONS.learning_rate)
    began = _now()
    logits = forward(module.net.net, examples, longest)
    targets = torch.from_numpy(np.stack([e.targets for e in examples])).float()
    loss = module.parts["objective"](logits, targets, torch.ones(len(examples), dtype=torch.bool))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(module.net.parameters(), OPTIONS.clip)
    optimizer.step()
    return _speed(len(examples), began)


def one_by_one(net: HireNet, examples: Sequence[Example], longest: int) -> Tensor:
    """Logits (B, K): every answer of every interview by itself."""
    logits = []
    for example in examples:
        answers = [
            _answer(net, [x], [question], longest)
            for x, question in zip(example.streams[STREAM], example.questions, strict=True)
        ]
        logits.append(_interviews(net, torch.stack(answers, 1), [example]))
    return torch.cat(logits)


def together(net: HireNet, examples: Sequence[Example], longest: int) -> Tensor:
    """Logits (B, K): the k-th answers of all interviews at once; one that lacks is all padding."""
    nothing = np.zeros((0, WIDTH), np.float32)
    answers = []
    for k in range(max(len(e.questions) for e in examples)):
        there = [k < len(e.questions) for e in examples]
        rows = zip(examples, there, strict=True)
        x = [(e.streams[STREAM][k], e.questions[k]) if t else (nothing, nothing) for e, t in rows]
        answers.append(_answer(net, [a for a, _ in x], [q for _, q in x], longest))
    return _interviews(net, torch.stack(answers, 1), examples)


def _answer(
    net: HireNet, answers: Sequence[np.ndarray], questions: Sequence[np.ndarray], longest: int
) -> Tensor:
    """[q_i ; a_i] (N, C + 2H) of N answers."""
    values, valid = _padded(answers, longest)
    h = net.dropout(net.answer.recurrent(net.project(values))[0])
    words, known = _padded(questions, max(len(q) for q in questions))
    last = known.sum(1).clamp_min(1) - 1
    q = net.question.recurrent(words)[0][torch.arange(len(words)), last]
    pooled, _ = net.over_steps(h, valid, q)
    return torch.cat([q, pooled], -1)


def _interviews(net: HireNet, v: Tensor, examples: Sequence[Example]) -> Tensor:
    g = net.dropout(net.interview.recurrent(v)[0])
    counts = torch.tensor([len(e.questions) for e in examples])
    valid = torch.arange(v.shape[1]) < counts[:, None]
    words, known = _padded([e.job for e in examples], max(len(e.job) for e in examples))
    assert net.job is not None
    j = net.job.recurrent(words)[0][torch.arange(len(words)), known.sum(1).clamp_min(1) - 1]
    z, _ = net.over_answers(g, valid, j)
    return net.head(z)


def _padded(rows: Sequence[np.ndarray], longest: int) -> tuple[Tensor, Tensor]:
    values = torch.zeros(len(rows), longest, WIDTH)
    valid = torch.zeros(len(rows), longest, dtype=torch.bool)
    for k, x in enumerate(rows):
        values[k, : len(x)] = torch.from_numpy(x)
        valid[k, : len(x)] = True
    return values, valid


if __name__ == "__main__":
    main()
