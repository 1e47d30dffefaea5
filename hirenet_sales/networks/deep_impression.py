"""Deep Impression: a residual stream for the sound, one for the picture, joined at the end.

Gucluturk et al. 2017, "Apparent Personality Trait Prediction with Audiovisual Deep Residual
Networks" (poster; the network is that of Gucluturk et al. 2016): "17 layer auditory stream, 17
layer visual stream and one layer late fusion stream". A stream is one convolution and eight
residual blocks of two, with 32 to 256 channels; the auditory one has squared kernels and strides.
Estimates are (tanh + 1) / 2. These sizes are those of the authors' repository,
yagguc/deep_impression; the crops, 224 pixels and 224^2 samples, are ours: the poster is silent.

In training, a clip is one random crop of one random frame and one random piece of sound
(`random_clip`). At test the network reads the whole sound and all frames, and averages over them.

Deviation: a clip without sound, or without a frame, has a zero vector in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from hirenet_sales.networks.cnn_lstm import features_of_valid
from hirenet_sales.networks.resnet import ResNet

SAMPLE_RATE_HZ = 16000


@dataclass(frozen=True)
class DeepImpressionConfig:
    """Sizes.

    Attributes
    ----------
    targets : number of outputs
    width : channels of the first layer; 32 in the authors' network
    small_input : no reduction before the first block, for pictures of 32 to 64 pixels
    crop_px : side of the picture in training, pixels
    crop_samples : length of the sound in training, at SAMPLE_RATE_HZ
    """

    targets: int = 5
    width: int = 32
    small_input: bool = False
    crop_px: int = 224
    crop_samples: int = 224**2


class DeepImpression(nn.Module):
    """See the top of this file."""

    def __init__(self, config: DeepImpressionConfig) -> None:
        super().__init__()
        c = self.config = config
        self.auditory = ResNet(18, dims=1, channels=1, width=c.width, squared=True)
        self.visual = ResNet(18, width=c.width, small_input=c.small_input)
        self.fusion = nn.Linear(self.auditory.width_out + self.visual.width_out, c.targets)

    def forward(
        self,
        frames: Tensor,
        waveform: Tensor,
        *,
        valid: Tensor | None = None,
        samples: Tensor | None = None,
    ) -> Tensor:
        """Estimates (B, K) on [0, 1].

        Parameters
        ----------
        frames : uint8, or float on [0, 1], (B, T, H, W, 3), RGB
        waveform : float (B, S), mono at SAMPLE_RATE_HZ, on [-1, 1]; S = 0 = no sound at all
        valid : bool (B, T), None = all
        samples : int (B,), how many samples of each row are real, from the first; None = all. What
            follows them changes nothing.
        """
        if valid is None:
            valid = torch.ones(frames.shape[:2], dtype=torch.bool, device=frames.device)
        if samples is None:
            samples = torch.full((len(waveform),), waveform.shape[1])
        v = features_of_valid(self._visual, self.visual.width_out, frames, valid)  # (B, T, 8 width)
        v = v.sum(1) / valid.sum(1, keepdim=True).clamp_min(1)  # (B, 8 width)
        a = self._auditory(waveform, samples)  # (B, 8 width)
        return (torch.tanh(self.fusion(torch.cat([a, v], -1))) + 1) / 2  # (B, K)

    def _visual(self, pictures: Tensor) -> Tensor:
        features: Tensor = self.visual(2 * pictures.permute(0, 3, 1, 2) - 1)  # (N, 8 width)
        return features

    def _auditory(self, waveform: Tensor, samples: Tensor) -> Tensor:
        """Clips of one length at a time: zeros after a shorter one would leak into its mean."""
        features = torch.zeros(len(waveform), self.auditory.width_out, device=waveform.device)
        for length in samples.unique().tolist():
            if length:
                rows = (samples == length).nonzero().squeeze(1).to(waveform.device)
                piece = waveform[rows, :length].unsqueeze(1)  # (R, 1, length)
                features = features.index_put((rows,), self.auditory(piece).to(features.dtype))
        return features


def random_clip(
    frames: np.ndarray,
    waveform: np.ndarray,
    config: DeepImpressionConfig,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """One training example of a clip: a crop of a frame, mirrored or not, and a piece of the sound.

    Parameters
    ----------
    frames : uint8 (T, H, W, 3), T at least 1, sides of at least `crop_px`
    waveform : float (S,); where S < `crop_samples`, zeros follow

    Returns
    -------
    uint8 (1, crop_px, crop_px, 3) and float32 (crop_samples,).
    """
    side, length = config.crop_px, config.crop_samples
    frame = frames[random.integers(len(frames))]
    top = random.integers(frame.shape[0] - side + 1)
    left = random.integers(frame.shape[1] - side + 1)
    crop = frame[top : top + side, left : left + side]
    if random.random() < 0.5:
        crop = crop[:, ::-1]
    begin = random.integers(max(len(waveform) - length, 0) + 1)
    piece = np.zeros(length, np.float32)
    sound = waveform[begin : begin + length]
    piece[: len(sound)] = sound
    return np.ascontiguousarray(crop)[None], piece
