"""What a branch of CR-Net is fed with, drawn frames or fixed vectors, and what it makes of them.

In training a clip shows one random frame of each of its segments (Li et al. 2020, section 3.1.1),
drawn anew in every epoch; when nothing is learnt it shows evenly spread ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from hirenet_sales.models.final_regressor import fuse_features
from hirenet_sales.networks.crnet import CrReading
from hirenet_sales.networks.frame_sampling import even_frames, segment_frames
from hirenet_sales.training.crnet import BranchInputs

LEAST_SCALE = 1e-6  # of a value that hardly varies
READING = 64  # clips read at once, where nothing is learnt


@dataclass(frozen=True, eq=False)
class FrameInputs:
    """Pictures of clips, for the visual branches.

    Attributes
    ----------
    pictures : uint8 (T, S, S, 3), one array a clip, in order of time, may be memory-mapped; only
        what is drawn is read
    side : S
    segments : frames of a clip in training
    shown : most frames of a clip where nothing is learnt
    """

    pictures: Sequence[np.ndarray]
    side: int
    segments: int
    shown: int

    @property
    def present(self) -> np.ndarray:
        """Clips with at least one picture, bool (N,)."""
        return np.array([len(own) > 0 for own in self.pictures], dtype=bool)

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """Frames uint8 (B, segments, S, S, 3), one random one of each segment."""
        drawn = [
            self.pictures[row][segment_frames(len(self.pictures[row]), self.segments, random)]
            for row in rows
        ]
        return (torch.from_numpy(np.stack(drawn)),)

    def reading(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """Frames uint8 (B, T, S, S, 3), and which of them are real, bool (B, T)."""
        counts = [min(len(self.pictures[row]), self.shown) for row in rows]
        frames = np.zeros((len(rows), max(1, *counts), self.side, self.side, 3), np.uint8)
        valid = np.arange(frames.shape[1]) < np.array(counts)[:, None]
        for of_clip, row, count in zip(frames, rows, counts, strict=True):
            if count:
                own = self.pictures[row]
                of_clip[:count] = own[even_frames(len(own), count)]
        return torch.from_numpy(frames), torch.from_numpy(valid)


@dataclass(frozen=True, eq=False)
class Scaling:
    """What standardises vectors of D values.

    Attributes
    ----------
    mean, scale : float (D,)
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, vectors: np.ndarray) -> Scaling:
        """From vectors (N, D) of training clips; without any, all that follow become zeros."""
        if not len(vectors):
            return cls(np.zeros(vectors.shape[1]), np.full(vectors.shape[1], np.inf))
        return cls(vectors.mean(0), np.maximum(vectors.std(0), LEAST_SCALE))

    def apply(self, vectors: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Float32 (N, D) of vectors (N, D); zeros where `present`, bool (N,), has none."""
        scaled = (vectors - self.mean) / self.scale
        return np.where(present[:, None], scaled, 0.0).astype(np.float32)


@dataclass(frozen=True, eq=False)
class VectorInputs:
    """One vector of the sound and one of the words of each clip, for the other branches.

    Attributes
    ----------
    audio, text : float32 (N, A) and (N, D), standardised; zeros where a clip has none
    present : bool (N,), clips that have any of what the branch reads
    """

    audio: np.ndarray
    text: np.ndarray
    present: np.ndarray

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """Sound (B, A) and words (B, D)."""
        return self.reading(rows)

    def reading(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """Sound (B, A) and words (B, D)."""
        return torch.from_numpy(self.audio[rows]), torch.from_numpy(self.text[rows])


@dataclass(frozen=True, eq=False)
class BranchReading:
    """What a branch makes of N clips.

    Attributes
    ----------
    estimates : (N, P), on the labels' scale; NaN where a clip has nothing that the branch reads
    features : (N, P, D); zeros where it has nothing
    present : bool (N,), where it has something
    """

    estimates: np.ndarray
    features: np.ndarray
    present: np.ndarray


def read_clips(net: nn.Module, inputs: BranchInputs, rows: np.ndarray) -> BranchReading:
    """What a branch makes of clips, in the order of `rows`."""
    readings: list[CrReading] = []
    net.eval()
    with torch.inference_mode():
        for begin in range(0, len(rows), READING):
            readings.append(net(*inputs.reading(rows[begin : begin + READING])))
    present = inputs.present[rows]
    estimates = torch.cat([reading.estimates for reading in readings]).double().numpy()
    features = torch.cat([reading.features for reading in readings]).float().numpy()
    estimates[~present], features[~present] = np.nan, 0.0
    return BranchReading(estimates, features, present)


def fuse_readings(
    readings: Mapping[str, BranchReading], weights: Mapping[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Features (N, P, D) of some branches as one, and which clips have any of them, bool (N,)."""
    if len(readings) == 1:
        [reading] = readings.values()
        return reading.features, reading.present
    valid = {branch: reading.present for branch, reading in readings.items()}
    features = {branch: reading.features for branch, reading in readings.items()}
    fused = fuse_features(features, valid=valid, weights=weights)
    return fused, np.any(list(valid.values()), axis=0)
