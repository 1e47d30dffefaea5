"""The branches of CR-Net one by one: model `crnet` fuses them, experiments train each alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import nn

from hirenet_sales.networks.crnet import CrNetConfig, build_branch


@dataclass(frozen=True)
class Network:
    """A network at its paper's size.

    Attributes
    ----------
    name, reads, paper, summary : for the list of models
    build : makes it
    """

    name: str
    reads: str
    paper: str
    summary: str
    build: Callable[[], nn.Module]

    def parameters(self) -> int:
        """How many numbers are learnt; nothing is put into memory to count them."""
        with torch.device("meta"):
            return sum(p.numel() for p in self.build().parameters())


def _branch(branch: str) -> Callable[[], nn.Module]:
    return lambda: build_branch(CrNetConfig(branch=branch))


CRNET = "Li et al. 2020, CR-Net (IJCV)"
NETWORKS = (
    *(
        Network(
            f"crnet {branch}",
            "32 frames",
            CRNET,
            f"classes guide regression, {branch} branch: experiment run crnet_table4",
            _branch(branch),
        )
        for branch in ("scene", "face")
    ),
    Network(
        "crnet audio-text",
        "sound and words",
        CRNET,
        "classes guide regression, audio and text joined: experiment run crnet_table3",
        _branch("audio-text"),
    ),
)
