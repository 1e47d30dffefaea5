"""Batches of similar length: every interview once, decided by (seed, epoch) alone."""

from __future__ import annotations

import numpy as np
import pytest
from toy_model import WIDTHS, interview

from hirenet_sales.networks.batch import Example, longest
from hirenet_sales.training import batches
from hirenet_sales.training.batches import Interviews, SimilarLength, vary


def of_length(steps: int) -> Example:
    none = np.zeros((0, 4), np.float32)
    return Example({"text": [np.zeros((steps, 6), np.float32)]}, [none], none)


def order(count: int, epoch: int, seed: int = 0, batch: int = 4) -> list[int]:
    lengths = np.random.default_rng(count).integers(1, 100, count)
    sampler = SimilarLength(Interviews([of_length(n) for n in lengths]), batch, seed)
    sampler.set_epoch(epoch)
    return list(sampler)


@pytest.mark.parametrize("count", [1, 3, 4, 90, 130])
def test_every_interview_once_an_epoch(count) -> None:
    for epoch in range(3):
        assert sorted(order(count, epoch)) == list(range(count))


def test_order_follows_from_seed_and_epoch() -> None:
    assert order(130, 2) == order(130, 2)
    assert order(130, 2) != order(130, 3)
    assert order(130, 2) != order(130, 2, seed=1)


def test_interviews_of_a_batch_are_of_similar_length() -> None:
    lengths = np.random.default_rng(0).integers(1, 1000, 512)
    interviews = Interviews([of_length(n) for n in lengths])
    places = np.array(list(SimilarLength(interviews, 8, 0))).reshape(-1, 8)
    spread = np.ptp(lengths[places], axis=1).mean()
    assert spread < np.ptp(lengths.reshape(-1, 8), axis=1).mean() / 10


@pytest.mark.parametrize("count", [16, 19])
def test_processes_share_an_epoch(monkeypatch, count) -> None:
    shares = []
    for rank in range(2):
        monkeypatch.setattr(batches, "_world", lambda rank=rank: (rank, 2))
        shares.append(order(count, 0))
    assert len(shares[0]) == len(shares[1])  # else one would wait for the other for ever
    assert set(shares[0]) | set(shares[1]) == set(range(count))
    assert len(set(shares[0]) & set(shares[1])) == count % 2


def test_variation_follows_from_the_epoch() -> None:
    rng = np.random.default_rng(0)
    some = [interview(rng, 5) for _ in range(20)]
    one, other = (Interviews(some, varied=0) for _ in range(2))
    other.epoch = 1
    counts = [len(one[k].questions) for k in range(20)]
    assert counts == [len(one[k].questions) for k in range(20)]
    assert counts != [len(other[k].questions) for k in range(20)]
    for k in range(20):
        varied = one[k]
        assert varied.targets is not None
        assert {len(rows) for rows in varied.streams.values()} == {len(varied.questions)}
        assert varied.answer_targets is not None
        assert len(varied.answer_targets) == len(varied.questions)
        assert longest(varied) <= sum(len(x) for x in some[k].streams["text"]) + 50
    assert [Interviews(some)[k] is some[k] for k in range(20)] == [True] * 20
    assert set(some[0].streams) == set(WIDTHS)


@pytest.mark.parametrize("seed", range(20))
def test_variation_keeps_the_order_and_invents_nothing(seed) -> None:
    clips = [[i] for i in range(6)]
    varied = vary(clips, np.random.default_rng(seed))
    flat = [i for answer in varied for i in answer]
    assert flat
    assert flat == sorted(set(flat))
    assert set(flat) <= set(range(6))
    assert all(varied)
    assert vary(clips, np.random.default_rng(seed)) == varied
    assert clips == [[i] for i in range(6)]


def test_one_clip_varies_to_itself() -> None:
    rng = np.random.default_rng(0)
    assert all(vary([[7]], rng) == [[7]] for _ in range(20))
