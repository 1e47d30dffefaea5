"""Fusion 7:5:3 and the three regressors of Figure 11."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor

from hirenet_sales.models.crnet_options import CrnetOptions
from hirenet_sales.models.final_regressor import (
    REGRESSORS,
    FinalRegressor,
    fuse_features,
)

BRANCHES = ("scene", "face", "audio-text")


def features(rows: int = 6, width: int = 4) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {branch: random.normal(size=(rows, 2, width)) for branch in BRANCHES}


def test_weights_are_seven_five_three() -> None:
    given = features()
    expected = (7 * given["scene"] + 5 * given["face"] + 3 * given["audio-text"]) / 15
    everywhere = dict.fromkeys(BRANCHES, np.ones(6, bool))
    np.testing.assert_allclose(fuse_features(given, everywhere), expected)


def test_missing_branches_leave_their_weight_to_the_others() -> None:
    given = features()
    given["scene"][2] = np.nan  # not even looked at
    present = {branch: np.ones(6, bool) for branch in given}
    present["scene"][2] = False
    for branch in BRANCHES:
        present[branch][3] = False
    fused = fuse_features(given, present)
    np.testing.assert_allclose(fused[2], (5 * given["face"][2] + 3 * given["audio-text"][2]) / 8)
    assert (fused[3] == 0).all()


def test_one_branch_alone_is_itself() -> None:
    given = {"face": features()["face"]}
    np.testing.assert_array_equal(fuse_features(given, {"face": np.ones(6, bool)}), given["face"])


def planted(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two targets, each a curve over its own first feature; the others are noise."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 2, 5))
    return x, 0.5 + 0.15 * np.tanh(x[:, :, 0])


def fit(kind: str, x: np.ndarray, y: np.ndarray, trees: int = 6) -> FinalRegressor:
    estimator = CrnetOptions(regressor=kind, trees=trees, features=5).new_regressor(1)
    return FinalRegressor.fit(estimator, x, y)


@pytest.mark.parametrize("kind", REGRESSORS)
def test_each_regressor_finds_what_is_planted(kind: str) -> None:
    x, y = planted(200, 0)
    y[:40, 1] = np.nan  # unknown for one target, known for the other
    unseen, truth = planted(100, 1)
    estimates = fit(kind, x, y, trees=40).predict(unseen)
    assert estimates.shape == (100, 2)
    for target in range(2):
        assert np.corrcoef(estimates[:, target], truth[:, target])[0, 1] > 0.9
    np.testing.assert_array_equal(estimates, fit(kind, x, y, trees=40).predict(unseen))


def test_trees_are_the_papers() -> None:
    trees = CrnetOptions(trees=1000).new_regressor(0)
    assert isinstance(trees, ExtraTreesRegressor)
    assert (trees.n_estimators, trees.max_features, trees.bootstrap) == (1000, 512, False)


def fitted(kind: str) -> FinalRegressor:
    return fit(kind, *planted(80, 0))


def read(kind: str, arrays: dict[str, np.ndarray]) -> FinalRegressor:
    return FinalRegressor.of_arrays(kind, arrays, targets=2, width=5)


@pytest.mark.parametrize("kind", REGRESSORS)
def test_what_is_written_is_read_without_pickle(kind: str) -> None:
    made = fitted(kind)
    assert all(array.dtype.kind in "fi" for array in made.arrays.values())
    unseen, _ = planted(50, 2)
    np.testing.assert_array_equal(read(kind, made.arrays).predict(unseen), made.predict(unseen))
    one = {name: array for name, array in made.arrays.items() if name.startswith("0.")}
    with pytest.raises(ValueError, match="an estimator of nothing, expected all its steps and its"):
        read(kind, one)
    other = "svr" if kind != "svr" else "extra-trees"
    with pytest.raises(ValueError, match=f"regressor '{other}', but its arrays are of "):
        read(other, made.arrays)


def test_arrays_of_an_earlier_version_are_refused() -> None:
    with pytest.raises(
        ValueError, match="array 'left' is of no estimator, expected a name such as"
    ):
        read("extra-trees", {"0.left": np.zeros(3, np.int32)})
