"""What a clip network is fed with: frames drawn from the clip's pictures, or fixed vectors.

In training a clip shows one random frame of each of its segments (Li et al. 2020, section 3.1.1),
drawn anew in every epoch; when nothing is learnt it shows evenly spread ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from hirenet_sales.models.frame_sampling import even_frames, segment_frames


class ClipInputs(Protocol):
    """Inputs of N clips.

    Attributes
    ----------
    there : bool (N,), clips that have any of what the network reads
    """

    @property
    def there(self) -> np.ndarray: ...

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """What the network's `forward` takes, of the clips at `rows`, with frames drawn anew."""

    def reading(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """The same without chance."""


@dataclass(frozen=True, eq=False)
class FrameInputs:
    """Pictures of clips, for the visual branches.

    Attributes
    ----------
    frames : uint8 (M, S, S, 3), of all clips, may be memory-mapped
    rows : one array a clip, its rows of `frames` that show something, in order of time
    segments : frames of a clip in training
    shown : most frames of a clip where nothing is learnt
    """

    frames: np.ndarray
    rows: Sequence[np.ndarray]
    segments: int
    shown: int

    @property
    def there(self) -> np.ndarray:
        """Clips with at least one frame."""
        return np.array([len(of) > 0 for of in self.rows], dtype=bool)

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """Frames uint8 (B, segments, S, S, 3), one random one of each segment."""
        picked = [
            self.rows[row][segment_frames(len(self.rows[row]), self.segments, random)]
            for row in rows
        ]
        return (torch.from_numpy(self.frames[np.stack(picked)]),)

    def reading(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """Frames uint8 (B, T, S, S, 3), and which of them are real, bool (B, T)."""
        counts = [min(len(self.rows[row]), self.shown) for row in rows]
        shape = (len(rows), max(1, *counts))
        frames = np.zeros((*shape, *self.frames.shape[1:]), np.uint8)
        valid = np.zeros(shape, bool)
        for place, (row, count) in enumerate(zip(rows, counts, strict=True)):
            if count:
                chosen = self.rows[row][even_frames(len(self.rows[row]), count)]
                frames[place, :count], valid[place, :count] = self.frames[chosen], True
        return torch.from_numpy(frames), torch.from_numpy(valid)


@dataclass(frozen=True, eq=False)
class VectorInputs:
    """One vector of the sound and one of the words of each clip, for the other branches.

    Attributes
    ----------
    audio, text : float32 (N, A) and (N, D), standardised; zeros where a clip has none
    there : bool (N,), clips that have any of what the branch reads
    """

    audio: np.ndarray
    text: np.ndarray
    there: np.ndarray

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """Sound (B, A) and words (B, D)."""
        return self.reading(rows)

    def reading(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """Sound (B, A) and words (B, D)."""
        return torch.from_numpy(self.audio[rows]), torch.from_numpy(self.text[rows])
