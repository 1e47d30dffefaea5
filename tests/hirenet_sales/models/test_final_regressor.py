"""Fusion 7:5:3 and the three regressors of Figure 11."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesRegressor

from hirenet_sales.errors import ConfigError
from hirenet_sales.models.final_regressor import (
    REGRESSORS,
    FinalRegressor,
    RegressorConfig,
    fuse_features,
)


def features(rows: int = 6, width: int = 4) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {b: random.normal(size=(rows, 2, width)) for b in ("scene", "face", "audio-text")}


def test_weights_are_seven_five_three() -> None:
    given = features()
    expected = (7 * given["scene"] + 5 * given["face"] + 3 * given["audio-text"]) / 15
    np.testing.assert_allclose(fuse_features(given), expected)
    joined = fuse_features(given, how="join")
    assert joined.shape == (6, 2, 12)
    np.testing.assert_allclose(joined[..., :4], given["scene"] * 7 / 15)


def test_missing_branches_leave_their_weight_to_the_others() -> None:
    given = features()
    given["scene"][2] = np.nan  # not even looked at
    valid = {b: np.ones(6, bool) for b in given}
    valid["scene"][2] = valid["scene"][3] = valid["face"][3] = valid["audio-text"][3] = False
    fused = fuse_features(given, valid=valid)
    np.testing.assert_allclose(fused[2], (5 * given["face"][2] + 3 * given["audio-text"][2]) / 8)
    assert (fused[3] == 0).all()


def test_one_branch_alone_is_itself() -> None:
    given = {"face": features()["face"]}
    np.testing.assert_allclose(fuse_features(given), given["face"])


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        ({"voice": np.zeros((1, 1, 1))}, {}, "no weight for"),
        ({}, {}, "no weight for"),
        (features(), {"how": "mean"}, "fusion 'mean'"),
        ({"face": np.zeros((1, 1, 2)), "scene": np.zeros((1, 1, 3))}, {}, "widths"),
    ],
)
def test_impossible_fusions_are_refused(given, options, said) -> None:
    with pytest.raises(ConfigError, match=said):
        fuse_features(given, **options)


def planted(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two targets, each a curve over its own first feature; the others are noise."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 2, 5))
    return x, 0.5 + 0.15 * np.tanh(x[:, :, 0])


@pytest.mark.parametrize("kind", REGRESSORS)
def test_each_regressor_finds_what_is_planted(kind: str) -> None:
    x, y = planted(200, 0)
    y[:40, 1] = np.nan  # unknown for one target, known for the other
    config = RegressorConfig(kind, trees=40)
    unseen, truth = planted(100, 1)
    found = FinalRegressor(config, seed=3).fit(x, y).predict(unseen)
    assert found.shape == (100, 2)
    for target in range(2):
        assert np.corrcoef(found[:, target], truth[:, target])[0, 1] > 0.9
    again = FinalRegressor(config, seed=3).fit(x, y).predict(unseen)
    np.testing.assert_array_equal(found, again)


def test_defaults_are_the_paper_s() -> None:
    config = RegressorConfig()
    assert (config.kind, config.trees, config.features) == ("extra-trees", 1000, 512)
    trees = FinalRegressor(config)._new(600)
    assert isinstance(trees, ExtraTreesRegressor)
    assert (trees.n_estimators, trees.max_features, trees.bootstrap) == (1000, 512, False)


def test_an_unknown_regressor_is_refused() -> None:
    with pytest.raises(ConfigError, match="regressor 'ridge'; expected extra-trees"):
        FinalRegressor(RegressorConfig("ridge"))


def fitted(kind: str) -> FinalRegressor:
    return FinalRegressor(RegressorConfig(kind, trees=6), seed=1).fit(*planted(80, 0))


def read(kind: str, arrays: dict[str, np.ndarray]) -> FinalRegressor:
    return FinalRegressor.of_arrays(RegressorConfig(kind, trees=6), arrays, targets=2, width=5)


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
