"""Trees as plain arrays, so that a forest can be written and read without pickle.

Nodes of a tree stand one after the other, its root first and children behind their node: so a way
down always ends. A row goes left where its feature is at most the threshold, compared in float32,
as scikit-learn does; the forest estimates the mean of its trees' leaves: of a scale the mean label,
of two classes the share of the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hirenet_sales.models.array_part import Learner

LEAF = -1
PAIRS = 1_000_000  # rows times trees that go down at once


@dataclass(frozen=True, eq=False)
class Forest(Learner):
    """Trees of M nodes in all: 20 bytes a node.

    Attributes
    ----------
    left, right : int32 (M,), children; LEAF at a leaf
    feature : int32 (M,), column that decides; 0 at a leaf
    threshold : float32 (M,); 0 at a leaf
    value : float32 (M,), estimate of a leaf
    offsets : int32 (T + 1,), where each tree begins, and M
    """

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    value: np.ndarray
    offsets: np.ndarray

    @classmethod
    def of_library(cls, fitted: Any) -> Forest:
        """The trees of a fitted forest of one target, on a scale or of two classes."""
        trees = [tree.tree_ for tree in fitted.estimators_]
        offsets = np.cumsum([0, *(tree.node_count for tree in trees)])
        begins = np.repeat(offsets[:-1], np.diff(offsets))
        left = np.concatenate([tree.children_left for tree in trees])
        right = np.concatenate([tree.children_right for tree in trees])
        inner = left != LEAF
        exact = np.where(inner, np.concatenate([tree.threshold for tree in trees]), 0.0)
        near = exact.astype(np.float32)
        # The next float32 below decides about float32 features as the float64 threshold does.
        below = np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
        return cls(
            np.where(inner, left + begins, LEAF).astype(np.int32),
            np.where(inner, right + begins, LEAF).astype(np.int32),
            np.where(inner, np.concatenate([tree.feature for tree in trees]), 0).astype(np.int32),
            below,
            np.concatenate([_estimates(tree.value) for tree in trees]).astype(np.float32),
            offsets.astype(np.int32),
        )

    @property
    def size(self) -> int:
        """Two numbers a node: the threshold or the estimate, and the column."""
        return 2 * self.left.size

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Estimates (N,) of features (N, D)."""
        x = np.asarray(x, np.float32)
        step = max(1, PAIRS // (len(self.offsets) - 1))
        parts = [self._leaves(x[begin : begin + step]) for begin in range(0, len(x), step)]
        return np.concatenate([np.zeros(0), *parts])

    def _leaves(self, x: np.ndarray) -> np.ndarray:
        """Mean leaf (N,): all rows go down all trees together, one level at a time."""
        roots = self.offsets[:-1]
        at = np.tile(roots, len(x))  # (N * T,)
        row = np.repeat(np.arange(len(x)), len(roots))
        under_way = np.flatnonzero(self.left[at] != LEAF)
        while len(under_way):
            node = at[under_way]
            is_left = x[row[under_way], self.feature[node]] <= self.threshold[node]
            node = np.where(is_left, self.left[node], self.right[node])
            at[under_way] = node
            under_way = under_way[self.left[node] != LEAF]
        values: np.ndarray = self.value[at].astype(float).reshape(len(x), len(roots)).mean(1)
        return values

    def check(self, width: int) -> None:
        """See ArrayPart; every way down ends at a leaf of its own tree."""
        whole = (self.left, self.right, self.feature, self.offsets)
        parts = (self.left, self.right, self.feature, self.threshold, self.value)
        count = self.left.size
        if (
            any(array.dtype != np.int32 for array in whole)
            or any(array.dtype != np.float32 for array in (self.threshold, self.value))
            or any(array.shape != (count,) for array in parts)
            or self.offsets.ndim != 1
        ):
            raise ValueError("a forest's arrays have other types or lengths than trees have")
        begins = self.offsets.astype(np.int64)
        sizes = begins[1:] - begins[:-1]
        if not len(sizes) or self.offsets[0] or self.offsets[-1] != count or sizes.min() < 1:
            raise ValueError(f"{count} nodes, but trees begin at {self.offsets[:5].tolist()}...")
        ends, own = np.repeat(self.offsets[1:], sizes), np.arange(count)
        inner = self.left != LEAF
        if ((self.right != LEAF) != inner).any():
            raise ValueError("a node with one child")
        for child in (self.left, self.right):
            if ((child <= own) | (child >= ends))[inner].any():
                raise ValueError("a child that does not stand behind its node in the same tree")
        if ((self.feature < 0) | (self.feature >= width)).any():
            raise ValueError(f"a tree reads a column that {width} do not have")
        if not (np.isfinite(self.threshold).all() and np.isfinite(self.value).all()):
            raise ValueError("a threshold or a value of a tree is not a number")


def _estimates(value: np.ndarray) -> np.ndarray:
    """Estimates of the nodes of a tree (M,), from (M, 1, 1), or (M, 1, 2) of two classes."""
    return value[:, 0, -1] / (value[:, 0].sum(-1) if value.shape[-1] > 1 else 1.0)
