"""What a clip network is fed with: frames drawn from the clip's pictures, or fixed vectors.

In training a clip shows one random frame of each of its segments (Li et al. 2020, section 3.1.1),
drawn anew in every epoch; when nothing is learnt it shows evenly spread ones.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from hirenet_sales.networks.frame_sampling import even_frames, segment_frames

LEAST_SCALE = 1e-6  # of a value that hardly varies


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


class _DrawnFrames(ABC):
    """Pictures of N clips, wherever they lie.

    Attributes
    ----------
    segments : frames of a clip in training
    shown : most frames of a clip where nothing is learnt
    """

    segments: int
    shown: int

    @property
    @abstractmethod
    def _side(self) -> int:
        """Of a picture, in pixels."""

    @abstractmethod
    def _counts(self, rows: Sequence[int] | np.ndarray) -> list[int]:
        """Pictures of the clips at `rows`."""

    @abstractmethod
    def _some(self, row: int, places: np.ndarray) -> np.ndarray:
        """Pictures uint8 (T, S, S, 3) of a clip."""

    def training(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Tensor, ...]:
        """Frames uint8 (B, segments, S, S, 3), one random one of each segment."""
        drawn = [
            self._some(row, segment_frames(count, self.segments, random))
            for row, count in zip(rows, self._counts(rows), strict=True)
        ]
        return (torch.from_numpy(np.stack(drawn)),)

    def reading(self, rows: np.ndarray) -> tuple[Tensor, ...]:
        """Frames uint8 (B, T, S, S, 3), and which of them are real, bool (B, T)."""
        counts = self._counts(rows)
        shape = (len(rows), max(1, *(min(count, self.shown) for count in counts)))
        frames = np.zeros((*shape, self._side, self._side, 3), np.uint8)
        valid = np.zeros(shape, bool)
        for place, (row, count) in enumerate(zip(rows, counts, strict=True)):
            if count:
                chosen = even_frames(count, min(count, self.shown))
                frames[place, : len(chosen)] = self._some(row, chosen)
                valid[place, : len(chosen)] = True
        return torch.from_numpy(frames), torch.from_numpy(valid)


@dataclass(frozen=True, eq=False)
class FrameInputs(_DrawnFrames):
    """Pictures of clips in one array, for the visual branches.

    Attributes
    ----------
    frames : uint8 (M, S, S, 3), of all clips, may be memory-mapped
    rows : one array a clip, its rows of `frames` that show something, in order of time
    """

    frames: np.ndarray
    rows: Sequence[np.ndarray]
    segments: int
    shown: int

    @property
    def there(self) -> np.ndarray:
        """Clips with at least one frame."""
        return np.array([len(of) > 0 for of in self.rows], dtype=bool)

    @property
    def _side(self) -> int:
        return self.frames.shape[1]

    def _counts(self, rows: Sequence[int] | np.ndarray) -> list[int]:
        return [len(self.rows[row]) for row in rows]

    def _some(self, row: int, places: np.ndarray) -> np.ndarray:
        return self.frames[self.rows[row][places]]


@dataclass(frozen=True, eq=False)
class AnswerFrames(_DrawnFrames):
    """Pictures of answers in an array each, for the visual branches.

    Attributes
    ----------
    pictures : uint8 (T, S, S, 3), one array an answer, in order of time, may be memory-mapped; only
        what is drawn is read
    side : S
    """

    pictures: Sequence[np.ndarray]
    side: int
    segments: int
    shown: int

    @property
    def there(self) -> np.ndarray:
        """Answers with at least one picture."""
        return np.array([len(own) > 0 for own in self.pictures], dtype=bool)

    @property
    def _side(self) -> int:
        return self.side

    def _counts(self, rows: Sequence[int] | np.ndarray) -> list[int]:
        return [len(self.pictures[row]) for row in rows]

    def _some(self, row: int, places: np.ndarray) -> np.ndarray:
        return self.pictures[row][places]


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

    def apply(self, vectors: np.ndarray, there: np.ndarray) -> np.ndarray:
        """Float32 (N, D) of vectors (N, D); zeros where `there`, bool (N,), says that none is."""
        scaled = (vectors - self.mean) / self.scale
        return np.where(there[:, None], scaled, 0.0).astype(np.float32)


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
