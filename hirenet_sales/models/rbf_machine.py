"""A support vector regression with an rbf kernel as plain arrays, read without pickle.

y(x) = b + sum_s w_s exp(-gamma |z - v_s|^2)        z = (x - mean) / scale
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from sklearn.pipeline import Pipeline

BLOCK = 4_000_000  # rows times support vectors at once


@dataclass(frozen=True, eq=False)
class RbfMachine:
    """S support vectors of D columns.

    Attributes
    ----------
    mean, scale : float64 (D,), of the columns
    vectors : float32 (S, D), standardised
    weights : float64 (S,)
    constants : float64 (2,), b and gamma
    """

    mean: np.ndarray
    scale: np.ndarray
    vectors: np.ndarray
    weights: np.ndarray
    constants: np.ndarray

    @classmethod
    def of_library(cls, fitted: Pipeline) -> RbfMachine:
        """A fitted pipeline of a StandardScaler and an SVR."""
        scaler, machine = (step for _, step in fitted.steps)
        return cls(
            scaler.mean_.astype(float),
            scaler.scale_.astype(float),
            machine.support_vectors_.astype(np.float32),
            machine.dual_coef_[0].astype(float),
            np.array([machine.intercept_[0], machine._gamma]),
        )

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """All attributes by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray], width: int) -> RbfMachine:
        """What `arrays` gave, for features of `width` columns.

        Raises
        ------
        KeyError
            if an array is missing.
        ValueError
            if their shapes do not fit, or a value is not a number.
        """
        found = cls(*(np.asarray(arrays[field.name]) for field in fields(cls)))
        count = found.weights.size
        expected = [(width,), (width,), (count, width), (count,), (2,)]
        shapes = [array.shape for array in found.arrays.values()]
        if shapes != expected:
            raise ValueError(f"a support vector machine of shapes {shapes}, expected {expected}")
        for name, array in found.arrays.items():
            if array.dtype.kind != "f" or not np.isfinite(array).all():
                raise ValueError(f"{name} of a support vector machine: not numbers")
        if (found.scale <= 0).any() or found.constants[1] <= 0:
            raise ValueError("a scale or gamma of a support vector machine is not above 0")
        return found

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Estimates (N,) of features (N, D)."""
        z = (np.asarray(x, float) - self.mean) / self.scale
        step = max(1, BLOCK // max(1, len(self.weights)))
        parts = [self._sums(z[begin : begin + step]) for begin in range(0, len(z), step)]
        return np.concatenate([np.zeros(0), *parts])

    def _sums(self, z: np.ndarray) -> np.ndarray:
        intercept, gamma = self.constants
        v = self.vectors.astype(float)
        squares = (z**2).sum(1)[:, None] + (v**2).sum(1) - 2 * z @ v.T  # (N, S)
        return intercept + np.exp(-gamma * np.maximum(squares, 0)) @ self.weights
