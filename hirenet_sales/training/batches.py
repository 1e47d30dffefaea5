"""Training batches: interviews of similar length together, in an order that (seed, epoch) decides.

Everything random about an epoch's data follows from the seed and the number of the epoch alone, so
an epoch that was broken off is repeated exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch.distributed
from torch.utils.data import Dataset, Sampler

from hirenet_sales.networks.batch import Example, longest

SINGLE_SHARE = 0.5  # of the interviews, in training, keep a random part of their answers
JOIN_SHARE = 0.3  # of the borders between answers, in training, disappear
POOL = 16  # batches among which interviews of similar length are looked for


class EpochData(Dataset[Any]):
    """Samples that may vary with the number of the epoch, `epoch`, from 0."""

    epoch = 0

    def __len__(self) -> int:
        raise NotImplementedError


class Order(Sampler[int]):
    """An order that seeds and the epoch decide; with several processes each takes its share.

    Parameters
    ----------
    data : samples; its `epoch` is set, too
    """

    def __init__(self, data: EpochData, *seeds: int) -> None:
        self.data, self.seeds = data, seeds

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls it before every epoch."""
        self.data.epoch = epoch

    def __len__(self) -> int:
        return -(-len(self.data) // _world()[1])

    def __iter__(self) -> Iterator[int]:
        rank, world = _world()
        order = np.random.default_rng([*self.seeds, self.data.epoch]).permutation(len(self.data))
        yield from np.resize(order, len(self) * world)[rank::world].tolist()


class Interviews(EpochData):
    """Interviews; with `varied`, each epoch sees other parts of them.

    Parameters
    ----------
    varied : seed of the variation, or None. Only interviews with labels for each answer are varied:
        half keep a random part of their answers, and some neighbouring answers are joined to one
        (see `vary`), so that a model meets short and long interviews and answers.
    """

    def __init__(self, examples: Sequence[Example], varied: int | None = None) -> None:
        self.examples, self.varied = examples, varied

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Example:
        example = self.examples[index]
        if self.varied is None or example.answer_targets is None:
            return example
        rng = np.random.default_rng([self.varied, self.epoch, index])
        return _joined(example, vary([[i] for i in range(len(example.questions))], rng))


def _joined(example: Example, answers: Sequence[Sequence[int]]) -> Example:
    labels = example.answer_targets
    assert labels is not None
    used = [i for answer in answers for i in answer]
    streams = {
        name: [np.concatenate([rows[i] for i in answer]) for answer in answers]
        for name, rows in example.streams.items()
    }
    return replace(
        example,
        streams=streams,
        questions=[example.questions[answer[0]] for answer in answers],
        targets=labels[used].mean(0),
        answer_targets=np.stack([labels[list(answer)].mean(0) for answer in answers]),
    )


def vary(answers: Sequence[Sequence[int]], rng: np.random.Generator) -> list[list[int]]:
    """A random part of the answers, in order, with some neighbours joined to one."""
    rows = [i for answer in answers for i in answer]
    if len(rows) > 1 and rng.random() < SINGLE_SHARE:
        part = rng.choice(len(rows), rng.integers(1, len(rows) + 1), replace=False)
        rows = [rows[k] for k in sorted(part)]
    joined: list[list[int]] = [[rows[0]]]
    for row in rows[1:]:
        if rng.random() < JOIN_SHARE:
            joined[-1].append(row)
        else:
            joined.append([row])
    return joined


class SimilarLength(Order):
    """An order in which every run of `batch` interviews is of similar length.

    Interviews are shuffled and cut into pools; within a pool they are sorted by length and cut into
    batches; the batches of all pools are shuffled, the one that is not full last. With several
    processes each takes its share of every run.

    Parameters
    ----------
    interviews : samples; its `epoch` is set, too
    batch : interviews in a batch of one process
    seed : of the order; each epoch has its own
    """

    def __init__(self, interviews: Interviews, batch: int, seed: int) -> None:
        super().__init__(interviews, seed)
        self.batch = batch
        self.lengths = np.array([longest(example) for example in interviews.examples])

    def __iter__(self) -> Iterator[int]:
        rank, world = _world()
        rng = np.random.default_rng([*self.seeds, self.data.epoch])
        size = self.batch * world
        order = rng.permutation(len(self.lengths))
        batches: list[np.ndarray] = []
        for begin in range(0, len(order), POOL * size):
            pool = order[begin : begin + POOL * size]
            pool = pool[np.argsort(self.lengths[pool], kind="stable")]
            batches += [pool[k : k + size] for k in range(0, len(pool), size)]
        full = [b for b in batches if len(b) == size]
        rest = [b for b in batches if len(b) < size]
        mixed = np.concatenate([*(full[k] for k in rng.permutation(len(full))), *rest])
        mixed = np.resize(mixed, len(self) * world)  # so that all processes have as many
        yield from mixed[rank::world].tolist()


def _world() -> tuple[int, int]:
    """Number of the process that asks, and how many there are."""
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return 0, 1
    return torch.distributed.get_rank(), torch.distributed.get_world_size()
