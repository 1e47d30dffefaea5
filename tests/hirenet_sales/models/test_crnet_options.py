"""CR-Net's options: the paper's by default, and as many passes with and without classes."""

from __future__ import annotations

from hirenet_sales.models.crnet_options import CrnetOptions, network_of, stages_of
from hirenet_sales.networks.crnet import CrNetConfig
from hirenet_sales.training.crnet import TwoStageConfig


def test_the_defaults_are_the_papers() -> None:
    options = CrnetOptions()
    assert network_of("face", options, 6) == CrNetConfig()
    assert stages_of(options) == {1: TwoStageConfig(), 2: TwoStageConfig()}


def test_networks_without_classes_see_clips_as_often() -> None:
    sizes = {"classification_epochs": 2, "regression_epochs": 4, "decays": 1}
    options = CrnetOptions(head="plain", **sizes)
    plain = stages_of(options)
    assert list(plain) == [2]
    assert plain[2].regression_epochs == 6 and plain[2].decay_every == 3
    options = CrnetOptions(**sizes)
    both = stages_of(options)
    assert (both[1].classification_epochs, both[2].regression_epochs) == (2, 4)
    assert (both[1].decay_every, both[2].decay_every) == (1, 2)
    apart = CrnetOptions(head="plain", equal_passes=False, **sizes)
    assert stages_of(apart)[2].regression_epochs == 4
