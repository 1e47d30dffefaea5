"""Recipe: which features a model reads, and at which moments of an answer they are taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from extractors.alignment import CROP_SIZE_PX
from extractors.errors import ExtractionError
from extractors.sampling import (
    SHORTEST_SLICE_S,
    SLICE_OFFSETS_S,
    SLICE_S,
    even_times,
    portrait_offsets,
    rate_times,
    slice_bounds,
    slice_times,
)
from extractors.spectral import WINDOW_S

Sampling = Literal["portraits", "even", "rate"]
SAMPLINGS = ("portraits", "even", "rate")


@dataclass(frozen=True)
class Recipe:
    """What a model was trained on, so that an analysis takes the same features.

    Attributes
    ----------
    slice_s : length of a slice, seconds; a longer answer becomes several
    shortest_s : a last slice shorter than this joins the one before, seconds
    cnn : name of the network that embeds the face crops
    cnn_weights : its weights; None takes those installed with it
    cnn_input_px : side of the picture that it sees
    sampling : at which moments crops are taken: "portraits" as those of First Impressions V2 in
        every slice, "even" over the whole answer, or at a "rate"
    frames : crops a slice for "portraits" (always 4), crops an answer for "even", and crops a
        second for "rate"
    spectral_window_s : how much of each slice the 26 statistics measure, seconds
    words : "minilm", "glove", or the path of a file of word vectors
    egemaps : whether eGeMAPS descriptors and functionals are wanted
    face : whether OpenFace-style descriptors are wanted

    Raises
    ------
    ExtractionError
        if a value makes no sense.
    """

    slice_s: float = SLICE_S
    shortest_s: float = SHORTEST_SLICE_S
    cnn: str = "efficientnet-lite2"
    cnn_weights: Path | None = None
    cnn_input_px: int = CROP_SIZE_PX
    sampling: Sampling = "portraits"
    frames: float = len(SLICE_OFFSETS_S)
    spectral_window_s: float = WINDOW_S
    words: str = "glove"
    egemaps: bool = True
    face: bool = True

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
        for name in ("slice_s", "cnn_input_px", "frames", "spectral_window_s"):
            if not getattr(self, name) > 0:
                raise ExtractionError(
                    f"recipe: {name} is {getattr(self, name)}; expected more than 0"
                )
        if not 0 <= self.shortest_s <= self.slice_s:
            raise ExtractionError(
                f"recipe: shortest_s is {self.shortest_s}; expected 0 to slice_s ({self.slice_s})"
            )

    def to_dict(self) -> dict[str, Any]:
        """JSON values, as `from_dict` reads them."""
        weights = None if self.cnn_weights is None else str(self.cnn_weights)
        return {**asdict(self), "cnn_weights": weights}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], folder: str | Path | None = None) -> Recipe:
        """Read what `to_dict` gave.

        Parameters
        ----------
        values : missing keys take their defaults
        folder : a path in `cnn_weights`, and one in `words`, that is not absolute counts from here

        Raises
        ------
        ExtractionError
            if a key is unknown.
        """
        known = [field.name for field in fields(cls)]
        for key in values:
            if key not in known:
                raise ExtractionError(
                    f"recipe: unknown key {key!r}; expected some of {', '.join(known)}"
                )
        found = dict(values)
        base = Path(folder or "")
        if found.get("cnn_weights") is not None:
            found["cnn_weights"] = base / found["cnn_weights"]
        if found.get("words") not in (None, "minilm", "glove"):
            found["words"] = str(base / found["words"])
        return cls(**found)

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
        """What decides `crop_times`, for the provenance of what was taken then."""
        settings: dict[str, Any] = {"sampling": self.sampling}
        if self.sampling == "portraits":
            return {**settings, "slice_s": self.slice_s, "shortest_s": self.shortest_s}
        return {**settings, "frames": self.frames}
