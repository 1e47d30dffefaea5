"""Two stages: what each minimises, how it is optimised, and that both learn what is planted."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from hirenet_sales.networks.crnet import CrNetConfig, CrReading, build_branch
from hirenet_sales.networks.losses import LOSSES, classification_loss, regression_loss
from hirenet_sales.training.crnet import (
    FrameInputs,
    Stage,
    StageOptions,
    stage_optimizer,
    staged_loss,
)

FIRST, SECOND = Stage(1, 50), Stage(2, 50)


@pytest.fixture
def reading() -> CrReading:
    torch.manual_seed(0)
    return CrReading(torch.rand(4, 6), torch.randn(4, 6, 4), torch.randn(4, 6, 8))


@pytest.fixture
def labels() -> torch.Tensor:
    return torch.rand(4, 6, generator=torch.Generator().manual_seed(1))


def test_defaults_are_the_paper_s() -> None:
    options = StageOptions()
    assert options.losses == ("l1", "mse", "bell")
    assert (options.batch, options.learning_rate, options.weight_decay) == (30, 0.002, 0.005)
    first, schedule = stage_optimizer([torch.nn.Parameter(torch.zeros(1))], options, FIRST)
    second, _ = stage_optimizer([torch.nn.Parameter(torch.zeros(1))], options, SECOND)
    assert isinstance(first, torch.optim.SGD)
    assert first.defaults["momentum"] == 0.9
    assert isinstance(second, torch.optim.Adam)
    assert second.defaults["betas"] == (0.5, 0.999)
    rates = []
    for _ in range(50):
        rates.append(first.param_groups[0]["lr"])
        first.step()
        schedule.step()
    assert rates == pytest.approx([0.002 * 0.1 ** (epoch // 10) for epoch in range(50)])


def test_the_first_stage_is_classification_alone(reading, labels) -> None:
    for losses in (("l1",), ("l1", "mse", "bell")):
        found = staged_loss(reading, labels, losses, FIRST, 0)
        torch.testing.assert_close(found, classification_loss(reading.class_logits, labels))


@pytest.mark.parametrize("losses", [("mse",), ("bell",), ("l1", "mse", "bell")])
def test_the_second_stage_is_equation_eight(reading, labels, losses) -> None:
    for epoch, weight in ((0, 200.0), (9, 20.0), (49, 4.0)):
        expected = regression_loss(losses, reading.estimates, labels)
        expected = expected + weight * classification_loss(reading.class_logits, labels)
        torch.testing.assert_close(staged_loss(reading, labels, losses, SECOND, epoch), expected)


def test_without_classes_there_is_regression_alone(reading, labels) -> None:
    plain = CrReading(reading.estimates, None, reading.features)
    torch.testing.assert_close(
        staged_loss(plain, labels, tuple(LOSSES), SECOND, 0),
        regression_loss(tuple(LOSSES), plain.estimates, labels),
    )


def test_expectation_alone_classifies_in_both_stages(reading, labels) -> None:
    found = staged_loss(reading, labels, (), SECOND, 49)
    torch.testing.assert_close(found, 4 * classification_loss(reading.class_logits, labels))


def planted(clips: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Clips of one frame, whose left half is as bright as one label, the right as the other."""
    random = torch.Generator().manual_seed(seed)
    labels = 0.3 + 0.6 * torch.rand(clips, 2, generator=random)
    frames = 0.1 * torch.rand(clips, 1, 16, 16, 3, generator=random)
    frames[:, :, :, :8] += labels[:, 0, None, None, None, None]
    frames[:, :, :, 8:] += labels[:, 1, None, None, None, None]
    return frames, labels


@pytest.mark.parametrize(
    ("head", "losses"),
    [
        ("cr-block", ("l1", "mse", "bell")),
        ("plain", ("l1", "mse")),
        pytest.param("cr-block", ("l1", "mse"), marks=pytest.mark.slow),
        pytest.param("plain", ("l1", "mse", "bell"), marks=pytest.mark.slow),
    ],
)
def test_the_four_cells_of_table_four_learn(head: str, losses: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    network = build_branch(CrNetConfig(targets=2, head=head, depth=18, width=4, small_input=True))
    options = StageOptions(losses=losses, learning_rate=0.01, decays=1)
    stages = (Stage(1, 4), Stage(2, 12)) if head == "cr-block" else (Stage(2, 12),)
    x, y = planted(96, 0)
    network.train()
    for stage in stages:
        optimizer, schedule = stage_optimizer(network.parameters(), options, stage)
        for epoch in range(stage.epochs):
            for rows in torch.randperm(len(x)).split(16):
                optimizer.zero_grad()
                staged_loss(network(x[rows]), y[rows], losses, stage, epoch).backward()
                optimizer.step()
            schedule.step()
    network.eval()
    unseen, truth = planted(64, 1)
    with torch.inference_mode():
        estimates = network(unseen).estimates
    for target in range(2):
        r = torch.corrcoef(torch.stack([estimates[:, target], truth[:, target]]))[0, 1]
        assert float(r) > 0.8


def test_frames_of_segments() -> None:
    frames = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    inputs = FrameInputs([frames[:8], frames[[9, 11]], frames[:0]], 2, 4, 3)
    assert inputs.present.tolist() == [True, True, False]
    seen = set()
    for seed in range(20):
        [drawn] = inputs.training(np.array([0, 1]), np.random.default_rng(seed))
        assert drawn.shape == (2, 4, 2, 2, 3)
        first = drawn[0, :, 0, 0, 0].tolist()
        assert [index // 2 for index in first] == [0, 1, 2, 3]  # one of each quarter
        assert set(drawn[1, :, 0, 0, 0].tolist()) <= {9, 11}
        seen.add(tuple(first))
    assert len(seen) > 1
    read, valid = inputs.inference(np.array([0, 1, 2]))
    assert valid.tolist() == [[True] * 3, [True, True, False], [False] * 3]
    assert read[1, :2, 0, 0, 0].tolist() == [9, 11]
    assert read[0, :, 0, 0, 0].tolist() == [1, 4, 6]
