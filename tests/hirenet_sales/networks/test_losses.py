"""Losses against plain loops, their shapes, and what an unknown label does: nothing."""

from __future__ import annotations

import itertools
import math
from functools import partial

import pytest
import torch

from hirenet_sales.networks.losses import (
    GAMMA,
    LOSSES,
    SCALE,
    SIGMA,
    classification_loss,
    classification_weight,
    regression_loss,
)
from hirenet_sales.networks.trait_classes import CUT_POINTS, UNKNOWN, class_middles, classes_of


@pytest.fixture
def pair() -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    return torch.rand(7, 6, generator=random), torch.rand(7, 6, generator=random)


def looped(pair: tuple[torch.Tensor, torch.Tensor], names: tuple[str, ...]) -> float:
    """Equations (6) and (8) without torch, in hundredths."""
    total, count = 0.0, 0
    for row, labels in zip(pair[0].tolist(), pair[1].tolist(), strict=True):
        for estimate, label in zip(row, labels, strict=True):
            y, y_hat = 100 * label, 100 * estimate
            total += abs(y - y_hat) if "l1" in names else 0.0
            total += (y - y_hat) ** 2 if "mse" in names else 0.0
            if "bell" in names:
                total += 300 * (1 - math.exp(-((y - y_hat) ** 2) / (2 * 9**2)))
            count += 1
    return total / count


@pytest.mark.parametrize(
    "names", [("l1",), ("mse",), ("l1", "mse"), ("bell",), ("l1", "mse", "bell")]
)  # the five rows of table 5
def test_losses_are_those_of_plain_loops(pair, names) -> None:
    result = regression_loss(names, *pair)
    assert float(result) == pytest.approx(looped(pair, names), rel=1e-5)


def test_bell_lies_between_zero_and_gamma_and_grows_with_distance() -> None:
    distance = torch.linspace(0, 100, 201)
    values = torch.stack([LOSSES["bell"](d[None], torch.zeros(1)) for d in distance])
    assert values[0] == 0
    assert (values.diff() >= 0).all()
    assert values[-1] <= GAMMA
    assert float(LOSSES["bell"](torch.tensor([SIGMA]), torch.zeros(1))) == pytest.approx(
        GAMMA * (1 - math.exp(-0.5))
    )


def test_bell_is_steepest_one_sigma_from_the_label_and_flat_far_away() -> None:
    distance = torch.linspace(0, 100, 1001, requires_grad=True)
    (slope,) = torch.autograd.grad(LOSSES["bell"](distance, torch.zeros(1001)) * 1001, distance)
    assert float(distance[slope.argmax()].detach()) == pytest.approx(SIGMA, abs=0.1)
    assert float(slope.max()) == pytest.approx(GAMMA / SIGMA * math.exp(-0.5), rel=1e-4)
    assert float(slope[-1]) < 1e-20
    assert (slope >= 0).all()


def test_bell_keeps_the_digits_of_small_differences() -> None:
    result = float(LOSSES["bell"](torch.tensor([1e-3]), torch.zeros(1)))
    assert result == pytest.approx(GAMMA * 1e-6 / (2 * SIGMA**2), rel=1e-5)


def best_constant(loss, labels: torch.Tensor) -> float:
    """The one estimate for all labels that the loss likes best."""
    grid = torch.linspace(0, 1, 1001)
    values = torch.stack([loss(g.expand_as(labels), labels) for g in grid])
    return float(grid[values.argmin()])


def test_bell_does_not_go_to_the_mean_where_mse_does() -> None:
    """Figure 5: labels far apart each keep a minimum of their own under the Bell loss."""
    labels = torch.tensor([0.2, 0.25, 0.25, 0.3, 0.9])
    assert best_constant(partial(regression_loss, ["mse"]), labels) == pytest.approx(0.38, abs=1e-3)
    assert best_constant(partial(regression_loss, ["bell"]), labels) == pytest.approx(
        0.25, abs=0.01
    )


@pytest.mark.parametrize("name", LOSSES)
def test_unknown_labels_change_neither_value_nor_gradient(pair, name: str) -> None:
    estimates, labels = pair[0].clone().requires_grad_(), pair[1]
    holes = labels.clone()
    holes[2] = torch.nan
    result = LOSSES[name](SCALE * estimates, SCALE * holes)
    remaining = [0, 1, 3, 4, 5, 6]
    torch.testing.assert_close(
        result, LOSSES[name](SCALE * estimates[remaining], SCALE * labels[remaining])
    )
    (gradient,) = torch.autograd.grad(result, estimates)
    assert (gradient[2] == 0).all()
    assert torch.isfinite(gradient).all()
    assert LOSSES[name](estimates, torch.full_like(labels, torch.nan)) == 0


def test_l1_and_mse_are_torch_s(pair) -> None:
    torch.testing.assert_close(LOSSES["l1"](*pair), torch.nn.functional.l1_loss(*pair))
    torch.testing.assert_close(LOSSES["mse"](*pair), torch.nn.functional.mse_loss(*pair))


@pytest.mark.parametrize("classes", CUT_POINTS)
def test_classes_are_those_of_a_plain_count(classes: int) -> None:
    labels = torch.cat([torch.linspace(0, 1, 301), torch.tensor(CUT_POINTS[classes])])
    expected = [sum(x >= cut for cut in labels.new_tensor(CUT_POINTS[classes])) for x in labels]
    result = classes_of(labels, classes)
    assert result.tolist() == [int(n) for n in expected]
    assert set(result.tolist()) == set(range(classes))
    middles = class_middles(classes)
    assert classes_of(middles, classes).tolist() == list(range(classes))


def test_unknown_labels_have_no_class() -> None:
    assert classes_of(torch.tensor([torch.nan, 0.1]), 4).tolist() == [UNKNOWN, 0]


@pytest.mark.parametrize("classes", CUT_POINTS)
def test_cross_entropy_is_that_of_a_plain_loop(classes: int) -> None:
    random = torch.Generator().manual_seed(1)
    logits = torch.randn(5, 6, classes, generator=random)
    labels = torch.rand(5, 6, generator=random)
    labels[3, 2] = torch.nan
    total = 0.0
    for i in range(5):
        for p in range(6):
            if math.isnan(float(labels[i, p])):
                continue
            truth = int(classes_of(labels[i, p], classes))
            exponentials = [math.exp(float(x)) for x in logits[i, p]]
            total -= math.log(exponentials[truth] / sum(exponentials))
    assert float(classification_loss(logits, labels)) == pytest.approx(total / 5, rel=1e-5)


def test_lambda_falls_to_its_factor() -> None:
    weights = [classification_weight(epoch, 50) for epoch in range(50)]
    assert weights[0] == 200
    assert weights[-1] == 4
    assert all(a > b for a, b in itertools.pairwise(weights))
