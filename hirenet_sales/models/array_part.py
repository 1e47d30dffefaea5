"""A part of a fitted estimator: attributes that are arrays alone, checked when they are read.

Reading raises KeyError where an array is missing, ValueError where one is damaged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np


@dataclass(frozen=True, eq=False)
class ArrayPart:
    """Base of estimators that are saved as arrays; every field is one."""

    @classmethod
    def of_library(cls, fitted: Any) -> Self:
        """From a fitted estimator of scikit-learn."""
        raise NotImplementedError

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All attributes by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], width: int) -> Self:
        """The inverse of `arrays`, for features of `width` columns."""
        part = cls(*(np.asarray(arrays[field.name]) for field in fields(cls)))
        part.check(width)
        return part

    def check(self, width: int) -> None:
        """Check that the arrays, which are untrusted, fit features (N, `width`)."""
        raise NotImplementedError

    def check_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Check that the arrays have these shapes, and hold finite floating-point numbers."""
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
            if array.dtype.kind != "f" or not np.isfinite(array).all():
                raise ValueError(f"{name} holds values that are no finite numbers")


class Step(ArrayPart):
    """A transformation before the learner."""

    @property
    def width(self) -> int:
        """Columns of what `apply` gives."""
        raise NotImplementedError

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Features (N, `width`) of features (N, D)."""
        raise NotImplementedError


class Learner(ArrayPart):
    """An estimator."""

    @property
    def size(self) -> int:
        """How many numbers were learnt."""
        raise NotImplementedError

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Estimates (N,) of features (N, D): of two classes a margin, or a probability."""
        raise NotImplementedError
