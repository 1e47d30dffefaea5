"""CR-Net's options: the paper's by default, and as many passes with and without classes."""

from __future__ import annotations

from hirenet_sales.models.crnet_options import CrnetOptions
from hirenet_sales.networks.crnet import CrNetConfig
from hirenet_sales.training.crnet import Stage


def test_the_defaults_are_the_papers() -> None:
    options = CrnetOptions()
    assert options.network("face", 6) == CrNetConfig()
    assert options.stages == (Stage(1, 50), Stage(2, 50))
    assert (options.input_px, options.segments, options.features) == (112, 32, 512)


def test_networks_without_classes_see_clips_as_often() -> None:
    sizes = {"classification_epochs": 2, "regression_epochs": 4}
    assert CrnetOptions(head="plain", **sizes).stages == (Stage(2, 6),)
    assert CrnetOptions(**sizes).stages == (Stage(1, 2), Stage(2, 4))
    assert CrnetOptions(head="plain", equal_passes=False, **sizes).stages == (Stage(2, 4),)
