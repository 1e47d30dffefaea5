"""Fusion: a stream that is masked is a stream that is not there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_model import WIDTHS, WORD_WIDTH, batch_of, fused, interview, padded, words

from hirenet_sales.networks.batch import Example, Shape
from hirenet_sales.networks.fusion import FusedReading


def some(seed: int, missing: float = 0.3) -> list[Example]:
    rng = np.random.default_rng(seed)
    return [interview(rng, int(rng.integers(1, 5)), missing=missing) for _ in range(3)]


def assert_same(one: FusedReading, other: FusedReading) -> None:
    answers = one.beta.shape[1]
    torch.testing.assert_close(one.logits, other.logits)
    torch.testing.assert_close(one.beta, other.beta[:, :answers])
    valid = one.valid
    torch.testing.assert_close(one.answer_logits[valid], other.answer_logits[:, :answers][valid])


@pytest.mark.parametrize("seed", range(5))
def test_padding_changes_nothing(seed) -> None:
    net, batch = fused(seed), batch_of(*some(seed))
    longer = padded(batch, np.random.default_rng(seed))
    assert_same(net(batch), net(longer))
    assert (net(longer).beta[:, batch.answers_valid.shape[1] :] == 0).all()


@pytest.mark.parametrize("name", WIDTHS)
def test_a_masked_stream_is_an_absent_one(name) -> None:
    examples = some(0, missing=0.2)
    absent = [
        replace(e, streams={n: rows for n, rows in e.streams.items() if n != name})
        for e in examples
    ]
    batch = batch_of(*examples)
    everywhere = torch.ones_like(batch.answers_valid)
    net = fused()
    masked = net(batch.without({name: everywhere}))
    assert_same(net(batch_of(*absent)), masked)
    assert not masked.streams[name].valid.any()
    assert not torch.allclose(masked.logits, net(batch).logits)  # it did count before


@pytest.mark.parametrize("answer", [0, 1, 2])
def test_a_stream_missing_from_one_answer(answer) -> None:
    example = interview(np.random.default_rng(1), 3)
    rows = list(example.streams["audio"])
    rows[answer] = rows[answer][:0]
    cut = replace(example, streams={**example.streams, "audio": rows})
    drop = torch.zeros(1, 3, dtype=torch.bool)
    drop[0, answer] = True
    net = fused()
    assert_same(net(batch_of(cut)), net(batch_of(example).without({"audio": drop})))


def test_an_answer_without_any_stream_weighs_nothing() -> None:
    example = interview(np.random.default_rng(2), 3)
    streams = {n: [rows[0], rows[1][:0], rows[2]] for n, rows in example.streams.items()}
    net = fused()
    holed = net(batch_of(replace(example, streams=streams)))
    assert holed.valid.tolist() == [[True, False, True]]
    assert holed.beta[0, 1] == 0
    remaining = Example(
        {n: [rows[0], rows[2]] for n, rows in example.streams.items()},
        [example.questions[0], example.questions[2]],
        example.job,
    )
    torch.testing.assert_close(net(batch_of(remaining)).logits, holed.logits)


def test_no_stream_at_all_is_finite_and_so_are_its_gradients() -> None:
    net = fused().train()
    reading = net(batch_of(*some(0, missing=1.0), *some(0, missing=0.0)))
    assert not reading.valid[:3].any()
    assert (reading.beta[:3] == 0).all()
    assert torch.isfinite(reading.logits).all()
    (1e3 * reading.logits.sum()).backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)


def test_a_missing_stream_has_its_own_vector() -> None:
    net, batch = fused(), batch_of(interview(np.random.default_rng(3), 2))
    whole = net(batch).logits
    gone = batch.without({"text": torch.ones_like(batch.answers_valid)})
    without_text = net(gone).logits
    with torch.no_grad():
        net.missing["text"] += 1.0
    torch.testing.assert_close(net(batch).logits, whole)
    assert not torch.allclose(net(gone).logits, without_text)


@pytest.mark.parametrize(("changes", "moves"), [({}, True), ({"context": False}, False)])
def test_another_job_moves_the_weights_of_answers(changes, moves) -> None:
    rng = np.random.default_rng(4)
    example = interview(rng, 4)
    net = fused(**changes)
    one, other = net(batch_of(example)), net(batch_of(replace(example, job=words(rng, 5))))
    assert (not torch.allclose(one.beta, other.beta)) == moves


def test_collate_keeps_every_number() -> None:
    examples = some(5, missing=0.3)
    batch = Shape(WIDTHS, WORD_WIDTH).batch(examples)
    for b, example in enumerate(examples):
        assert int(batch.answers_valid[b].sum()) == len(example.questions)
        np.testing.assert_allclose(batch.targets[b], example.targets, rtol=1e-6)
        for name, rows in example.streams.items():
            for q, x in enumerate(rows):
                stream = batch.streams[name]
                np.testing.assert_array_equal(stream.values[b, q][stream.valid[b, q]], x)


def test_collate_without_labels() -> None:
    example = replace(some(6)[0], targets=None, answer_targets=None)
    batch = batch_of(example, some(6)[1])
    assert batch.targets is None
    assert batch.answer_targets is None
