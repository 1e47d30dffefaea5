"""A teacher for the HireNets: kernel ridge regression on whole clips, cross-fitted over sources.

The labels of First Impressions V2 are noisy: two clips of one video agree at r of about .6. A
HireNet that is trained on the mean of a label and of what another regression, which has not seen
that source, estimates from the same clip, fits less of the noise (Hinton et al. 2015, "Distilling
the knowledge in a neural network"; here the teacher is no larger network but another kind of
model).
"""

from __future__ import annotations

import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GroupKFold, cross_val_predict

from hirenet_sales.data.sets.pseudo_interviews import ClipInputs

FOLDS = 5
ALPHA, GAMMA = 1.0, 0.05
CONTEXT = 0.8  # weight of the mean over a source's clips beside the clip itself
WEIGHTS = {"embedding": 1.0, "shape": 1.0, "visual": 1.0, "audio": 1.2, "text": 0.7, "length": 0.7}
KINDS = {"cnn_": "embedding", "shape_": "shape", "tuned_": ""}  # tuned ones know the labels already


def teacher_estimates(inputs: ClipInputs, clips: np.ndarray) -> np.ndarray:
    """Estimates (N, 5) of the clips at `clips` (N,), each by a regression blind to its source."""
    z = clip_vectors(inputs)[clips]
    labels, sources = inputs.targets[clips], inputs.sources[clips]
    centre = labels.mean(0)
    folds = GroupKFold(min(FOLDS, len(np.unique(sources))))
    regression = KernelRidge(kernel="rbf", alpha=ALPHA, gamma=GAMMA)
    found = cross_val_predict(regression, z, labels - centre, groups=sources, cv=folds)
    return np.clip(found + centre, 0.0, 1.0)


def clip_vectors(inputs: ClipInputs) -> np.ndarray:
    """One vector a clip, float32 (clips, 2D): means and spreads of its rows, then of its source.

    Blocks are standardised and weighted so that none outweighs the others by its width alone.
    """
    blocks = []
    for name, rows in inputs.streams.items():
        kinds = np.array([_kind(column, name) for column in inputs.columns[name]])
        for kind in sorted(set(kinds) - {""}):
            block = np.stack([_summary(r[:, kinds == kind], kind) for r in rows])
            blocks.append(_scaled(block, kind))
    spoken = np.array([[len(rows)] for rows in inputs.streams.get("text", [])], dtype=float)
    if len(spoken):
        blocks.append(_scaled(spoken, "length"))
    own = np.concatenate(blocks, axis=1)
    whole = np.empty_like(own)
    for group in inputs.groups:
        whole[group] = own[group].mean(0)
    return np.concatenate([own, CONTEXT * whole], axis=1).astype(np.float32)


def _kind(column: str, stream: str) -> str:
    return next((kind for start, kind in KINDS.items() if column.startswith(start)), stream)


def _summary(rows: np.ndarray, kind: str) -> np.ndarray:
    once = kind in ("embedding", "audio")
    if not len(rows):
        return np.full(rows.shape[1] * (1 if once else 2), np.nan)
    return rows.mean(0) if once else np.concatenate([rows.mean(0), rows.std(0)])


def _scaled(block: np.ndarray, kind: str) -> np.ndarray:
    block = np.where(np.isnan(block), np.nanmean(block, axis=0), block)  # unknown = average
    if kind == "embedding":  # principal components keep their proportions
        block = (block - block.mean(0)) / max(float(block.std()), 1e-6)
    else:
        block = (block - block.mean(0)) / np.maximum(block.std(0), 1e-6)
    return WEIGHTS[kind] * block / np.sqrt(block.shape[1])
