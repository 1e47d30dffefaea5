"""Streams fused in one network that is trained as a whole, with streams hidden in training.

What Hemamou et al. 2019 ask for after early and late fusion: the fused HireNet that ships, one with
a gate over streams, and one whose streams attend to each other. Each stream of each answer is
hidden now and then in training, so that an answer without one of them is nothing new.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from torch import nn

from hirenet_sales.models.entry import Entry
from hirenet_sales.models.hirenet_family import HireNetOptions
from hirenet_sales.models.neural import AttentionNeuralModel
from hirenet_sales.networks.batch import Shape
from hirenet_sales.networks.cross_modal import CrossModalHireNet
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.networks.gated import GatedHireNet
from hirenet_sales.networks.hirenet import HireNetConfig
from hirenet_sales.training.options import Losses


class FusionOptions(HireNetOptions):
    """Training and sizes; `cells` and `inputs_dropped` hold what differs for single streams."""

    fusion_hidden: int = Field(48, ge=1)
    stream_loss: float = Field(0.3, ge=0, description="weight of the loss of each stream alone")
    stream_dropout: float = Field(0.15, ge=0, lt=1, description="how often a stream is hidden")
    cells: dict[str, Literal["gru", "lstm"]] = Field(default_factory=dict)
    inputs_dropped: dict[str, float] = Field(
        default_factory=dict, description="dropout_in by stream"
    )

    def configs(
        self, shape: Shape, streams: tuple[str, ...], targets: int
    ) -> dict[str, HireNetConfig]:
        """Of all streams' networks."""
        return {
            name: self.config(
                shape,
                name,
                targets,
                cell=self.cells.get(name, self.cell),
                dropout_in=self.inputs_dropped.get(name, self.dropout_in),
            )
            for name in streams
        }


class CrossModalOptions(FusionOptions):
    """Training and sizes of cross-modal attention."""

    heads: int = Field(4, ge=1, description="they divide twice answer_hidden")

    @field_validator("heads")
    @classmethod
    def _divides(cls, heads: int, info: ValidationInfo) -> int:
        width = 2 * info.data.get("answer_hidden", heads)
        if width % heads:
            raise ValueError(f"{heads}, expected a divisor of twice answer_hidden, {width}")
        return heads


def fusion(
    model: type[AttentionNeuralModel],
    name: str,
    network: Callable[..., nn.Module],
    streams: tuple[str, ...],
    options: FusionOptions,
) -> AttentionNeuralModel:
    """An unfitted model of a network that takes the configurations of its streams."""
    heads = {"heads": options.heads} if isinstance(options, CrossModalOptions) else {}

    def net(shape: Shape, targets: int) -> nn.Module:
        configs = options.configs(shape, streams, targets)
        return network(configs, hidden=options.fusion_hidden, dropout=options.dropout, **heads)

    losses = Losses(stream_loss=options.stream_loss, stream_dropout=options.stream_dropout)
    return model(name, streams, options, net, losses)


ENTRIES = (
    Entry(
        "fused",
        "ours; Hemamou et al. 2019, Conclusion, ask for more than early and late fusion",
        "a HireNet for each stream, answer states summed; the shipped model's network",
        FusionOptions,
        partial(fusion, AttentionNeuralModel, "fused", FusedHireNet),
        fuses=True,
    ),
    Entry(
        "gated",
        "ours, after Arevalo et al. 2017 (gated multimodal unit)",
        "a HireNet for each stream and a gate over streams that sees the question",
        FusionOptions,
        partial(fusion, AttentionNeuralModel, "gated", GatedHireNet),
        fuses=True,
    ),
    Entry(
        "cross_modal",
        "ours, after Tsai et al. 2019 (cross-modal attention)",
        "a HireNet for each stream; each step attends to the steps of the other streams",
        CrossModalOptions,
        partial(fusion, AttentionNeuralModel, "cross_modal", CrossModalHireNet),
        fuses=True,
    ),
)
