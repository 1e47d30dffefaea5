"""CR-Net: classification guides regression, one network a branch.

Li, Wan, Miao, Escalera, Fang, Chen, Qi, Guo 2020, "CR-Net: A Deep Classification-Regression Network
for Multimodal Apparent Personality Analysis", IJCV. For trait p with classes i = 1..n, and a, the
output of the backbone's average pooling:

    (1) f_pi   = F(a, theta_pi)                              one feature vector a class
    (2) w_pi   = exp(f_pi) / sum_i exp(f_pi)                 softmax over the classes
    (3) f_reg  = sum_i f_pi * w_pi
    (4) y_p    = G(f_reg, Theta_p | Psi_p)    (5) Psi_p = C_p = [C_p1, ..., C_pn]

What the paper leaves open, and how it is read here:
1. f_pi is a vector in (1) and (3), but a number in (2): w_pi is "a vector extended by scalar".
   `score="learnt"`: a 1x1 convolution v_p takes each f_pi to that number. `score="elementwise"` is
   (2) to the letter: a softmax over classes in every element, whose mean logit classifies.
2. The condition (5) acts through w_pi alone; nothing else of the class vector reaches G.
3. F and G are 1x1 convolutions on a pooled map, so linear layers. G's bias starts at START, in
   the middle of the scale: the Bell loss has no slope far from the label (table 5, Bell alone).
4. How the 2-D network reads 32 frames is not said: each is read for itself, and a is the mean over
   the valid ones.
5. Skip-thought vectors (4,800 values) are replaced by all-MiniLM-L6-v2 (384), the waveform by the
   mean of the voice's descriptors. Both are joined before the first layer of a one-dimensional
   ResNet.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hirenet_sales.networks.cnn_lstm import features_of_valid
from hirenet_sales.networks.resnet import ResNet
from hirenet_sales.networks.trait_classes import class_middles

VISUAL_BRANCHES = ("scene", "face")
BRANCHES = (*VISUAL_BRANCHES, "audio-text", "audio", "text")
START = 0.5  # first estimate of every target


@dataclass(frozen=True)
class CrNetConfig:
    """One branch of CR-Net.

    Attributes
    ----------
    branch : one of BRANCHES: "scene" and "face" read frames; the others vectors
    targets : outputs, the five traits and the interview in the paper
    classes : 4, 7 or 10 a trait
    head : "cr-block"; "plain", a linear layer on a (table 4 without CR-block); "expectation", the
        class middles weighted by the class probabilities (table 6)
    score : "learnt" or "elementwise", see above
    depth, width, small_input : of the ResNet; 34, 64, False in the paper
    """

    branch: str = "face"
    targets: int = 6
    classes: int = 4
    head: str = "cr-block"
    score: str = "learnt"
    depth: int = 34
    width: int = 64
    small_input: bool = False


@dataclass(frozen=True)
class CrReading:
    """Output of a branch.

    Attributes
    ----------
    estimates : (B, P), labels' scale, not bounded
    class_logits : (B, P, C), or None without classification
    features : f_reg, (B, P, D): what the final regressor reads; a itself for the other heads
    """

    estimates: Tensor
    class_logits: Tensor | None
    features: Tensor


class CrBlock(nn.Module):
    """Equations (1) to (5) for all traits at once.

    Parameters
    ----------
    width : D, size of a and of every feature
    targets, classes : P and n
    score : "learnt" or "elementwise"
    """

    def __init__(self, width: int, targets: int, classes: int, score: str = "learnt") -> None:
        super().__init__()
        self.shape = (targets, classes, width)
        self.feature = nn.Linear(width, targets * classes * width)  # F, theta
        bound = width**-0.5
        self.score = nn.Parameter(torch.empty(targets, width).uniform_(-bound, bound))  # v
        self.regression = nn.Parameter(torch.empty(targets, width).uniform_(-bound, bound))  # G
        self.start = nn.Parameter(torch.full((targets,), START))  # G's bias
        self.elementwise = score == "elementwise"
        if self.elementwise:
            del self.score

    def forward(self, a: Tensor) -> CrReading:
        """From a (B, D)."""
        f = self.feature(a).unflatten(-1, self.shape)  # (B, P, n, D)        (1)
        if self.elementwise:
            logits = f.mean(-1)  # (B, P, n)
            w = torch.softmax(f, dim=2)  # (B, P, n, D)                       (2)
        else:
            logits = torch.einsum("bpnd,pd->bpn", f, self.score)  # (B, P, n)
            w = torch.softmax(logits, dim=2).unsqueeze(-1)  # (B, P, n, 1)    (2)
        f_reg = (f * w).sum(2)  # (B, P, D)                                   (3)
        y = torch.einsum("bpd,pd->bp", f_reg, self.regression) + self.start  # (4)
        return CrReading(y, logits, f_reg)


class PlainHead(nn.Module):
    """A linear layer on a: the network of table 4 without CR-block."""

    def __init__(self, width: int, targets: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, targets)
        nn.init.constant_(self.linear.bias, START)

    def forward(self, a: Tensor) -> CrReading:
        estimates = self.linear(a)  # (B, P)
        return CrReading(estimates, None, a.unsqueeze(1).expand(-1, estimates.shape[1], -1))


class ExpectationHead(nn.Module):
    """The expected class middle (Rothe et al. 2015), as table 6 compares it."""

    def __init__(self, width: int, targets: int, classes: int) -> None:
        super().__init__()
        self.shape = (targets, classes)
        self.linear = nn.Linear(width, targets * classes)
        self.register_buffer("middles", class_middles(classes), persistent=False)

    def forward(self, a: Tensor) -> CrReading:
        logits = self.linear(a).unflatten(-1, self.shape)  # (B, P, n)
        estimates = torch.softmax(logits, -1) @ self.get_buffer("middles")  # (B, P)
        return CrReading(estimates, logits, a.unsqueeze(1).expand(-1, self.shape[0], -1))


def _head(config: CrNetConfig, width: int) -> nn.Module:
    if config.head == "plain":
        return PlainHead(width, config.targets)
    if config.head == "expectation":
        return ExpectationHead(width, config.targets, config.classes)
    return CrBlock(width, config.targets, config.classes, config.score)


class VisualCrNet(nn.Module):
    """The scene or the face branch; `config.branch` only names what the frames show."""

    def __init__(self, config: CrNetConfig) -> None:
        super().__init__()
        c = self.config = config
        self.backbone = ResNet(c.depth, width=c.width, small_input=c.small_input)
        self.head = _head(c, self.backbone.width_out)

    def forward(self, frames: Tensor, valid: Tensor | None = None) -> CrReading:
        """Read clips.

        Parameters
        ----------
        frames : uint8, or float on [0, 1], (B, T, H, W, 3), RGB
        valid : bool (B, T), None = all; a clip without a valid frame has a = 0
        """
        if valid is None:
            valid = torch.ones(frames.shape[:2], dtype=torch.bool, device=frames.device)
        a = features_of_valid(self._vectors, self.backbone.width_out, frames, valid)  # (B, T, D)
        mean = a.sum(1) / valid.sum(1, keepdim=True).clamp_min(1)  # (B, D)
        reading: CrReading = self.head(mean)
        return reading

    def _vectors(self, pictures: Tensor) -> Tensor:
        vectors: Tensor = self.backbone(2 * pictures.permute(0, 3, 1, 2) - 1)
        return vectors


class VectorCrNet(nn.Module):
    """The audio-text branch, or one of its halves."""

    def __init__(self, config: CrNetConfig) -> None:
        super().__init__()
        c = self.config = config
        self.backbone = ResNet(
            c.depth, dims=1, channels=1, width=c.width, small_input=c.small_input
        )
        self.head = _head(c, self.backbone.width_out)

    def forward(self, audio: Tensor, text: Tensor) -> CrReading:
        """Read clips.

        Parameters
        ----------
        audio : float (B, A), standardised means of the voice's descriptors
        text : float (B, D), sentence vectors

        An "audio" branch leaves the text aside, a "text" branch the sound. A clip that lacks one of
        them has zeros there, as the paper pads.
        """
        parts = {"audio": [audio], "text": [text]}.get(self.config.branch, [audio, text])
        joined = torch.cat(parts, -1).unsqueeze(1)  # (B, 1, A + D)
        reading: CrReading = self.head(self.backbone(joined))
        return reading


def build_branch(config: CrNetConfig) -> VisualCrNet | VectorCrNet:
    """The network of `config.branch`."""
    return VisualCrNet(config) if config.branch in VISUAL_BRANCHES else VectorCrNet(config)
