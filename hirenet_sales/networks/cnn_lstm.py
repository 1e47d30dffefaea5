"""CNN-LSTM: a CNN frame by frame, stacked LSTMs, dense layers, five traits.

Kassab, Kashevnik, Glekler, Mayatin 2022, "Human Sales Ability Estimation Based on Interview Video
Analysis", section IV.C and Table III: (None, 60, 64, 64, 3) in, (None, 5) out, mean squared error.

Deviations and what the paper leaves open:
1. The estimates pass a sigmoid, so that they stay on [0, 1]; dense layers have ReLU. The paper
   names no activation.
2. The last maps of the CNN are averaged (`pool="flatten"` keeps their places). The paper does not
   say how they reach the LSTM.
3. Frames that are not `valid` are skipped by CNN and LSTM alike.
4. torch's LSTM has two bias vectors where Keras's has one.
5. EfficientNet-Lite2, which needs no extra, has the sizes of the paper's best row, EfficientNetB2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hirenet_sales.networks.attention import SequenceEncoder
from hirenet_sales.networks.backbones import LITE, build_backbone


@dataclass(frozen=True)
class CnnLstmConfig:
    """Sizes and switches.

    Attributes
    ----------
    backbone : one of `backbones.BACKBONES`
    lstm : units of each LSTM layer, one direction
    dense : units of each dense layer before the last
    targets : number of outputs
    input_px : side of a frame in pixels
    weights, inputs, pool : as `build_backbone` takes them
    freeze_before : the first layer of the CNN that is trained, "all" = none of it, None = all of it
    dropout : before every dense layer
    """

    backbone: str = LITE
    lstm: tuple[int, ...] = (64, 64)
    dense: tuple[int, ...] = (32,)
    targets: int = 5
    input_px: int = 64
    weights: str | None = None
    inputs: str = "imagenet"
    pool: str = "average"
    freeze_before: str | None = None
    dropout: float = 0.0


TABLE_III: dict[str, CnnLstmConfig] = {
    "VGG16": CnnLstmConfig("VGG16", (64, 64), (32,)),
    "VGG19": CnnLstmConfig("VGG19", (64, 64), (32,)),
    "ResNet50V2": CnnLstmConfig("ResNet50V2", (128, 128), (64,)),
    "ResNet101V2": CnnLstmConfig("ResNet101V2", (128, 128), (64,)),
    "EfficientNetB1": CnnLstmConfig("EfficientNetB1", (512,), (256,)),
    "EfficientNetB2": CnnLstmConfig("EfficientNetB2", (64, 64), (32,)),
    "EfficientNetB3": CnnLstmConfig("EfficientNetB3", (64, 64), (32,)),
    "EfficientNetB4": CnnLstmConfig("EfficientNetB4", (128, 128), (64,)),
    "EfficientNetB5": CnnLstmConfig("EfficientNetB5", (1024,), (256,)),
}
# Stored values, as `parameter_count` counts them: Keras's own counts, less the input
# statistics of EfficientNet, with the second bias of torch's LSTM.
PARAMETERS: dict[str, int] = {
    "VGG16": 14_898_181,
    "VGG19": 20_207_877,
    "ResNet50V2": 24_820_613,
    "ResNet101V2": 43_882_373,
    "EfficientNetB1": 10_381_957,
    "EfficientNetB2": 8_181_431,
    "EfficientNetB3": 11_229_165,
    "EfficientNetB4": 18_798_557,
    "EfficientNetB5": 41_368_309,
    LITE: 5_249_269,
}
CONFIGS = {**TABLE_III, LITE: CnnLstmConfig(LITE, (64, 64), (32,), weights="imagenet")}


def on_unit_range(frames: Tensor) -> Tensor:
    """Pictures as float on [0, 1]: uint8 is divided by 255, float is returned unchanged."""
    return frames.float() / 255 if frames.dtype == torch.uint8 else frames


def features_of_valid(
    cnn: Callable[[Tensor], Tensor], width: int, frames: Tensor, valid: Tensor
) -> Tensor:
    """CNN features of the valid frames, (B, T, width); zero at the others, which are skipped.

    Parameters
    ----------
    cnn : from (N, H, W, 3) on [0, 1] to (N, width)
    frames : uint8, or float on [0, 1], (B, T, H, W, 3)
    valid : bool (B, T)
    """
    features = torch.zeros(*valid.shape, width, device=frames.device)
    if not valid.any():
        return features
    encoded = cnn(on_unit_range(frames[valid]))  # (N, width)
    return features.to(encoded.dtype).index_put((valid,), encoded)


class CnnLstm(nn.Module):
    """See the top of this file; `CnnLstm(TABLE_III["EfficientNetB2"])` is the paper's best."""

    def __init__(self, config: CnnLstmConfig) -> None:
        super().__init__()
        c = self.config = config
        self.cnn = build_backbone(
            c.backbone, weights=c.weights, inputs=c.inputs, pool=c.pool, input_px=c.input_px
        )
        self.cnn.freeze(c.freeze_before)
        widths = (self.cnn.width, *c.lstm)
        encoders = [
            SequenceEncoder("lstm", width, units, bidirectional=False)
            for width, units in zip(widths[:-1], c.lstm, strict=True)
        ]
        self.lstm, self.last_lstm = nn.ModuleList(encoders[:-1]), encoders[-1]
        layers: list[nn.Module] = []
        width = widths[-1]
        for units in c.dense:
            layers += [nn.Dropout(c.dropout), nn.Linear(width, units), nn.ReLU()]
            width = units
        self.dense = nn.Sequential(*layers, nn.Linear(width, c.targets))

    def forward(self, frames: Tensor, valid: Tensor | None = None) -> Tensor:
        """Estimates (B, K) on [0, 1].

        Parameters
        ----------
        frames : uint8, or float on [0, 1], (B, T, H, W, 3), RGB
        valid : bool (B, T), frames with a face; None = all. A clip without any gets the answer to
            a zero vector.
        """
        if valid is None:
            valid = torch.ones(frames.shape[:2], dtype=torch.bool, device=frames.device)
        return self.estimate(features_of_valid(self.cnn, self.cnn.width, frames, valid), valid)

    def estimate(self, features: Tensor, valid: Tensor) -> Tensor:
        """Estimates (B, K) from the CNN's vectors of frames, (B, T, D); valid: bool (B, T)."""
        x = features
        for layer in self.lstm:
            x = layer(x, valid)  # (B, T, units)
        last = self.last_lstm.last(x, valid)  # (B, units)
        return torch.sigmoid(self.dense(last))  # (B, K)
