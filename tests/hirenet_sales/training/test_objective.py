"""The loss: unknown labels count for nothing, and every kind of target has its own error."""

from __future__ import annotations

import pytest
import torch

from hirenet_sales.data.interview_set import Target
from hirenet_sales.training.objective import SQUARED, Objective

NAN = float("nan")
SCORE, HIRED = Target("score"), Target("hired", "binary")
ALL = torch.ones(3, dtype=torch.bool)


def test_a_regression_target_is_squared_and_absolute() -> None:
    logits, labels = torch.randn(3, 1), torch.rand(3, 1)
    gap = logits.sigmoid() - labels
    expected = (SQUARED * gap**2 + 0.5 * gap.abs()).mean()
    torch.testing.assert_close(Objective([SCORE], 0.5)(logits, labels, ALL), expected)


def test_a_binary_target_is_cross_entropy() -> None:
    logits, labels = torch.randn(3, 1), torch.tensor([[1.0], [0.0], [1.0]])
    likely = torch.where(labels == 1, logits.sigmoid(), 1 - logits.sigmoid())
    found = Objective([HIRED], 0.5)(logits, labels, ALL)
    torch.testing.assert_close(found, -likely.log().mean())


@pytest.mark.parametrize("targets", [[SCORE, HIRED], [HIRED, HIRED]])
def test_an_unknown_label_counts_for_nothing(targets) -> None:
    objective, labels = Objective(targets, 0.5), torch.tensor([[1.0, NAN], [NAN, 0.0], [NAN, NAN]])
    logits = torch.randn(3, 2, requires_grad=True)
    loss = objective(logits, labels, ALL)
    loss.backward()
    assert logits.grad is not None
    assert ((logits.grad == 0) == labels.isnan()).all()
    moved = logits.detach() + 5 * labels.isnan()
    torch.testing.assert_close(objective(moved, labels, ALL), loss.detach())


def test_a_row_that_is_not_there_counts_for_nothing() -> None:
    objective, labels, logits = Objective([SCORE], 0.5), torch.rand(3, 1), torch.randn(3, 1)
    there = torch.tensor([True, False, True])
    expected = objective(logits[there], labels[there], ALL[:2])
    torch.testing.assert_close(objective(logits, labels, there), expected)


def test_nothing_known_is_0_and_moves_nothing() -> None:
    logits = torch.randn(3, 1, requires_grad=True)
    loss = Objective([SCORE], 0.5)(logits, torch.full((3, 1), NAN), ALL)
    loss.backward()
    assert loss == 0
    assert logits.grad is not None
    assert (logits.grad == 0).all()
