"""CNNs that read one frame: the nine of Kassab et al. 2022, Table III, and EfficientNet-Lite2.

The nine come from `keras.applications` on Keras's torch backend (extra `keras`). EfficientNet-Lite2
needs no extra and brings its ImageNet weights. All of them take pictures on [0, 1] and give the
maps of the last convolution, averaged or flattened.

Deviation: the paper feeds 0..1 to every network. ImageNet weights expect other inputs (VGG: BGR
minus means; ResNetV2: -1..1; EfficientNet: standardised), so `inputs="imagenet"`, the default,
converts pictures to them; `inputs="unit"` is the paper to the letter.
"""

from __future__ import annotations

import math
from pathlib import Path

from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

from extractors.errors import WeightsError
from extractors.face.cnn import installed_weights
from extractors.safe_weights import load_weights, read_weights
from hirenet_sales.networks.backbone import Backbone
from hirenet_sales.networks.keras_backbone import KERAS, KerasBackbone

LITE = "EfficientNet-Lite2"
BACKBONES = (*KERAS, LITE)
SMALLEST_PX = 48  # of 32, the last map is one cell: with ImageNet weights, Lite2's is all zero


class LiteBackbone(Backbone):
    """EfficientNet-Lite2; see `build_backbone` for the parameters."""

    name = LITE

    def __init__(self, weights: str | Path | None, inputs: str, pool: str, input_px: int) -> None:
        super().__init__()
        self.network = EfficientNet.from_name("efficientnet-lite2")
        self.network._fc = nn.Identity()
        if weights is not None:
            _load_lite_weights(self.network, weights)
        self.inputs, self.pool = inputs, pool
        blocks = [f"_blocks.{n}" for n in range(len(self.network._blocks))]
        self.points = ("_conv_stem", "_bn0", *blocks, "_conv_head", "_bn1")
        self.width = self.network._bn1.num_features
        if pool == "flatten":
            self.width *= math.ceil(input_px / 32) ** 2  # every halving rounds up
        self.frozen: tuple[str, ...] = ()

    def forward(self, pictures: Tensor) -> Tensor:
        x = pictures if self.inputs == "unit" else (255 * pictures - 127) / 128
        maps: Tensor = self.network.extract_features(x.permute(0, 3, 1, 2))  # (N, 1280, H/32, W/32)
        return maps.mean((2, 3)) if self.pool == "average" else maps.flatten(1)

    def train(self, mode: bool = True) -> LiteBackbone:
        """As in torch, but frozen layers stay in evaluation mode."""
        super().train(mode)
        for point in self.frozen:
            self.network.get_submodule(point).eval()
        return self

    def _freeze(self, points: tuple[str, ...]) -> None:
        self.frozen = points
        for point in self.points:
            self.network.get_submodule(point).requires_grad_(point not in points)
        self.train(self.training)


def build_backbone(
    name: str,
    *,
    weights: str | Path | None = None,
    inputs: str = "imagenet",
    pool: str = "average",
    input_px: int = 64,
) -> Backbone:
    """A CNN by name.

    Parameters
    ----------
    name : one of BACKBONES
    weights : None, random; "imagenet", for EfficientNet-Lite2 those of its installed package, for
        the others a download by Keras; or a file, .safetensors for EfficientNet-Lite2 and Keras's
        .weights.h5 or .h5, without the classifier, for the others
    inputs : "imagenet" or "unit", see above
    pool : "average" or "flatten" of the last maps
    input_px : side of the pictures, at least 48

    Raises
    ------
    BackendError
        if Keras is needed and missing, or runs on another backend.
    WeightsError
        if the file is missing or belongs to another network.
    """
    if name == LITE:
        return LiteBackbone(weights, inputs, pool, input_px)
    return KerasBackbone(name, weights, inputs, pool, input_px)


def _load_lite_weights(network: EfficientNet, weights: str | Path) -> None:
    state = installed_weights() if weights == "imagenet" else read_weights(weights)
    try:
        load_weights(network, {k: v for k, v in state.items() if not k.startswith("_fc.")})
    except ValueError as error:
        raise WeightsError(f"{weights}: not the weights of {LITE}: {error}") from error
