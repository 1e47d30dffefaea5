"""A teacher for the HireNets: kernel ridge regression on whole answers, cross-fitted over people.

The labels of First Impressions V2 are noisy: two clips of one video agree at r of about .6. A
HireNet that is trained on the mean of a label and of what another regression, which has not seen
that source, estimates from the same clip, fits less of the noise (Hinton et al. 2015, "Distilling
the knowledge in a neural network"; here the teacher is no larger network but another kind of
model).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GroupKFold, cross_val_predict

from hirenet_sales.data.interview_set import InterviewSet, mean_labels
from hirenet_sales.data.network_inputs import Inputs, from_unit, to_unit
from hirenet_sales.errors import DatasetError

FOLDS = 5
ALPHA, GAMMA = 1.0, 0.05
CONTEXT = 0.8  # weight of the mean over an interview's answers beside the answer itself
WEIGHTS = {"embedding": 1.0, "shape": 1.0, "visual": 1.0, "audio": 1.2, "text": 0.7, "length": 0.7}
KINDS = {"cnn_": "embedding", "shape_": "shape", "tuned_": ""}  # tuned ones know the labels already


def softened(train: InterviewSet, inputs: Inputs, share: float) -> InterviewSet:
    """The set with labels of answers moved by `share` towards the teacher's estimates.

    Raises
    ------
    DatasetError
        if an answer has no label of its own, or there are not two people.
    """
    people = len(np.unique(train.people))
    if train.answer_labels is None or not all(np.isfinite(y).all() for y in train.answer_labels):
        raise DatasetError(
            f"{train.dataset}: a teacher learns from labels of single answers, each with every "
            "target; leave the option teacher out"
        )
    if people < 2:
        raise DatasetError(f"{train.dataset}: a teacher needs two people to learn from, found one")
    counts = [len(labels) for labels in train.answer_labels]
    labels = to_unit(np.concatenate(train.answer_labels), train.targets)
    taught = teacher_estimates(answer_vectors(train, inputs), labels, train.people.repeat(counts))
    labels = from_unit(labels + share * (taught - labels), train.targets)
    by_answer = np.split(labels, np.cumsum(counts)[:-1])
    return replace(train, answer_labels=by_answer, labels=mean_labels(by_answer))


def teacher_estimates(vectors: np.ndarray, labels: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Estimates (A, K) of answers from `vectors` (A, D), each by a regression blind to its person.

    Parameters
    ----------
    labels : (A, K), on [0, 1]
    people : (A,)
    """
    centre = labels.mean(0)
    folds = GroupKFold(min(FOLDS, len(np.unique(people))))
    regression = KernelRidge(kernel="rbf", alpha=ALPHA, gamma=GAMMA)
    estimates = cross_val_predict(regression, vectors, labels - centre, groups=people, cv=folds)
    values: np.ndarray = np.clip(estimates + centre, 0.0, 1.0)
    return values


def answer_vectors(train: InterviewSet, inputs: Inputs) -> np.ndarray:
    """One vector an answer, float32 (A, 2D): means and spreads of its rows, then of its interview.

    Blocks are standardised and weighted so that none outweighs the others by its width alone.
    """
    examples = inputs.examples(train)
    rows = {
        name: [x for example in examples for x in example.streams[name]] for name in inputs.streams
    }
    blocks = []
    for name, fit in inputs.streams.items():
        kinds = np.array([_kind(column, name) for column in fit.columns(train.columns[name])])
        for kind in sorted(set(kinds) - {""}):
            block = np.stack([_summary(x[:, kinds == kind], kind) for x in rows[name]])
            blocks.append(_scaled(block, kind))
    if "text" in rows:
        spoken = np.array([[len(x)] for x in rows["text"]], dtype=float)
        blocks.append(_scaled(spoken, "length"))
    own = np.concatenate(blocks, axis=1)
    counts = [len(asked) for asked in train.questions]
    parts = np.split(own, np.cumsum(counts)[:-1])
    whole = np.concatenate([np.broadcast_to(part.mean(0), part.shape) for part in parts])
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
    values: np.ndarray = WEIGHTS[kind] * block / np.sqrt(block.shape[1])
    return values
