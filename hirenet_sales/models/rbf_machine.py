"""A support vector machine with an rbf kernel as plain arrays, read without pickle.

y(x) = b + sum_s w_s exp(-gamma |x - v_s|^2)

Of a scale y is the estimate, of two classes the margin, above 0 for the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse

from hirenet_sales.models.array_part import Learner

BLOCK = 4_000_000  # rows times support vectors at once


@dataclass(frozen=True, eq=False)
class RbfMachine(Learner):
    """S support vectors of D columns.

    Attributes
    ----------
    vectors : float32 (S, D)
    weights : float64 (S,)
    constants : float64 (2,), b and gamma
    """

    vectors: np.ndarray
    weights: np.ndarray
    constants: np.ndarray

    @classmethod
    def of_library(cls, fitted: Any) -> RbfMachine:
        """A fitted SVR, or an SVC of two classes."""
        return cls(
            _dense(fitted.support_vectors_).astype(np.float32),
            _dense(fitted.dual_coef_)[0].astype(float),
            np.array([fitted.intercept_[0], fitted._gamma]),
        )

    @property
    def size(self) -> int:
        """Support vectors, their factors and b."""
        return self.vectors.size + self.weights.size + 1

    def check(self, width: int) -> None:
        count = self.weights.size
        self.check_shapes({"vectors": (count, width), "weights": (count,), "constants": (2,)})
        if self.constants[1] <= 0:
            raise ValueError(f"gamma is {self.constants[1]:g}, expected above 0")

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Estimates (N,) of features (N, D)."""
        x = np.asarray(x, float)
        step = max(1, BLOCK // max(1, len(self.weights)))
        parts = [self._sums(x[begin : begin + step]) for begin in range(0, len(x), step)]
        return np.concatenate([np.zeros(0), *parts])

    def _sums(self, x: np.ndarray) -> np.ndarray:
        intercept, gamma = self.constants
        v = self.vectors.astype(float)
        squares = (x**2).sum(1)[:, None] + (v**2).sum(1) - 2 * x @ v.T  # (N, S)
        values: np.ndarray = intercept + np.exp(-gamma * np.maximum(squares, 0)) @ self.weights
        return values


def _dense(values: Any) -> np.ndarray:
    """Learnt from a sparse matrix, as TF-IDF gives it, they are sparse too."""
    return values.toarray() if issparse(values) else np.asarray(values)
