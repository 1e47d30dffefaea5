"""Residual networks: the published sizes, on pictures and on signals."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hirenet_sales.errors import ConfigError
from hirenet_sales.networks.resnet import ResNet


def weights(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(("depth", "published"), [(18, 11_689_512), (34, 21_797_672)])
def test_as_many_weights_as_published(depth: int, published: int) -> None:
    """Torchvision's counts, with their classifier of 512 x 1000 + 1000."""
    assert weights(ResNet(depth)) == published - 513_000


@pytest.mark.parametrize("depth", [18, 34])
def test_as_many_layers_as_the_name_says(depth: int) -> None:
    network = ResNet(depth)
    layers = [
        m
        for name, m in network.named_modules()
        if isinstance(m, nn.Conv2d) and "shortcut" not in name
    ]
    assert len(layers) == depth - 1  # the classifier is left out


@pytest.mark.parametrize("small_input", [True, False])
@pytest.mark.parametrize(("dims", "squared"), [(2, False), (1, False), (1, True)])
def test_a_vector_for_every_input_and_gradients_everywhere(dims, squared, small_input) -> None:
    torch.manual_seed(0)
    network = ResNet(18, dims=dims, width=4, squared=squared, small_input=small_input)
    x = torch.randn(2, 3, *((32, 40) if dims == 2 else (700,)))
    out = network(x)
    assert out.shape == (2, 32) == (2, network.width_out)
    out.sum().backward()
    assert all(
        torch.isfinite(p.grad).all() and p.grad.abs().sum() > 0 for p in network.parameters()
    )


def test_reduction_is_the_paper_s() -> None:
    maps = ResNet(34, width=4)
    x = maps.blocks(maps.stem(torch.randn(1, 3, 224, 224)))
    assert x.shape == (1, 32, 7, 7)


def test_other_depths_are_refused() -> None:
    with pytest.raises(ConfigError, match="expected a depth of 18 or 34"):
        ResNet(50)
