"""HireNet: its equations, what each switch turns off, and a planted signal that it finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_model import WORD_WIDTH, batch_of, config, interview, padded, words

from hirenet_sales.networks.batch import Example, Shape
from hirenet_sales.networks.hirenet import HireNet, StreamReading

WIDTHS = {"text": 6}


def network(seed: int = 0, **changes) -> HireNet:
    torch.manual_seed(seed)
    return HireNet(config(WIDTHS["text"], **changes)).eval()


def read(net: HireNet, *examples: Example) -> StreamReading:
    batch = batch_of(*examples, widths=WIDTHS)
    return net(batch.streams["text"], batch.context)


def examples(seed: int, count: int = 3, missing: float = 0.0) -> list[Example]:
    rng = np.random.default_rng(seed)
    return [interview(rng, int(rng.integers(1, 5)), WIDTHS, missing) for _ in range(count)]


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def gru(x: np.ndarray, net: torch.nn.GRU, suffix: str = "") -> np.ndarray:
    """States (T, H) of one direction; Cho et al. 2014 with torch's two biases."""
    w_in, w_hidden, b_in, b_hidden = (
        getattr(net, f"{kind}_l0{suffix}").detach().numpy()
        for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    h, states = np.zeros(net.hidden_size), []
    for row in x:
        r_in, z_in, n_in = np.split(w_in @ row + b_in, 3)
        r_h, z_h, n_h = np.split(w_hidden @ h + b_hidden, 3)
        r, z = sigmoid(r_in + r_h), sigmoid(z_in + z_h)
        h = (1 - z) * np.tanh(n_in + r * n_h) + z * h
        states.append(h)
    return np.array(states).reshape(-1, net.hidden_size)


def bigru(x: np.ndarray, net: torch.nn.GRU) -> np.ndarray:
    return np.concatenate([gru(x, net), gru(x[::-1], net, "_reverse")[::-1]], axis=1)


def attend(states: np.ndarray, context: np.ndarray, attention) -> tuple[np.ndarray, np.ndarray]:
    w_a, bias = (p.detach().numpy() for p in attention.from_state.parameters())
    w_q = attention.from_context.weight.detach().numpy()
    u = attention.score.weight.detach().numpy()[0]
    scores = np.array([u @ np.tanh(w_a @ h + w_q @ context + bias) for h in states])
    weights = np.exp(scores) / np.exp(scores).sum()
    return sum(w * h for w, h in zip(weights, states, strict=True)), weights


def test_equations_step_by_step() -> None:
    net = network()
    example = interview(np.random.default_rng(0), 3, WIDTHS)
    weight, bias = (p.detach().numpy() for p in net.project[1].parameters())
    pooled, alphas = [], []
    for x, question in zip(example.streams["text"], example.questions, strict=True):
        h = bigru(np.tanh(x @ weight.T + bias), net.answer.recurrent)
        q = gru(question, net.question.recurrent)[-1] if len(question) else np.zeros(3)
        a, alpha = attend(h, q, net.over_steps)
        pooled.append(np.concatenate([q, a]))
        alphas.append(alpha)
    g = bigru(np.array(pooled), net.interview.recurrent)
    z, beta = attend(g, gru(example.job, net.job.recurrent)[-1], net.over_answers)
    w_y, b_y = (p.detach().numpy() for p in net.head.parameters())
    reading = read(net, example)
    close = {"rtol": 1e-4, "atol": 1e-5}
    for i, alpha in enumerate(alphas):
        np.testing.assert_allclose(reading.alpha[0, i, : len(alpha)].detach(), alpha, **close)
    np.testing.assert_allclose(reading.beta[0].detach(), beta, **close)
    np.testing.assert_allclose(reading.states[0].detach(), g, **close)
    np.testing.assert_allclose(reading.logits[0].detach(), w_y @ z + b_y, **close)
    np.testing.assert_allclose(reading.answer_logits[0].detach(), g @ w_y.T + b_y, **close)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("pooling", ["attention", "mean"])
@pytest.mark.parametrize("seed", range(3))
def test_padding_changes_nothing(cell, pooling, seed) -> None:
    net = network(seed, cell=cell, pooling=pooling)
    batch = batch_of(*examples(seed, missing=0.3), widths=WIDTHS)
    longer = padded(batch, np.random.default_rng(seed))
    one = net(batch.streams["text"], batch.context)
    other = net(longer.streams["text"], longer.context)
    answers, steps = one.alpha.shape[1:]
    torch.testing.assert_close(one.logits, other.logits)
    torch.testing.assert_close(one.answer_logits, other.answer_logits[:, :answers])
    torch.testing.assert_close(one.beta, other.beta[:, :answers])
    torch.testing.assert_close(one.alpha, other.alpha[:, :answers, :steps])
    assert (other.beta[:, answers:] == 0).all()
    assert (other.alpha[:, :, steps:] == 0).all()


def test_company_in_the_batch_changes_nothing() -> None:
    net, some = network(), examples(1, 4, missing=0.3)
    together = read(net, *some)
    for row, example in enumerate(some):
        torch.testing.assert_close(read(net, example).logits[0], together.logits[row])


@pytest.mark.parametrize("seed", range(3))
def test_weights_sum_to_one_where_there_is_something(seed) -> None:
    some = examples(seed, 6, missing=0.5)
    reading = read(network(seed), *some)
    torch.testing.assert_close(reading.alpha.sum(-1), reading.valid.float())
    torch.testing.assert_close(reading.beta.sum(-1), reading.valid.any(-1).float())
    assert (reading.beta[~reading.valid] == 0).all()
    assert (reading.states[~reading.valid] == 0).all()


def test_an_interview_without_the_stream_is_finite() -> None:
    net = network().train()
    reading = read(net, *examples(0, missing=1.0), *examples(0))
    assert (reading.alpha[:3] == 0).all()
    torch.testing.assert_close(reading.logits[:3], net.head.bias.expand(3, -1))
    (1e3 * reading.logits.sum()).backward()
    gradients = [p.grad for p in net.parameters() if p.grad is not None]
    assert gradients
    assert all(torch.isfinite(g).all() for g in gradients)


def with_other_question(example: Example, seed: int = 9) -> Example:
    rng = np.random.default_rng(seed)
    return replace(example, questions=[words(rng, 4) for _ in example.questions])


def with_other_job(example: Example, seed: int = 9) -> Example:
    return replace(example, job=words(np.random.default_rng(seed), 4))


@pytest.mark.parametrize(
    ("changes", "moves"), [({}, True), ({"context": False}, False), ({"pooling": "mean"}, False)]
)
def test_another_question_moves_alpha_of_hirenet_alone(changes, moves) -> None:
    example = interview(np.random.default_rng(3), 3, WIDTHS)
    net = network(**changes)
    one, other = read(net, example), read(net, with_other_question(example))
    assert (not torch.allclose(one.alpha, other.alpha)) == moves


@pytest.mark.parametrize(
    ("changes", "moves"), [({}, True), ({"context": False}, False), ({"pooling": "mean"}, False)]
)
def test_another_job_moves_beta_of_hirenet_alone(changes, moves) -> None:
    example = interview(np.random.default_rng(3), 3, WIDTHS)
    net = network(**changes)
    one, other = read(net, example), read(net, with_other_job(example))
    torch.testing.assert_close(one.alpha, other.alpha)  # the job weighs answers, not moments
    assert (not torch.allclose(one.beta, other.beta)) == moves


def test_hn_avg_weighs_everything_the_same() -> None:
    example = interview(np.random.default_rng(4), 4, WIDTHS)
    reading = read(network(pooling="mean"), example)
    torch.testing.assert_close(reading.beta[0], torch.full((4,), 0.25))
    for i, x in enumerate(example.streams["text"]):
        torch.testing.assert_close(reading.alpha[0, i, : len(x)], torch.full((len(x),), 1 / len(x)))


def test_order_of_answers_matters() -> None:
    example = interview(np.random.default_rng(5), 4, WIDTHS)
    turned = replace(
        example,
        streams={n: rows[::-1] for n, rows in example.streams.items()},
        questions=example.questions[::-1],
    )
    net = network()
    assert not torch.allclose(read(net, example).logits, read(net, turned).logits)


def test_cells_are_what_they_are_called() -> None:
    assert isinstance(network(cell="lstm").answer.recurrent, torch.nn.LSTM)
    assert isinstance(network(cell="gru").answer.recurrent, torch.nn.GRU)


def planted(rng: np.random.Generator, count: int) -> list[Example]:
    """One answer of six moments; the question names the kind of the moment that tells the target.

    A moment is its kind (one of two, one-hot), its value and noise: three moments of each kind
    share one value, and the target follows the value of the kind that the question asks for.
    """
    result = []
    for _ in range(count):
        asked, value = int(rng.integers(2)), rng.uniform(-1, 1, 2)
        kinds = rng.permutation([0, 0, 0, 1, 1, 1])
        x = np.zeros((6, 6), np.float32)
        x[np.arange(6), kinds] = 1
        x[:, 2] = value[kinds]
        x[:, 3:] = rng.normal(0, 0.3, (6, 3))
        question = np.zeros((1, WORD_WIDTH), np.float32)
        question[0, asked] = 1
        target = np.full(1, 0.5 + 0.4 * value[asked])
        none = np.zeros((0, WORD_WIDTH), np.float32)
        result.append(Example({"text": [x]}, [question], none, target))
    return result


def learn(context: bool) -> tuple[float, float]:
    """Correlation on new interviews, and the share of attention on the kind that was asked for."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    net = HireNet(
        config(6, targets=1, projection=16, answer_hidden=12, attention_hidden=16, context=context)
    )
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(150):
        batch = Shape(WIDTHS, WORD_WIDTH).batch(planted(rng, 64))
        loss = (net(batch.streams["text"], batch.context).logits.sigmoid() - batch.targets) ** 2
        optimizer.zero_grad()
        loss.mean().backward()
        optimizer.step()
    new = planted(rng, 300)
    batch = Shape(WIDTHS, WORD_WIDTH).batch(new)
    with torch.no_grad():
        reading = net.eval()(batch.streams["text"], batch.context)
    r = np.corrcoef(reading.logits[:, 0].sigmoid(), batch.targets[:, 0])[0, 1]
    asked = [int(e.questions[0][0, 1]) for e in new]
    on_asked = [
        float((alpha[0] * torch.from_numpy(e.streams["text"][0][:, k])).sum())
        for alpha, e, k in zip(reading.alpha, new, asked, strict=True)
    ]
    return float(r), float(np.mean(on_asked))


def test_training_finds_the_moments_that_the_question_asks_for() -> None:
    r, on_asked = learn(context=True)
    assert r > 0.9
    assert on_asked > 0.7  # chance: 0.5
    _, blind = learn(context=False)
    assert blind == pytest.approx(0.5, abs=0.1)  # HN_SATT cannot know what was asked


@pytest.mark.parametrize(
    ("changes", "weighs", "counts"),
    [
        ({}, True, True),
        ({"question_in_pair": False}, True, True),
        ({"context": False}, False, True),
        ({"context": False, "question_in_pair": False}, False, False),
        ({"pooling": "mean"}, False, True),
        ({"pooling": "mean", "question_in_pair": False}, False, False),
    ],
)
def test_where_another_question_is_seen(changes: dict, weighs: bool, counts: bool) -> None:
    net, rng = network(**changes), np.random.default_rng(5)
    example = interview(rng, 3, WIDTHS)
    asked = replace(example, questions=[words(rng, 4) for _ in example.questions])
    one, other = read(net, example), read(net, asked)
    assert torch.allclose(one.alpha, other.alpha) != weighs
    assert torch.allclose(one.logits, other.logits) != counts
    assert (net.question is not None) == (weighs or counts)
