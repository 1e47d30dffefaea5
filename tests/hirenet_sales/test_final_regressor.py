"""Fusion 7:5:3 and the three regressors of Figure 11."""

from __future__ import annotations

from typing import Any

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


def library_says(found: FinalRegressor, x: np.ndarray, y: np.ndarray, unseen: np.ndarray):
    """What scikit-learn's own regressors say, which learnt the same."""
    columns = []
    for target in range(y.shape[1]):
        own = found._new(x.shape[-1]).fit(x[:, target], y[:, target])
        columns.append(own.predict(unseen[:, target]))
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("kind", REGRESSORS)
def test_arrays_say_what_the_library_says(kind: str) -> None:
    x, y = planted(200, 0)
    found = FinalRegressor(RegressorConfig(kind, trees=30), seed=3).fit(x, y)
    unseen = np.concatenate([planted(300, 1)[0], x])
    expected = library_says(found, x, y, unseen)
    np.testing.assert_allclose(found.predict(unseen), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["extra-trees", "random-forest"])
def test_rows_on_a_threshold_go_where_the_library_sends_them(kind: str) -> None:
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(400, 1, 3)), 1).astype(np.float32)
    y = rng.uniform(size=(400, 1))
    found = FinalRegressor(RegressorConfig(kind, trees=20), seed=0).fit(x, y)
    between = (x[1:] + x[:-1]) / 2  # where a forest cuts between two rows
    near = np.concatenate([x, between, np.nextafter(between, 9), np.nextafter(between, -9)])
    np.testing.assert_allclose(found.predict(near), library_says(found, x, y, near), atol=1e-6)


def test_many_rows_go_down_in_parts(monkeypatch) -> None:
    from hirenet_sales.models import forest, rbf_machine

    x, y = planted(60, 0)
    for kind in REGRESSORS:
        found = FinalRegressor(RegressorConfig(kind, trees=7)).fit(x, y)
        whole = found.predict(x)
        with monkeypatch.context() as patch:
            patch.setattr(forest, "PAIRS", 50)
            patch.setattr(rbf_machine, "BLOCK", 50)
            np.testing.assert_allclose(found.predict(x), whole, rtol=1e-12)
        assert found.predict(x[:0]).shape == (0, 2)


def kept(kind: str) -> tuple[FinalRegressor, dict[str, np.ndarray]]:
    x, y = planted(80, 0)
    found = FinalRegressor(RegressorConfig(kind, trees=6), seed=1).fit(x, y)
    return found, {name: array.copy() for name, array in found.arrays.items()}


def read(kind: str, arrays: dict[str, np.ndarray]) -> FinalRegressor:
    return FinalRegressor.of_arrays(RegressorConfig(kind, trees=6), arrays, targets=2, width=5)


@pytest.mark.parametrize("kind", REGRESSORS)
def test_what_is_kept_is_read_without_pickle(kind: str) -> None:
    found, arrays = kept(kind)
    assert all(array.dtype.kind in "fi" for array in arrays.values())
    unseen, _ = planted(50, 2)
    np.testing.assert_array_equal(read(kind, arrays).predict(unseen), found.predict(unseen))
    del arrays["1.value" if kind != "svr" else "1.weights"]
    with pytest.raises(KeyError):
        read(kind, arrays)
    with pytest.raises(KeyError):
        read("svr" if kind != "svr" else "extra-trees", kept(kind)[1])


def put(place: int, value: float) -> Any:
    def change(array: np.ndarray) -> np.ndarray:
        array[place] = value
        return array

    return change


FOREST_DAMAGE: list[tuple[str, Any, str]] = [
    ("left", put(0, 0), "behind its node"),  # would turn in a circle
    ("right", put(0, 0), "behind its node"),
    ("left", put(0, -7), "behind its node"),
    ("right", put(0, 10**9), "behind its node"),
    ("left", lambda a: np.where(np.arange(len(a)) == 0, 200, a).astype(a.dtype), "same tree"),
    ("left", put(0, -1), "one child"),
    ("right", put(-1, 3), "one child"),
    ("feature", put(0, 5), "reads a column that 5 do not have"),
    ("feature", put(0, -2), "reads a column"),
    ("threshold", put(0, np.nan), "not a number"),
    ("value", put(0, np.inf), "not a number"),
    ("value", lambda a: a[:-1], "types or lengths"),
    ("left", lambda a: a.astype(float), "types or lengths"),
    ("threshold", lambda a: a.astype(int), "types or lengths"),
    ("left", lambda a: a[:, None], "types or lengths"),
    ("offsets", lambda a: a[None], "types or lengths"),
    ("offsets", lambda a: a[:-1], "trees begin at"),
    ("offsets", lambda a: a[1:], "trees begin at"),
    ("offsets", lambda a: a[:1], "trees begin at"),
    ("offsets", put(2, 1), "trees begin at"),
    ("offsets", put(1, -5), "trees begin at"),
]


@pytest.mark.parametrize(("name", "change", "said"), FOREST_DAMAGE)
def test_a_damaged_forest_is_refused(name: str, change: Any, said: str) -> None:
    _, arrays = kept("extra-trees")
    arrays[f"1.{name}"] = change(arrays[f"1.{name}"])
    with pytest.raises(ValueError, match=said):
        read("extra-trees", arrays)


def test_a_forest_without_trees_is_refused() -> None:
    _, arrays = kept("extra-trees")
    arrays = {name: array[:0] for name, array in arrays.items()}
    with pytest.raises(ValueError, match="0 nodes"):
        read("extra-trees", arrays)


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("mean", lambda a: a[:-1], "shapes"),
        ("vectors", lambda a: a[:, :-1], "shapes"),
        ("weights", lambda a: a[:-1], "shapes"),
        ("constants", lambda a: a[:1], "shapes"),
        ("weights", put(0, np.nan), "weights of a support vector machine: not numbers"),
        ("vectors", lambda a: a.astype(int), "vectors of a support vector machine: not numbers"),
        ("scale", put(0, 0.0), "not above 0"),
        ("constants", put(1, -1.0), "not above 0"),
    ],
)
def test_a_damaged_machine_is_refused(name: str, change: Any, said: str) -> None:
    _, arrays = kept("svr")
    arrays[f"0.{name}"] = change(arrays[f"0.{name}"])
    with pytest.raises(ValueError, match=said):
        read("svr", arrays)


def test_a_tree_takes_twenty_bytes_a_node() -> None:
    x, y = planted(500, 0)
    found = FinalRegressor(RegressorConfig("extra-trees", trees=4)).fit(x, y)
    size = sum(array.nbytes for array in found.arrays.values())
    trees = 2 * 4
    assert size < 1.01 * trees * 20 * 2 * 500  # a grown tree has twice as many nodes as rows
