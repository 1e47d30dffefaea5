"""CR-Net: equations (1) to (5) against plain loops, branches, heads; padding changes nothing."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from hirenet_sales.networks.crnet import (
    BRANCHES,
    VISUAL_BRANCHES,
    CrBlock,
    CrNetConfig,
    CrReading,
    build_branch,
)
from hirenet_sales.networks.trait_classes import CUT_POINTS, class_middles

HEADS = ("cr-block", "plain", "expectation")
SMALL = {"depth": 18, "width": 4, "small_input": True}


def looped(block: CrBlock, a: list[float]) -> tuple[list[float], list[list[float]], list]:
    """One sample through equations (1) to (4), number by number."""
    targets, classes, width = block.shape
    theta = block.feature.weight.view(targets, classes, width, len(a)).tolist()
    bias = block.feature.bias.view(targets, classes, width).tolist()
    estimates, all_logits, all_features = [], [], []
    for p in range(targets):
        f = [
            [
                bias[p][i][d] + sum(theta[p][i][d][e] * a[e] for e in range(len(a)))
                for d in range(width)
            ]
            for i in range(classes)
        ]  # (1)
        if block.elementwise:
            logits = [sum(row) / width for row in f]
            scores = f
        else:
            v = block.score[p].tolist()
            logits = [sum(x * y for x, y in zip(row, v, strict=True)) for row in f]
            scores = [[score] * width for score in logits]
        w = [
            [
                math.exp(scores[i][d]) / sum(math.exp(scores[k][d]) for k in range(classes))
                for d in range(width)
            ]
            for i in range(classes)
        ]  # (2)
        f_reg = [sum(f[i][d] * w[i][d] for i in range(classes)) for d in range(width)]  # (3)
        g = block.regression[p].tolist()
        estimates.append(
            sum(x * y for x, y in zip(f_reg, g, strict=True)) + float(block.start[p].detach())
        )
        all_logits.append(logits)
        all_features.append(f_reg)
    return estimates, all_logits, all_features


@pytest.mark.parametrize("score", ["learnt", "elementwise"])
@pytest.mark.parametrize(("targets", "classes"), [(6, 4), (5, 7), (1, 10)])
def test_cr_block_is_equations_one_to_five(score: str, targets: int, classes: int) -> None:
    torch.manual_seed(0)
    block = CrBlock(5, targets, classes, score).double()
    a = torch.randn(3, 5, dtype=torch.float64)
    result = block(a)
    for row in range(3):
        estimates, logits, features = looped(block, a[row].tolist())
        torch.testing.assert_close(result.estimates[row], torch.tensor(estimates).double())
        torch.testing.assert_close(result.class_logits[row], torch.tensor(logits).double())
        torch.testing.assert_close(result.features[row], torch.tensor(features).double())


def test_sure_classes_pass_their_own_feature() -> None:
    """Where one class has all the weight, f_reg is that class's feature."""
    torch.manual_seed(0)
    block = CrBlock(5, 1, 4)
    a = torch.randn(1, 5)
    with torch.no_grad():
        f = block.feature(a).unflatten(-1, (1, 4, 5))[0, 0]  # (4, 5)
        truth = int((f @ block.score[0]).argmax())
        block.score.mul_(1e4)
        torch.testing.assert_close(block(a).features[0, 0], f[truth])


def test_classes_guide_the_regression() -> None:
    """The regression's gradient reaches what classifies: Psi_p of (4)."""
    block = CrBlock(5, 2, 4)
    block(torch.randn(3, 5)).estimates.sum().backward()
    assert block.score.grad.abs().sum() > 0


def frames(clips: int = 2, steps: int = 3) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (clips, steps, 32, 32, 3), dtype=torch.uint8, generator=random)


def read(config: CrNetConfig, clips: int = 2) -> CrReading:
    network = build_branch(config)
    if config.branch in VISUAL_BRANCHES:
        return network(frames(clips))
    random = torch.Generator().manual_seed(1)
    return network(
        torch.randn(clips, 26, generator=random), torch.randn(clips, 40, generator=random)
    )


@pytest.mark.parametrize(("branch", "head"), list(itertools.product(BRANCHES, HEADS)))
def test_every_branch_has_every_head(branch: str, head: str) -> None:
    torch.manual_seed(0)
    result = read(CrNetConfig(branch, head=head, **SMALL))
    assert result.estimates.shape == (2, 6)
    assert result.features.shape == (2, 6, 32)
    assert (result.class_logits is None) == (head == "plain")
    if result.class_logits is not None:
        assert result.class_logits.shape == (2, 6, 4)
    result.estimates.sum().backward()


@pytest.mark.parametrize("classes", CUT_POINTS)
def test_expectation_is_the_mean_of_class_middles(classes: int) -> None:
    result = read(CrNetConfig("text", head="expectation", classes=classes, **SMALL))
    weights = result.class_logits.softmax(-1)
    torch.testing.assert_close(result.estimates, (weights * class_middles(classes)).sum(-1))
    assert ((result.estimates > 0) & (result.estimates < 1)).all()


def test_the_paper_s_network() -> None:
    """ResNet-34 of 64 channels, 512-dimensional features, six targets, four classes, 112 pixels."""
    config = CrNetConfig()
    network = build_branch(config).eval()
    weights = sum(p.numel() for p in network.parameters())
    block = 6 * 4 * 512 * (512 + 1) + 2 * 6 * 512 + 6
    assert weights == 21_284_672 + block
    with torch.inference_mode():
        result = network(torch.rand(1, 2, 112, 112, 3))
    assert result.features.shape == (1, 6, 512)


@pytest.mark.parametrize(("branch", "unread"), [("audio", 1), ("text", 0)])
def test_half_branches_leave_the_other_half_aside(branch: str, unread: int) -> None:
    network = build_branch(CrNetConfig(branch, **SMALL)).eval()
    given = [torch.randn(2, 26), torch.randn(2, 40)]
    changed = [x + 1 if i == unread else x for i, x in enumerate(given)]
    with torch.inference_mode():
        torch.testing.assert_close(network(*given).estimates, network(*changed).estimates)


def test_frames_that_are_not_valid_change_nothing() -> None:
    torch.manual_seed(0)
    network = build_branch(CrNetConfig(**SMALL)).eval()
    x = frames(3, 4)
    valid = torch.tensor([[1, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 0]], dtype=torch.bool)
    other = x.clone()
    other[~valid] = 255 - other[~valid]
    padded, longer = torch.cat([valid, ~valid & False], 1), torch.cat([x, x], 1)
    with torch.inference_mode():
        result = network(x, valid).estimates
        torch.testing.assert_close(network(other, valid).estimates, result)
        torch.testing.assert_close(network(longer, padded).estimates, result)
        torch.testing.assert_close(network(x[:1, [0, 2, 3]]).estimates, result[:1])
        nothing = network.head(torch.zeros(1, 32)).estimates
    torch.testing.assert_close(result[2:], nothing)


def test_order_of_frames_does_not_matter() -> None:
    network = build_branch(CrNetConfig(**SMALL)).eval()
    with torch.inference_mode():
        torch.testing.assert_close(network(frames()).estimates, network(frames().flip(1)).estimates)


def test_first_estimates_lie_in_the_middle() -> None:
    result = read(CrNetConfig("text", head="plain", **SMALL)).estimates
    assert float(result.mean().detach()) == pytest.approx(0.5, abs=0.3)
    torch.testing.assert_close(CrBlock(8, 5, 4).start.detach(), torch.full((5,), 0.5))
