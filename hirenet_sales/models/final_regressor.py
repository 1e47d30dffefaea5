"""CR-Net's last step: features of the branches, weighted 7:5:3, into trees or an SVR.

Li et al. 2020, section 3.4. The weights only matter to trees if the features are added, not joined:
a tree's splits do not change with the scale of a column. And m = 512 of the paper is then the
"complete set of features". So the features are summed.

The paper gives neither the SVR's nor the random forest's settings; theirs are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from hirenet_sales.models.model import arrays_under
from hirenet_sales.models.plain_estimator import PlainEstimator

# Where the sound or the words are read alone, that branch has the weight of both.
BRANCH_WEIGHTS = {"scene": 7.0, "face": 5.0, "audio-text": 3.0, "audio": 3.0, "text": 3.0}
LEARNERS = {"extra-trees": "forest", "random-forest": "forest", "svr": "rbf"}  # of PARTS
REGRESSORS = tuple(LEARNERS)


def fuse_features(
    features: Mapping[str, np.ndarray], present: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Features of several branches as one, (N, P, D).

    Parameters
    ----------
    features : branch to (N, P, D)
    present : branch to bool (N,), clips that have it. The weights of the branches that a clip has
        sum to one; a clip without any gets zeros.
    """
    total = sum(BRANCH_WEIGHTS[branch] * present[branch] for branch in features)
    parts = [
        np.where(present[branch][:, None, None], values, 0.0)
        * (BRANCH_WEIGHTS[branch] / np.where(total > 0, total, 1.0))[:, None, None]
        for branch, values in features.items()
    ]
    fused: np.ndarray = np.sum(parts, axis=0)
    return fused


@dataclass(frozen=True, eq=False)
class FinalRegressor:
    """One regressor a target, each on that target's own features.

    scikit-learn fits it; it is used, written and read as plain arrays.

    Attributes
    ----------
    estimators : one a target
    """

    estimators: tuple[PlainEstimator, ...]

    @classmethod
    def fit(
        cls, regressor: BaseEstimator, features: np.ndarray, labels: np.ndarray
    ) -> FinalRegressor:
        """Learn from features (N, P, D) and labels (N, P), NaN = unknown."""
        fitted = []
        for target in range(labels.shape[1]):
            labelled = np.isfinite(labels[:, target])
            regressor.fit(features[labelled, target], labels[labelled, target])
            fitted.append(PlainEstimator.of_library(regressor))
        return cls(tuple(fitted))

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Estimates (N, P) of features (N, P, D)."""
        columns = [own.predict(features[:, p]) for p, own in enumerate(self.estimators)]
        return np.stack(columns, axis=1)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """Fitted values by "target.part"; targets are counted from 0."""
        return {
            f"{target}.{name}": array
            for target, own in enumerate(self.estimators)
            for name, array in own.arrays.items()
        }

    @classmethod
    def of_arrays(
        cls, kind: str, arrays: Mapping[str, np.ndarray], *, targets: int, width: int
    ) -> FinalRegressor:
        """What `arrays` gave, for features (N, targets, width)."""
        estimators = tuple(
            PlainEstimator.of_arrays(arrays_under(f"{target}.", arrays), width)
            for target in range(targets)
        )
        for estimator in estimators:
            if (learner := estimator.parts[-1][0]) != LEARNERS[kind]:
                raise ValueError(f"regressor '{kind}', but its arrays are of {learner}")
        return cls(estimators)
