"""Recipe: which features a model reads, and at which moments of an answer they are taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from extractors.errors import ExtractionError
from extractors.face.alignment import CROP_SIZE_PX
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
from extractors.own_file import own_file
from extractors.voice.spectral import WINDOW_S

Sampling = Literal["portraits", "even", "rate"]
SAMPLINGS = ("portraits", "even", "rate")
VECTORS = ("minilm", "glove")  # word vectors that are installed
LIMITS = {  # what a recipe from outside may ask for at most, of one answer's work and memory
    "slice_s": 86_400.0,
    "cnn_input_px": 2048,
    "frames": 10_000,
    "spectral_window_s": 86_400.0,
}
NUMBER, TEXT, SWITCH = ((int, float), "a number"), ((str,), "a text"), ((bool,), "true or false")
KINDS: dict[str, tuple[tuple[type, ...], str]] = {  # of what JSON has for the attributes
    **dict.fromkeys(("slice_s", "shortest_s", "frames", "spectral_window_s"), NUMBER),
    **dict.fromkeys(("cnn", "sampling", "words"), TEXT),
    **dict.fromkeys(("egemaps", "face"), SWITCH),
    "cnn_input_px": ((int,), "a whole number"),
    "cnn_weights": ((str, type(None)), "the name of a file, or null"),
}
SHORTEST_S = 0.1  # of a slice: many shorter ones take more memory than the answer


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
        folder : what comes from outside with its files: `cnn_weights`, and `words` where they are
            not installed, must be files in there. None leaves them as they are.

        Raises
        ------
        ExtractionError
            if a key is unknown, a value of another kind, or a file lies elsewhere.
        """
        known = [field.name for field in fields(cls)]
        found = dict(values)
        for key, value in found.items():
            if key not in known:
                raise ExtractionError(
                    f"recipe: unknown key {key!r:.80}; expected some of {', '.join(known)}"
                )
            kinds, expected = KINDS[key]
            if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
                raise ExtractionError(f"recipe: {key} is {value!r:.80}; expected {expected}")
        if folder is not None:
            if found.get("cnn_weights") is not None:
                found["cnn_weights"] = own_file(folder, found["cnn_weights"])
            if "words" in found:
                found["words"] = own_vectors(folder, found["words"])
        elif found.get("cnn_weights") is not None:
            found["cnn_weights"] = Path(found["cnn_weights"])
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


def own_vectors(folder: str | Path, words: str) -> str:
    """Word vectors that a description from outside names: installed ones, or a file beside it.

    Raises
    ------
    ExtractionError
        if the file lies elsewhere or is missing.
    """
    return words if words in VECTORS else str(own_file(folder, words))
