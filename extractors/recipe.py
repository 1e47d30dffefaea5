"""Recipe: the features that a model reads, and when in an answer they are sampled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from extractors.errors import ExtractionError
from extractors.face.alignment import CROP_SIZE_PX
from extractors.inside_folder import resolve_inside
from extractors.media.sampling import (
    SHORTEST_SLICE_S,
    SLICE_OFFSETS_S,
    SLICE_S,
    even_times,
    portrait_offsets,
    rate_times,
    slice_bounds,
    slice_times,
)
from extractors.voice.spectral import SHORTEST_WINDOW_S, WINDOW_S

Sampling = Literal["portraits", "even", "rate"]
SAMPLINGS = get_args(Sampling)
VECTORS = ("minilm", "glove")  # installed word vectors
LIMITS = {  # upper limits for an untrusted recipe, on the work and memory for one answer
    "slice_s": 86_400.0,
    "cnn_input_px": 2048,
    "frames": 10_000,
    "spectral_window_s": 86_400.0,
}
SHORTEST_S = 0.1  # of a slice: many shorter ones take more memory than the answer


@dataclass(frozen=True)
class Recipe:
    """Feature extraction settings of a trained model, so that an analysis uses the same.

    Attributes
    ----------
    slice_s : length of a slice, seconds; a longer answer has several
    shortest_s : a last slice shorter than this joins the one before, seconds
    cnn : name of the network that embeds the face crops
    cnn_weights : its weights; None uses the installed ones
    cnn_input_px : side of its input picture
    sampling : when crops are taken: "portraits" as those of First Impressions V2 in every slice,
        "even" over the whole answer, or at a "rate"
    frames : crops a slice for "portraits" (always 4), crops an answer for "even", and crops a
        second for "rate"
    spectral_window_s : how much of each slice the 26 statistics measure, seconds
    spectral_row_s : length of the overlapping rows that they are measured in, seconds; None = one
        row a slice
    words : "minilm", "glove", or the path of a file of word vectors
    egemaps : whether to extract eGeMAPS descriptors and functionals
    face : whether to extract OpenFace-style descriptors
    sentences : whether to encode the sentences of the transcript

    Raises
    ------
    ExtractionError
        if a value is invalid.
    """

    slice_s: float = SLICE_S
    shortest_s: float = SHORTEST_SLICE_S
    cnn: str = "efficientnet-lite2"
    cnn_weights: Path | None = None
    cnn_input_px: int = CROP_SIZE_PX
    sampling: Sampling = "portraits"
    frames: float = len(SLICE_OFFSETS_S)
    spectral_window_s: float = WINDOW_S
    spectral_row_s: float | None = None
    words: str = "glove"
    egemaps: bool = True
    face: bool = True
    sentences: bool = True

    def __post_init__(self) -> None:
        if self.sampling not in SAMPLINGS:
            raise ExtractionError(
                f"recipe: sampling is {self.sampling!r}; choose one of {', '.join(SAMPLINGS)}"
            )
        if self.sampling == "portraits" and self.frames != len(SLICE_OFFSETS_S):
            raise ExtractionError(
                f"recipe: {self.frames:g} frames a slice; sampling as the portraits takes "
                f"{len(SLICE_OFFSETS_S)}, choose 'even' or 'rate' for another number"
            )
        if self.sampling == "even" and (self.frames < 1 or self.frames != int(self.frames)):
            raise ExtractionError(
                f"recipe: {self.frames:g} frames an answer; expected a whole number from 1"
            )
        for name, most in LIMITS.items():
            if not 0 < getattr(self, name) <= most:
                raise ExtractionError(
                    f"recipe: {name} is {getattr(self, name)}; expected more than 0, at most "
                    f"{most:g}"
                )
        if self.slice_s < SHORTEST_S:
            raise ExtractionError(
                f"recipe: slice_s is {self.slice_s}; expected at least {SHORTEST_S:g}"
            )
        row_s = self.spectral_row_s
        if row_s is not None and not SHORTEST_WINDOW_S <= row_s <= self.spectral_window_s:
            raise ExtractionError(
                f"recipe: spectral_row_s is {row_s}; expected {SHORTEST_WINDOW_S:g} to "
                f"spectral_window_s ({self.spectral_window_s:g})"
            )
        if not 0 <= self.shortest_s <= self.slice_s:
            raise ExtractionError(
                f"recipe: shortest_s is {self.shortest_s}; expected 0 to slice_s ({self.slice_s})"
            )

    def slices(self, duration_s: float) -> np.ndarray:
        """Start and end of each slice, float64 (N, 2), seconds."""
        return slice_bounds(duration_s, self.slice_s, self.shortest_s)

    def crop_times(self, duration_s: float, frame_rate_hz: float) -> np.ndarray:
        """When face crops are taken, float64 (N,), seconds, ascending."""
        if self.sampling == "even":
            return even_times(duration_s, int(self.frames))
        if self.sampling == "rate":
            return rate_times(duration_s, self.frames)
        offsets = portrait_offsets(frame_rate_hz)
        return slice_times(duration_s, self.slice_s, offsets, self.shortest_s)

    @property
    def sampling_settings(self) -> dict[str, Any]:
        """The settings that determine `crop_times`, for the provenance of the crops."""
        settings: dict[str, Any] = {"sampling": self.sampling}
        if self.sampling == "portraits":
            return {**settings, "slice_s": self.slice_s, "shortest_s": self.shortest_s}
        return {**settings, "frames": self.frames}


def resolve_vectors(folder: str | Path, words: str) -> str:
    """Untrusted word vectors: the name of installed ones, or a file inside the folder."""
    return words if words in VECTORS else str(resolve_inside(folder, words))
