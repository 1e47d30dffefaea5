"""The ensemble: means over members that are still weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toy_model import WIDTHS, batch_of, checkpoint, fused, interview

from hirenet_sales.models import ensemble as module
from hirenet_sales.models.ensemble import Ensemble
from hirenet_sales.networks.batch import Example


def some(count: int, missing: float = 0.3) -> list[Example]:
    rng = np.random.default_rng(count)
    return [interview(rng, int(rng.integers(1, 5)), missing=missing) for _ in range(count)]


def test_estimates_are_the_mean_over_members() -> None:
    toy = checkpoint(members=3).ensemble
    example = some(1, missing=0.0)[0]
    with torch.no_grad():
        each = [m(batch_of(example)).logits.sigmoid()[0].numpy() for m in toy.members]
    (conclusion,) = toy.read([example])
    np.testing.assert_allclose(conclusion.estimates, np.mean(each, axis=0), rtol=1e-5)
    assert ((conclusion.estimates > 0) & (conclusion.estimates < 1)).all()


def test_mean_weights_still_sum_to_one() -> None:
    for example, conclusion in zip(some(8), checkpoint().ensemble.read(some(8)), strict=True):
        assert conclusion.beta.sum() == pytest.approx(float(conclusion.valid.any()))
        assert conclusion.answer_estimates.shape == (len(example.questions), 5)
        for name, stream in conclusion.streams.items():
            assert stream.beta.sum() == pytest.approx(float(stream.valid.any()))
            assert [len(a) for a in stream.alpha] == [len(x) for x in example.streams[name]]
            sums = [alpha.sum() for alpha in stream.alpha]
            np.testing.assert_allclose(sums, stream.valid.astype(float), rtol=1e-5)


def test_batches_change_nothing(monkeypatch) -> None:
    toy, examples = checkpoint().ensemble, some(7)
    whole = toy.read(examples)
    monkeypatch.setattr(module, "BATCH", 2)
    for one, other in zip(whole, toy.read(examples), strict=True):
        np.testing.assert_allclose(one.estimates, other.estimates, rtol=1e-5)
        np.testing.assert_allclose(one.beta, other.beta, rtol=1e-5, atol=1e-6)


def test_order_of_members_changes_nothing() -> None:
    inputs = checkpoint().ensemble.inputs
    members = [fused(seed) for seed in range(3)]
    one = Ensemble(inputs, members, 4).read(some(3))
    other = Ensemble(inputs, members[::-1], 4).read(some(3))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a.estimates, b.estimates, rtol=1e-5)


def test_reading_twice_is_the_same() -> None:
    toy = checkpoint().ensemble
    toy.members[0].train()  # dropout must not come back with a new ensemble
    again = Ensemble(toy.inputs, toy.members, toy.word_width)
    assert not any(m.training for m in again.members)
    (one,), (other,) = again.read(some(1)), again.read(some(1))
    np.testing.assert_array_equal(one.estimates, other.estimates)


def test_prepare_maps_every_stream() -> None:
    toy = checkpoint().ensemble
    rng = np.random.default_rng(0)
    tables = {n: [rng.normal(size=(3, w)), np.zeros((0, w))] for n, w in WIDTHS.items()}
    prepared = toy.prepare(tables)
    for name, fit in toy.inputs.items():
        assert [x.shape for x in prepared[name]] == [(3, fit.width), (0, fit.width)]


def test_nothing_to_read() -> None:
    assert checkpoint().ensemble.read([]) == []
