"""Two stages: what each minimises, how it is optimised, and that both learn what is planted."""

from __future__ import annotations

import pytest
import torch

from hirenet_sales.errors import ConfigError
from hirenet_sales.networks.crnet import CrNetConfig, CrReading, build_branch
from hirenet_sales.networks.losses import classification_loss, regression_loss
from hirenet_sales.training.crnet import TwoStageConfig, stage_optimizer, staged_loss


@pytest.fixture
def reading() -> CrReading:
    torch.manual_seed(0)
    return CrReading(torch.rand(4, 6), torch.randn(4, 6, 4), torch.randn(4, 6, 8))


@pytest.fixture
def labels() -> torch.Tensor:
    return torch.rand(4, 6, generator=torch.Generator().manual_seed(1))


def test_defaults_are_the_paper_s() -> None:
    config = TwoStageConfig()
    assert config.losses == ("l1", "mse", "bell")
    assert (config.batch, config.learning_rate, config.weight_decay) == (30, 0.002, 0.005)
    assert (config.scale, config.sigma, config.gamma) == (100, 9, 300)
    first, schedule = stage_optimizer([torch.nn.Parameter(torch.zeros(1))], config, 1)
    second, _ = stage_optimizer([torch.nn.Parameter(torch.zeros(1))], config, 2)
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
        found = staged_loss(reading, labels, TwoStageConfig(losses), 1, 0)
        torch.testing.assert_close(found, classification_loss(reading.class_logits, labels))


@pytest.mark.parametrize("losses", [("mse",), ("bell",), ("l1", "mse", "bell")])
def test_the_second_stage_is_equation_eight(reading, labels, losses) -> None:
    config = TwoStageConfig(losses)
    for epoch, weight in ((0, 200.0), (9, 20.0), (49, 4.0)):
        expected = regression_loss(losses)(reading.estimates, labels)
        expected = expected + weight * classification_loss(reading.class_logits, labels)
        torch.testing.assert_close(staged_loss(reading, labels, config, 2, epoch), expected)


def test_without_classes_there_is_regression_alone(reading, labels) -> None:
    plain = CrReading(reading.estimates, None, reading.features)
    config = TwoStageConfig()
    torch.testing.assert_close(
        staged_loss(plain, labels, config, 2, 0),
        regression_loss(config.losses)(plain.estimates, labels),
    )
    for stage, losses in ((1, ("mse",)), (2, ())):
        with pytest.raises(ConfigError, match="stage 2 alone"):
            staged_loss(plain, labels, TwoStageConfig(losses), stage, 0)


def test_expectation_alone_classifies_in_both_stages(reading, labels) -> None:
    found = staged_loss(reading, labels, TwoStageConfig(()), 2, 49)
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
    network = build_branch(
        CrNetConfig(targets=2, head=head, depth=18, width=4, small_input=True, input_px=16)
    )
    config = TwoStageConfig(losses, 4, 12, 16, learning_rate=0.01)
    x, y = planted(96, 0)
    network.train()
    for stage in (1, 2) if head == "cr-block" else (2,):
        optimizer, schedule = stage_optimizer(network.parameters(), config, stage)
        for epoch in range(config.epochs(stage)):
            for rows in torch.randperm(len(x)).split(config.batch):
                optimizer.zero_grad()
                staged_loss(network(x[rows]), y[rows], config, stage, epoch).backward()
                optimizer.step()
            schedule.step()
    network.eval()
    unseen, truth = planted(64, 1)
    with torch.inference_mode():
        estimates = network(unseen).estimates
    for target in range(2):
        r = torch.corrcoef(torch.stack([estimates[:, target], truth[:, target]]))[0, 1]
        assert float(r) > 0.8
