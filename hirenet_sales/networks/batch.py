"""Batches of interviews: padded tensors with their masks, named tuples that Lightning can move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from hirenet_sales.networks.passages import Passage, PassageBatch

INFERENCE_BATCH = 128  # interviews read at once, where nothing is learnt


class StreamBatch(NamedTuple):
    """One stream of a batch: values float (B, Q, T, D), valid bool (B, Q, T).

    match (B, Q, T), of each step with its question, see `matched`; None = unknown.
    copies (B, Q), of masked copies of interviews: answers of the same number are the same, question
    included, and are read once where nothing is learnt; None = no two are.
    """

    values: Tensor
    valid: Tensor
    match: Tensor | None = None
    copies: Tensor | None = None


class Context(NamedTuple):
    """Question and job words of a batch; an unknown text is a row without a valid word.

    questions (B, Q, W, E), questions_valid (B, Q, W), job (B, W, E), job_valid (B, W).
    match (B, Q), of each answer with its question, see `matched`; None = unknown.
    """

    questions: Tensor
    questions_valid: Tensor
    job: Tensor
    job_valid: Tensor
    match: Tensor | None = None


@dataclass(frozen=True)
class Example:
    """One interview as arrays, before padding.

    Attributes
    ----------
    streams : stream name to one (T, D) array an answer; T = 0 where the answer lacks the stream
    questions : one (W, E) array an answer; W = 0 where the question is unknown
    job : (W, E)
    targets : (K,) of the interview, or None
    answer_targets : (Q, K), or None
    passages : one an answer, or none at all
    """

    streams: dict[str, list[np.ndarray]]
    questions: list[np.ndarray]
    job: np.ndarray
    targets: np.ndarray | None = None
    answer_targets: np.ndarray | None = None
    passages: Sequence[Passage] = ()


class InterviewBatch(NamedTuple):
    """A padded batch.

    `answers_valid` bool (B, Q): which answers exist; `passages`: see QuestionMatched.
    """

    streams: dict[str, StreamBatch]
    context: Context
    answers_valid: Tensor
    targets: Tensor | None
    answer_targets: Tensor | None
    passages: PassageBatch | None = None

    def without(self, dropped: dict[str, Tensor]) -> InterviewBatch:
        """The batch with some streams of some answers masked; `dropped` holds bool (B, Q)."""
        streams = {
            name: s._replace(valid=s.valid & ~dropped[name].unsqueeze(-1), copies=None)
            if name in dropped
            else s
            for name, s in self.streams.items()
        }
        return self._replace(streams=streams)

    def with_stream_dropout(self, share: float) -> InterviewBatch:
        """The batch with random streams of answers masked, but never all of an answer.

        An answer of which every observed stream was drawn keeps them all.

        Parameters
        ----------
        share : how often a stream of an answer is drawn, 0 to 1
        """
        if not share or len(self.streams) < 2:
            return self
        observed = {name: s.valid.any(-1) for name, s in self.streams.items()}  # (B, Q)
        drawn = {
            name: torch.rand(valid.shape, device=valid.device) < share
            for name, valid in observed.items()
        }
        nothing_left = torch.stack([drawn[name] | ~observed[name] for name in drawn]).all(0)
        return self.without({name: mask & ~nothing_left for name, mask in drawn.items()})


def _pad(rows: Sequence[Sequence[np.ndarray]], answers: int, width: int) -> StreamBatch:
    lengths = np.zeros((len(rows), answers), dtype=np.int64)
    for b, row in enumerate(rows):
        lengths[b, : len(row)] = [len(x) for x in row]
    valid = np.arange(max(lengths.max(initial=0), 1)) < lengths[..., None]  # (B, Q, T)
    values = np.zeros((*valid.shape, width), dtype=np.float32)
    observed = [x for row in rows for x in row if len(x)]
    if observed:
        values[valid] = np.concatenate(observed)
    return StreamBatch(torch.from_numpy(values), torch.from_numpy(valid))


def _copies(examples: Sequence[Example], stream: str, answers: int) -> Tensor | None:
    """See StreamBatch; None where fewer than half of the answers are copies of another."""
    if len(examples) < 2:
        return None
    numbers: dict[tuple[int, ...], int] = {}
    copies = torch.zeros(len(examples), answers, dtype=torch.long)  # number 0 = no such answer
    observed = 0
    for b, example in enumerate(examples):
        for q, x in enumerate(example.streams.get(stream, [])):
            if len(x):
                about = example.questions[q], *example.passages[q : q + 1]
                key = (id(x), *map(id, about))
                copies[b, q] = numbers.setdefault(key, 1 + len(numbers))
                observed += 1
    return copies if 2 * len(numbers) <= observed else None


def longest(example: Example) -> int:
    """Steps of the longest answer of any stream: what decides how long a batch takes."""
    return max((len(x) for answers in example.streams.values() for x in answers), default=0)


@dataclass(frozen=True)
class Shape:
    """What batches are padded to: columns of every stream, and of word vectors."""

    widths: dict[str, int]
    word_width: int

    def batch(self, examples: Sequence[Example]) -> InterviewBatch:
        """Pad interviews to one batch; a stream that no example has is all masked."""
        answers = max(len(e.questions) for e in examples)
        streams = {
            name: _pad([e.streams.get(name, []) for e in examples], answers, width)._replace(
                copies=_copies(examples, name, answers)
            )
            for name, width in self.widths.items()
        }
        questions = _pad([e.questions for e in examples], answers, self.word_width)
        job = _pad([[e.job] for e in examples], 1, self.word_width)
        exists = torch.zeros(len(examples), answers, dtype=torch.bool)
        for b, example in enumerate(examples):
            exists[b, : len(example.questions)] = True
        targets = answer_targets = None
        labelled = [e.targets for e in examples if e.targets is not None]
        if len(labelled) == len(examples):
            targets = torch.from_numpy(np.stack(labelled).astype(np.float32))
        by_answer = [e.answer_targets for e in examples if e.answer_targets is not None]
        if len(by_answer) == len(examples):
            answer_targets = torch.zeros(len(examples), answers, by_answer[0].shape[1])
            for b, rows in enumerate(by_answer):
                answer_targets[b, : len(rows)] = torch.from_numpy(np.asarray(rows, np.float32))
        context = Context(questions.values, questions.valid, job.values[:, 0], job.valid[:, 0])
        steps = streams["text"].valid.shape[-1] if "text" in streams else 0
        passages = PassageBatch.of([e.passages for e in examples], answers, steps)
        return InterviewBatch(streams, context, exists, targets, answer_targets, passages)

    def batches(self, examples: Sequence[Example]) -> Iterator[tuple[list[int], InterviewBatch]]:
        """All examples in batches of similar length, each with their indices."""
        order = sorted(range(len(examples)), key=lambda i: longest(examples[i]))
        for begin in range(0, len(order), INFERENCE_BATCH):
            some = order[begin : begin + INFERENCE_BATCH]
            yield some, self.batch([examples[i] for i in some])
