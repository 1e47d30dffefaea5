"""CR-Net's last step: features of the branches, weighted 7:5:3, into trees or an SVR.

Li et al. 2020, section 3.4. The weights only matter to trees if the features are added, not joined:
a tree's splits do not change with the scale of a column. And m = 512 of the paper is then the
"complete set of features". So the weighted sum is the default.

The paper gives neither the SVR's nor the random forest's settings; theirs are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from hirenet_sales.errors import ConfigError
from hirenet_sales.models.plain_estimator import PlainEstimator

FUSION_WEIGHTS = {"scene": 7.0, "face": 5.0, "audio-text": 3.0}
LEARNERS = {"extra-trees": "forest", "random-forest": "forest", "svr": "rbf"}  # of PARTS
REGRESSORS = tuple(LEARNERS)


def fuse_features(
    features: Mapping[str, np.ndarray],
    *,
    valid: Mapping[str, np.ndarray] | None = None,
    weights: Mapping[str, float] = FUSION_WEIGHTS,
    how: str = "sum",
) -> np.ndarray:
    """Features of several branches as one.

    Parameters
    ----------
    features : branch to (N, P, D); D is the same in all of them for a sum
    valid : branch to bool (N,), clips that have it; None = all. The weights of the branches that a
        clip has are made to sum to one; a clip without any gets zeros.
    weights : branch to weight; those of the paper
    how : "sum" or "join"

    Returns
    -------
    (N, P, D), or (N, P, sum of D).

    Raises
    ------
    ConfigError
        for a branch without a weight, another way, or widths that cannot be added.
    """
    without = [name for name in features if name not in weights]
    if without or not features:
        raise ConfigError(f"no weight for {without or 'nothing'}; there are {dict(weights)}")
    widths = {name: values.shape[-1] for name, values in features.items()}
    if how not in ("sum", "join") or (how == "sum" and len(set(widths.values())) > 1):
        raise ConfigError(f"fusion '{how}' of widths {widths}; expected sum of equal ones, or join")
    rows = len(next(iter(features.values())))
    present = {
        name: np.ones(rows, bool) if valid is None else np.asarray(valid[name], bool)
        for name in features
    }
    total = sum(weights[name] * present[name] for name in features)
    parts = [
        np.where(present[name][:, None, None], values, 0.0)
        * (weights[name] / np.where(total > 0, total, 1.0))[:, None, None]
        for name, values in features.items()
    ]
    return np.concatenate(parts, -1) if how == "join" else np.sum(parts, axis=0)


@dataclass(frozen=True)
class RegressorConfig:
    """The final regressor.

    Attributes
    ----------
    kind : one of REGRESSORS
    trees, features : number of trees, and of columns tried at each split (at most all there are)
    svr_c, svr_epsilon : penalty, and width of the tube on labels in [0, 1]
    jobs : processes
    """

    kind: str = "extra-trees"
    trees: int = 1000
    features: int = 512
    svr_c: float = 0.1
    svr_epsilon: float = 0.05
    jobs: int = 1


class FinalRegressor:
    """One regressor a target, each on that target's own features.

    scikit-learn learns it; what it learnt is used, written and read as plain arrays.

    Raises
    ------
    ConfigError
        for an unknown kind.
    """

    def __init__(self, config: RegressorConfig, *, seed: int = 0) -> None:
        if config.kind not in REGRESSORS:
            raise ConfigError(f"regressor '{config.kind}'; expected {', '.join(REGRESSORS)}")
        self.config, self.seed = config, seed
        self._fitted: list[PlainEstimator] = []

    def fit(self, features: np.ndarray, labels: np.ndarray) -> FinalRegressor:
        """Learn from features (N, P, D) and labels (N, P), NaN = unknown; gives itself."""
        self._fitted = []
        for target in range(labels.shape[1]):
            known = np.isfinite(labels[:, target])
            regressor = self._new(features.shape[-1])
            regressor.fit(features[known, target], labels[known, target])
            self._fitted.append(PlainEstimator.of_library(regressor))
        return self

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Estimates (N, P) of features (N, P, D)."""
        columns = [r.predict(features[:, p]) for p, r in enumerate(self._fitted)]
        return np.stack(columns, axis=1)

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        """What was learnt, by "target.part"; targets are counted from 0."""
        return {
            f"{target}.{name}": array
            for target, regressor in enumerate(self._fitted)
            for name, array in regressor.arrays.items()
        }

    @classmethod
    def of_arrays(
        cls, config: RegressorConfig, arrays: Mapping[str, np.ndarray], *, targets: int, width: int
    ) -> FinalRegressor:
        """What `arrays` gave, for features (N, targets, width).

        Raises
        ------
        KeyError
            if an array is missing.
        ValueError
            if the arrays are damaged or of another kind.
        """
        regressor = cls(config)
        for target in range(targets):
            own = {
                name.removeprefix(f"{target}."): array
                for name, array in arrays.items()
                if name.startswith(f"{target}.")
            }
            estimator = PlainEstimator.of_arrays(own, width)
            if estimator.parts[-1][0] != LEARNERS[config.kind]:
                raise ValueError(
                    f"regressor '{config.kind}', but its arrays are of {estimator.parts[-1][0]}"
                )
            regressor._fitted.append(estimator)
        return regressor

    def _new(self, width: int) -> Pipeline | ExtraTreesRegressor | RandomForestRegressor:
        c = self.config
        if c.kind == "svr":
            return make_pipeline(StandardScaler(), SVR(C=c.svr_c, epsilon=c.svr_epsilon))
        trees = ExtraTreesRegressor if c.kind == "extra-trees" else RandomForestRegressor
        return trees(
            c.trees,
            max_features=min(c.features, width),
            n_jobs=c.jobs,
            random_state=self.seed,
        )
