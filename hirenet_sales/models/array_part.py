"""A part of a fitted estimator: attributes that are arrays alone, checked when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np


@dataclass(frozen=True, eq=False)
class ArrayPart:
    """Base of what is written and read as arrays; every field is one."""

    @classmethod
    def of_library(cls, fitted: Any) -> Self:
        """What a fitted estimator of scikit-learn has learnt."""
        raise NotImplementedError

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All attributes by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], width: int) -> Self:
        """What `arrays` gave, for features of `width` columns.

        Raises
        ------
        KeyError
            if an array is missing.
        ValueError
            if one is damaged, or of features of another width.
        """
        part = cls(*(np.asarray(arrays[field.name]) for field in fields(cls)))
        part.check(width)
        return part

    def check(self, width: int) -> None:
        """Whether the arrays, which come from outside, can be used on features (N, `width`).

        Raises
        ------
        ValueError
            if not.
        """
        raise NotImplementedError

    def check_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Whether the arrays have these shapes, and hold finite floating-point numbers.

        Raises
        ------
        ValueError
            naming the first that does not.
        """
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
            if array.dtype.kind != "f" or not np.isfinite(array).all():
                raise ValueError(f"{name} holds values that are no finite numbers")


class Step(ArrayPart):
    """What stands before a learner."""

    @property
    def width(self) -> int:
        """Columns of what `apply` gives."""
        raise NotImplementedError

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Features (N, `width`) of features (N, D)."""
        raise NotImplementedError


class Learner(ArrayPart):
    """What estimates."""

    @property
    def size(self) -> int:
        """How many numbers were learnt."""
        raise NotImplementedError

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Estimates (N,) of features (N, D): of two classes a margin, or a probability."""
        raise NotImplementedError
