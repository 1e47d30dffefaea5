"""Gated and cross-modal fusion: masks, missing streams, and what each part is for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_model import WIDTHS, batch_of, config, interview, padded, words

from hirenet_sales.networks.batch import Example
from hirenet_sales.networks.cross_modal import CrossModalHireNet
from hirenet_sales.networks.fusion import FusedHireNet, FusedReading
from hirenet_sales.networks.gated import GatedHireNet

NETS = [GatedHireNet, CrossModalHireNet]
both = pytest.mark.parametrize("kind", NETS)


def network(kind: type, seed: int = 0, **changes) -> torch.nn.Module:
    torch.manual_seed(seed)
    configs = {name: config(width, **changes) for name, width in WIDTHS.items()}
    net = kind(configs, hidden=6, dropout=0.0)
    for name, parameter in net.named_parameters():
        if "missing" in name:
            torch.nn.init.normal_(parameter)
    return net.eval()


def some(seed: int, missing: float = 0.3) -> list[Example]:
    rng = np.random.default_rng(seed)
    return [interview(rng, int(rng.integers(1, 5)), missing=missing) for _ in range(3)]


def assert_same(one: FusedReading, other: FusedReading) -> None:
    answers = one.beta.shape[1]
    torch.testing.assert_close(one.logits, other.logits)
    torch.testing.assert_close(one.beta, other.beta[:, :answers])
    for name, reading in one.streams.items():
        steps = reading.alpha.shape[2]
        alpha = other.streams[name].alpha[:, :answers, :steps]
        torch.testing.assert_close(reading.alpha, alpha)


@both
@pytest.mark.parametrize("seed", range(4))
def test_padding_changes_nothing(kind, seed) -> None:
    net, batch = network(kind, seed), batch_of(*some(seed))
    longer = padded(batch, np.random.default_rng(seed))
    assert_same(net(batch), net(longer))


@both
def test_company_in_the_batch_changes_nothing(kind) -> None:
    net, examples = network(kind), some(1)
    together = net(batch_of(*examples))
    for row, example in enumerate(examples):
        torch.testing.assert_close(net(batch_of(example)).logits[0], together.logits[row])


@both
@pytest.mark.parametrize("name", WIDTHS)
def test_a_masked_stream_is_an_absent_one(kind, name) -> None:
    examples = some(0, missing=0.2)
    absent = [
        replace(e, streams={n: rows for n, rows in e.streams.items() if n != name})
        for e in examples
    ]
    net, batch = network(kind), batch_of(*examples)
    masked = net(batch.without({name: torch.ones_like(batch.answers_valid)}))
    torch.testing.assert_close(net(batch_of(*absent)).logits, masked.logits)
    assert not masked.streams[name].valid.any()
    assert not torch.allclose(masked.logits, net(batch).logits)  # it did count before


@both
def test_no_stream_at_all_is_finite_and_so_are_its_gradients(kind) -> None:
    net = network(kind).train()
    reading = net(batch_of(*some(0, missing=1.0), *some(0, missing=0.0)))
    assert not reading.valid[:3].any()
    assert (reading.beta[:3] == 0).all()
    (1e3 * reading.logits.sum()).backward()
    gradients = [p.grad for p in net.parameters() if p.grad is not None]
    assert gradients
    assert all(torch.isfinite(g).all() for g in gradients)


@both
def test_an_answer_without_any_stream_weighs_nothing(kind) -> None:
    example = interview(np.random.default_rng(2), 3)
    holed = replace(
        example, streams={n: [r[0], r[1][:0], r[2]] for n, r in example.streams.items()}
    )
    reading = network(kind)(batch_of(holed))
    assert reading.valid.tolist() == [[True, False, True]]
    assert reading.beta[0, 1] == 0


@both
@pytest.mark.parametrize(("changes", "moves"), [({}, True), ({"context": False}, False)])
def test_another_job_moves_the_weights_of_answers(kind, changes, moves) -> None:
    rng = np.random.default_rng(4)
    example = interview(rng, 4)
    net = network(kind, **changes)
    one, other = net(batch_of(example)), net(batch_of(replace(example, job=words(rng, 5))))
    assert (not torch.allclose(one.beta, other.beta)) == moves


def test_gates_sum_to_one_over_the_streams_that_are_there() -> None:
    net, batch = network(GatedHireNet), batch_of(*some(3, missing=0.5))
    reading = net(batch)
    there = torch.stack([r.valid for r in reading.streams.values()], -1)
    gates = net.gates(reading.streams, there, batch)
    assert (gates[~there] == 0).all()
    torch.testing.assert_close(gates.sum(-1), there.any(-1).float())


def test_another_question_moves_the_gates() -> None:
    rng = np.random.default_rng(5)
    example = interview(rng, 2)
    net, gates = network(GatedHireNet), []
    for asked in (example, replace(example, questions=[words(rng, 4), words(rng, 4)])):
        batch = batch_of(asked)
        readings = net(batch_of(example)).streams  # the same states, so that only the gate moves
        gates.append(net.gates(readings, torch.ones(1, 2, 3, dtype=torch.bool), batch))
    assert not torch.allclose(*gates)


def test_a_stream_by_itself_hears_nothing() -> None:
    """With the others missing, cross-modal attention leaves the plain fused HireNet."""
    cross, plain = network(CrossModalHireNet), network(FusedHireNet)
    plain.load_state_dict(cross.state_dict(), strict=False)
    batch = batch_of(*some(6, missing=0.0))
    gone = torch.ones_like(batch.answers_valid)
    alone = batch.without({"audio": gone, "visual": gone})
    torch.testing.assert_close(cross(alone).logits, plain(alone).logits)
    assert not torch.allclose(cross(batch).logits, plain(batch).logits)


def test_a_step_hears_its_own_answer_alone() -> None:
    rng = np.random.default_rng(7)
    example = interview(rng, 3)
    voices = [rows + (q == 1) for q, rows in enumerate(example.streams["audio"])]
    louder = replace(example, streams={**example.streams, "audio": voices})
    net = network(CrossModalHireNet)
    one, other = (net(batch_of(e)).streams["text"].alpha[0] for e in (example, louder))
    torch.testing.assert_close(one[[0, 2]], other[[0, 2]])
    assert not torch.allclose(one[1], other[1])
