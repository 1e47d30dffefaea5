"""The three classic learners of Hemamou et al. 2019, section Baselines, each with its search.

SVM, ridge and random forest by scikit-learn: regressors for scales, classifiers for two classes
(the ridge is then a logistic regression with the same penalty). The search holds the candidates
against the validation set, or, where that has too few labels, cross-validates over groups of
people; the chosen one is fitted on the training set alone. The measure of choice is that of the
tables: mean absolute error on a scale, F1 of class 1 for two classes, as in the paper. What was
fitted is used, written and read as plain arrays.

The estimate for two classes is a probability, except the SVM's: the logistic function of its
margin, .5 where it decides. Balanced class weights are among the candidates, so a probability is
only as calibrated as the choice made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import expit
from sklearn.base import BaseEstimator, clone
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, PredefinedSplit
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, SVR

from hirenet_sales.data.interview_set import Target
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.plain_estimator import PlainEstimator

Classifier = Literal["best", "svm", "ridge", "forest"]
KINDS = ("ridge", "svm", "forest")
TREES = 200
FOLDS = 5
FEWEST = 20  # labels that a validation set must have to choose on it
KERNEL_COLUMNS = 256  # an SVM reads at most so many components: its kernel would take hours
KERNEL_CACHE_MB = 500

# The learners by name, and the grid of the search: small, each end of use somewhere.
_ON_SCALES: dict[str, tuple[BaseEstimator, dict[str, list[Any]]]] = {
    "ridge": (Ridge(), {"alpha": [1.0, 10.0, 100.0, 1e3, 1e4, 1e5]}),
    "svm": (SVR(cache_size=KERNEL_CACHE_MB), {"C": [0.1, 1.0, 10.0]}),
    "forest": (
        RandomForestRegressor(TREES, max_features="sqrt"),
        {"min_samples_leaf": [2, 5, 20]},
    ),
}
_ON_CLASSES: dict[str, tuple[BaseEstimator, dict[str, list[Any]]]] = {
    "ridge": (
        LogisticRegression(max_iter=1000),
        {"C": [1e-4, 1e-3, 0.01, 0.1, 1.0], "class_weight": [None, "balanced"]},
    ),
    "svm": (
        SVC(cache_size=KERNEL_CACHE_MB),
        {"C": [0.1, 1.0, 10.0], "class_weight": [None, "balanced"]},
    ),
    "forest": (
        RandomForestClassifier(TREES, max_features="sqrt"),
        {"min_samples_leaf": [2, 5, 20], "class_weight": [None, "balanced"]},
    ),
}


@dataclass(frozen=True, eq=False)
class Rows:
    """Features (R, F), labels (R,) of one target without NaN, and people (R,)."""

    features: np.ndarray
    labels: np.ndarray
    people: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Choice:
    """The best of a search: learner, its settings, its score (negative error, or F1)."""

    kind: str
    settings: Mapping[str, Any]
    score: float

    def to_dict(self) -> dict[str, Any]:
        """For choice.json."""
        return {"classifier": self.kind, "settings": dict(self.settings), "score": self.score}


@dataclass(frozen=True, eq=False)
class FittedLearner:
    """A fitted learner of one target.

    Attributes
    ----------
    target : what it estimates
    estimator : of a scale it estimates standardised labels; None = the same for everybody
    centre, spread : mean and standard deviation of the training labels; 0 and 1 for two classes,
        the label and 0 where all are the same
    logistic : whether the estimator gives a margin, whose logistic function is the estimate
    """

    target: Target
    estimator: PlainEstimator | None
    centre: float
    spread: float
    logistic: bool = False

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Estimates (R,) of rows (R, F), within the target's scale."""
        values = np.zeros(len(features))
        if self.estimator is not None and len(features):
            values = self.estimator.predict(features)
        if self.logistic:
            values = expit(values)
        return np.clip(values * self.spread + self.centre, self.target.low, self.target.high)

    def parameters(self) -> int:
        """Numbers learnt: weights, support vectors with their factors, or two a tree node."""
        return 1 if self.estimator is None else self.estimator.learner.size

    def state(self) -> ModelState:
        """What `of_state` needs."""
        metadata = {"centre": self.centre, "spread": self.spread, "logistic": self.logistic}
        return ModelState(metadata, {} if self.estimator is None else self.estimator.arrays)

    @classmethod
    def of_state(cls, target: Target, state: ModelState, width: int) -> FittedLearner:
        """What `state` gave, for features of `width` columns."""
        centre, spread = float(state.metadata["centre"]), float(state.metadata["spread"])
        logistic = state.metadata["logistic"]
        if spread < 0 or not isinstance(logistic, bool):
            raise ValueError(
                f"{target.name}: a spread of {spread:g} and logistic {logistic!r:.80}, expected 0 "
                "or more, and true or false"
            )
        estimator = PlainEstimator.of_arrays(state.arrays, width) if spread else None
        return cls(target, estimator, centre, spread, logistic)


def search(
    target: Target,
    train: Rows,
    validation: Rows,
    classifier: Classifier,
    steps: Sequence[tuple[str, BaseEstimator]],
    seed: int,
) -> Choice | None:
    """The learner and settings with the best score; None where the labels are all the same.

    Parameters
    ----------
    classifier : one of KINDS, or "best" of the three, as in the paper
    steps : what stands before the learner, such as a scaler; fitted on training rows alone
    """
    if _constant(train):
        return None
    learners = _ON_CLASSES if target.kind == "binary" else _ON_SCALES
    chosen = KINDS if classifier == "best" else (classifier,)
    enough = len(validation) >= FEWEST and not _constant(validation)
    if enough:
        x = np.concatenate([train.features, validation.features])
        y = np.concatenate([train.labels, validation.labels])
        part = np.repeat([-1, 0], [len(train), len(validation)])
        splits = list(PredefinedSplit(part).split())
    else:
        x, y = train.features, train.labels
        folds = min(FOLDS, len(np.unique(train.people)))
        splits = list(GroupKFold(folds).split(x, y, train.people)) if folds > 1 else []
    if target.kind == "binary":
        # A fold of one class can neither be learnt from nor scored.
        splits = [(a, b) for a, b in splits if len(np.unique(y[a])) == len(np.unique(y[b])) == 2]
        scorer = make_scorer(f1_score, zero_division=0)
    else:
        scorer = "neg_mean_absolute_error"
        y = (y - train.labels.mean()) / train.labels.std()
    if not splits:
        kind = chosen[0]
        return Choice(kind, {k: v[len(v) // 2] for k, v in learners[kind][1].items()}, np.nan)
    choices = []
    for kind in chosen:
        learner, grid = learners[kind]
        pipeline = _pipeline(learner, steps, x.shape[1], seed)
        names = {f"learner__{name}": values for name, values in grid.items()}
        tried = GridSearchCV(pipeline, names, scoring=scorer, cv=splits, refit=False).fit(x, y)
        best = {name.removeprefix("learner__"): v for name, v in tried.best_params_.items()}
        choices.append(Choice(kind, best, float(tried.best_score_)))
    return max(choices, key=lambda choice: choice.score)


def fit(
    target: Target,
    train: Rows,
    choice: Choice | None,
    steps: Sequence[tuple[str, BaseEstimator]],
    seed: int,
) -> FittedLearner:
    """The chosen learner fitted on the training rows; without a choice their constant label."""
    if choice is None:
        return FittedLearner(target, None, float(train.labels.mean()), 0.0)
    binary = target.kind == "binary"
    learner = (_ON_CLASSES if binary else _ON_SCALES)[choice.kind][0]
    learner = clone(learner).set_params(**choice.settings)
    pipeline = _pipeline(learner, steps, train.features.shape[1], seed)
    centre, spread = (0.0, 1.0) if binary else (train.labels.mean(), train.labels.std())
    pipeline.fit(train.features, (train.labels - centre) / spread)
    logistic = binary and choice.kind != "forest"  # whose trees give a probability
    estimator = PlainEstimator.of_library(pipeline)
    return FittedLearner(target, estimator, float(centre), float(spread), logistic)


def _constant(rows: Rows) -> bool:
    return len(rows) < 2 or rows.labels.min() == rows.labels.max()


def _pipeline(
    learner: BaseEstimator, steps: Sequence[tuple[str, BaseEstimator]], width: int, seed: int
) -> Pipeline:
    learner = clone(learner)
    if isinstance(learner, SVC | SVR) and width > KERNEL_COLUMNS:
        steps = [*steps, ("reduce", TruncatedSVD(KERNEL_COLUMNS, random_state=seed))]
    if "random_state" in learner.get_params():
        learner.set_params(random_state=seed)
    return Pipeline([*((name, clone(step)) for name, step in steps), ("learner", learner)])
