"""The match moves weight between what is matched, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_model import batch_of, fused, interview

from hirenet_sales.networks.attention import masked_softmax, matched
from hirenet_sales.networks.batch import Example
from hirenet_sales.networks.passages import Passage
from hirenet_sales.networks.question_match import QuestionMatched

WIDTH = 6  # of sentence vectors


def passage(rng: np.random.Generator, words: int, *, asked: bool = True) -> Passage:
    of = np.sort(rng.integers(2, size=words)) if words else np.zeros(0, int)
    question = rng.normal(size=WIDTH if asked else 0).astype(np.float32)
    return Passage(question, rng.normal(size=(2, WIDTH)).astype(np.float32), of)


def asked(seed: int, answers: int, unasked: tuple[int, ...] = ()) -> Example:
    rng = np.random.default_rng(seed)
    example = interview(rng, answers, missing=0)
    passages = [
        passage(rng, len(rows), asked=q not in unasked)
        for q, rows in enumerate(example.streams["text"])
    ]
    return replace(example, passages=passages)


def network(g: float, h: float, seed: int = 0) -> QuestionMatched:
    torch.manual_seed(seed)
    net = QuestionMatched(fused(seed))
    net.match.gains.data = torch.tensor([g, h])
    return net.eval()


def test_what_has_no_match_keeps_its_weight() -> None:
    scores, valid = torch.randn(50, 6), torch.rand(50, 6) < 0.8
    match = 5 * torch.randn(50, 6)
    match[torch.rand(50, 6) < 0.4] = torch.nan
    before, after = (
        masked_softmax(scores, valid),
        masked_softmax(matched(scores, valid, match), valid),
    )
    free = match.isnan()
    torch.testing.assert_close(before[free], after[free])
    assert not torch.allclose(before[~free], after[~free])
    torch.testing.assert_close(after.sum(-1), valid.any(-1).float())


def test_a_better_match_weighs_more() -> None:
    valid, better = torch.ones(1, 3, dtype=torch.bool), torch.tensor([[2.0, 0.0, torch.nan]])
    weights = masked_softmax(matched(torch.zeros(1, 3), valid, better), valid)[0]
    assert weights[0] > 1 / 3 > weights[1]
    assert weights[2] == pytest.approx(1 / 3)


@pytest.mark.parametrize("unasked", [(0, 1, 2), (1,)])
def test_without_a_question_the_reader_speaks_alone(unasked) -> None:
    example, net = asked(0, 3, unasked), network(3.0, 2.0)
    plain = net.reader(batch_of(example))
    read = net(batch_of(example))
    if len(unasked) == 3:
        assert torch.equal(read.logits, plain.logits) and torch.equal(read.beta, plain.beta)
    for answer in unasked:
        alpha = [r.streams["text"].alpha[0, answer] for r in (read, plain)]
        torch.testing.assert_close(*alpha)
    nothing = net(batch_of(replace(example, passages=())))
    assert torch.equal(nothing.logits, plain.logits)


def test_another_question_moves_answers_and_words() -> None:
    example, net = asked(0, 3), network(3.0, 2.0)
    other = replace(example.passages[0], question=-example.passages[0].question)
    one, two = (
        net(batch_of(e))
        for e in (example, replace(example, passages=[other, *example.passages[1:]]))
    )
    assert not torch.allclose(one.beta, two.beta)
    assert not torch.allclose(one.logits, two.logits)
    alpha = [reading.streams["text"].alpha[0] for reading in (one, two)]
    assert not torch.allclose(alpha[0][0], alpha[1][0])
    torch.testing.assert_close(alpha[0][1:], alpha[1][1:])
    steps = [reading.streams["audio"].alpha for reading in (one, two)]
    torch.testing.assert_close(*steps)


@pytest.mark.parametrize("seed", range(3))
def test_other_interviews_of_a_batch_change_nothing(seed) -> None:
    net, one, other = network(3.0, 2.0, seed), asked(seed, 2), asked(seed + 9, 4, (0,))
    alone, both = net(batch_of(one)), net(batch_of(one, other))
    torch.testing.assert_close(alone.logits[0], both.logits[0])
    torch.testing.assert_close(alone.beta[0], both.beta[0, :2])


def test_the_match_alone_is_trained_and_no_gradient_is_nan() -> None:
    net = network(1.0, 1.0).train()
    assert not net.reader.training
    net(batch_of(asked(0, 3, (2,)), asked(1, 1))).logits.square().sum().backward()
    gradients = {n: p.grad for n, p in net.named_parameters() if p.grad is not None}
    assert set(gradients) == {"match.gains"}
    assert all(g.isfinite().all() for g in gradients.values())
    assert (gradients["match.gains"] != 0).all()
