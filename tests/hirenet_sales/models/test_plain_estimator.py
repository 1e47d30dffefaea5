"""What scikit-learn has fitted, as plain arrays: the same estimates, and nothing is believed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

from hirenet_sales.models import forest, rbf_machine
from hirenet_sales.models.plain_estimator import PlainEstimator

WIDTH = 5
ON_SCALES: dict[str, BaseEstimator] = {
    "ridge": make_pipeline(StandardScaler(), Ridge(10.0)),
    "svr": make_pipeline(StandardScaler(), SVR(C=0.1, epsilon=0.05)),
    "svr alone": SVR(),
    "svr of terms": make_pipeline(TfidfTransformer(), SVR()),
    "svr of components": make_pipeline(StandardScaler(), TruncatedSVD(3, random_state=0), SVR()),
    "forest": RandomForestRegressor(7, min_samples_leaf=2, random_state=0),
    "forest of terms": make_pipeline(TfidfTransformer(), RandomForestRegressor(7, random_state=0)),
    "extra trees": ExtraTreesRegressor(7, random_state=0),
    "a lone tree": ExtraTreesRegressor(1, max_depth=1, random_state=0),
}
BALANCED = {"class_weight": "balanced"}
OF_CLASSES: dict[str, BaseEstimator] = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression(C=0.1)),
    "logistic of terms": make_pipeline(TfidfTransformer(), LogisticRegression(**BALANCED)),
    "svc": make_pipeline(StandardScaler(), SVC(C=0.1, **BALANCED)),
    "svc of terms": make_pipeline(TfidfTransformer(), SVC()),
    "forest": RandomForestClassifier(7, min_samples_leaf=5, random_state=0),
    "balanced forest": RandomForestClassifier(7, random_state=0, **BALANCED),
}


def counts(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Counts, so that they can be terms too; some rows have none, and many lie on a threshold."""
    rng = np.random.default_rng(seed)
    x = rng.poisson(2.0, (rows, WIDTH)).astype(float)
    x[:3] = 0
    return x, 0.5 + 0.2 * np.tanh(x[:, 0] - 2) + rng.normal(0, 0.02, rows)


def written_and_read(fitted: BaseEstimator) -> PlainEstimator:
    return PlainEstimator.of_arrays(PlainEstimator.of_library(fitted).arrays, WIDTH)


@pytest.mark.parametrize("name", ON_SCALES)
def test_a_scale_is_estimated_as_the_library_does(name: str) -> None:
    fitted = ON_SCALES[name].fit(*counts(200, 0))
    x = np.concatenate([counts(100, 1)[0], counts(200, 0)[0]])
    read = written_and_read(fitted)
    np.testing.assert_allclose(read.predict(x), fitted.predict(x), atol=1e-6)
    np.testing.assert_array_equal(read.predict(x), PlainEstimator.of_library(fitted).predict(x))
    assert np.ptp(read.predict(x)) > 0.1
    assert read.predict(x[:0]).shape == (0,)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_two_classes_are_told_apart_as_the_library_does(name: str) -> None:
    x, y = counts(200, 0)
    fitted = OF_CLASSES[name].fit(x, (y > 0.65).astype(float))
    x = np.concatenate([counts(100, 1)[0], x])
    shares = "forest" in name
    expected = fitted.predict_proba(x)[:, 1] if shares else fitted.decision_function(x)
    np.testing.assert_allclose(written_and_read(fitted).predict(x), expected, atol=2e-6)


@pytest.mark.parametrize("trees", [ExtraTreesRegressor, RandomForestRegressor])
def test_rows_on_a_threshold_go_where_the_library_sends_them(trees: Any) -> None:
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(400, 3)), 1).astype(np.float32)
    fitted = trees(20, random_state=0).fit(x, rng.uniform(size=400))
    between = (x[1:] + x[:-1]) / 2  # where a forest cuts between two rows
    near = np.concatenate([x, between, np.nextafter(between, 9), np.nextafter(between, -9)])
    estimates = PlainEstimator.of_library(fitted).predict(near)
    np.testing.assert_allclose(estimates, fitted.predict(near), atol=1e-6)


def test_many_rows_are_estimated_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = counts(60, 0)
    for name in ("forest", "svr"):
        read = PlainEstimator.of_library(ON_SCALES[name].fit(x, y))
        whole = read.predict(x)
        with monkeypatch.context() as patch:
            patch.setattr(forest, "PAIRS", 50)
            patch.setattr(rbf_machine, "BLOCK", 50)
            np.testing.assert_allclose(read.predict(x), whole, rtol=1e-12)


def test_sizes_count_what_was_learnt() -> None:
    x, y = counts(50, 0)
    lone = ON_SCALES["a lone tree"].fit(x, y)
    assert PlainEstimator.of_library(lone).learner.size == 2 * 3
    ridge = ON_SCALES["ridge"].fit(x, y)
    assert PlainEstimator.of_library(ridge).learner.size == WIDTH + 1
    machine = ON_SCALES["svr alone"].fit(x, y)
    support = len(machine.support_)
    assert PlainEstimator.of_library(machine).learner.size == support * (WIDTH + 1) + 1


def test_a_tree_takes_twenty_bytes_a_node() -> None:
    x = np.random.default_rng(0).normal(size=(500, WIDTH))
    arrays = PlainEstimator.of_library(ExtraTreesRegressor(4).fit(x, x[:, 0])).arrays
    size = sum(array.nbytes for array in arrays.values())
    assert size < 1.01 * 4 * 20 * 2 * 500  # a grown tree has twice as many nodes as rows


def put(index: int, value: float) -> Any:
    def change(array: np.ndarray) -> np.ndarray:
        array[index] = value
        return array

    return change


NAN, BIG = put(0, np.nan), put(0, np.inf)
DAMAGE: list[tuple[str, str, Any, str]] = [
    ("forest", "0.forest.left", put(0, 0), "behind its node"),  # would turn in a circle
    ("forest", "0.forest.right", put(0, 0), "behind its node"),
    ("forest", "0.forest.left", put(0, -7), "behind its node"),
    ("forest", "0.forest.right", put(0, 10**9), "behind its node"),
    (
        "forest",
        "0.forest.left",
        lambda a: np.where(np.arange(len(a)) == 0, len(a) - 1, a).astype(a.dtype),
        "same tree",
    ),
    ("forest", "0.forest.left", put(0, -1), "one child"),
    ("forest", "0.forest.right", put(-1, 3), "one child"),
    ("forest", "0.forest.feature", put(0, WIDTH), "reads a column that 5 do not have"),
    ("forest", "0.forest.feature", put(0, -2), "reads a column"),
    ("forest", "0.forest.threshold", NAN, "not a number"),
    ("forest", "0.forest.value", BIG, "not a number"),
    ("forest", "0.forest.value", lambda a: a[:-1], "types or lengths"),
    ("forest", "0.forest.left", lambda a: a.astype(float), "types or lengths"),
    ("forest", "0.forest.threshold", lambda a: a.astype(int), "types or lengths"),
    ("forest", "0.forest.left", lambda a: a[:, None], "types or lengths"),
    ("forest", "0.forest.offsets", lambda a: a[None], "types or lengths"),
    ("forest", "0.forest.offsets", lambda a: a[:-1], "trees begin at"),
    ("forest", "0.forest.offsets", lambda a: a[1:], "trees begin at"),
    ("forest", "0.forest.offsets", lambda a: a[:1], "trees begin at"),
    ("forest", "0.forest.offsets", put(2, 1), "trees begin at"),
    ("forest", "0.forest.offsets", put(1, -5), "trees begin at"),
    ("svr", "0.standardisation.mean", lambda a: a[:-1], "mean has shape (4,), expected (5,)"),
    ("svr", "0.standardisation.scale", put(0, 0.0), "scale is 0, expected above 0"),
    ("svr", "0.standardisation.scale", NAN, "scale holds values that are no finite numbers"),
    ("svr", "1.rbf.vectors", lambda a: a[:, :-1], "vectors has shape ("),
    ("svr", "1.rbf.vectors", lambda a: a.astype(int), "vectors holds values that are no finite"),
    ("svr", "1.rbf.weights", lambda a: a[:-1], "vectors has shape ("),
    ("svr", "1.rbf.weights", NAN, "weights holds values that are no finite numbers"),
    ("svr", "1.rbf.constants", lambda a: a[:1], "constants has shape (1,), expected (2,)"),
    ("svr", "1.rbf.constants", put(1, -1.0), "gamma is -1, expected above 0"),
    ("svr of terms", "0.terms.idf", lambda a: a[None], "idf has shape (1, 5), expected (5,)"),
    ("svr of terms", "0.terms.idf", BIG, "idf holds values that are no finite numbers"),
    ("svr of components", "1.projection.components", lambda a: a[:, 1:], "expected (3, 5)"),
    ("svr of components", "1.projection.components", lambda a: a[1:], "expected ("),
    ("svr of components", "1.projection.components", lambda a: a[0], "expected (5, 5)"),
    ("ridge", "1.linear.coefficients", lambda a: a[1:], "coefficients has shape (4,)"),
    ("ridge", "1.linear.coefficients", NAN, "coefficients holds values that are no finite"),
    ("ridge", "1.linear.intercept", lambda a: np.zeros(()), "intercept has shape ()"),
]


@pytest.mark.parametrize(("estimator", "name", "change", "message"), DAMAGE)
def test_damaged_arrays_are_refused(estimator: str, name: str, change: Any, message: str) -> None:
    made = PlainEstimator.of_library(ON_SCALES[estimator].fit(*counts(80, 0)))
    arrays = {key: array.copy() for key, array in made.arrays.items()}
    arrays[name] = change(arrays[name])
    with pytest.raises(ValueError) as caught:
        PlainEstimator.of_arrays(arrays, WIDTH)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ON_SCALES)
def test_no_array_may_be_missing_or_of_another_width(name: str) -> None:
    arrays = PlainEstimator.of_library(ON_SCALES[name].fit(*counts(80, 0))).arrays
    for missing in arrays:
        with pytest.raises((KeyError, ValueError)):
            PlainEstimator.of_arrays({k: a for k, a in arrays.items() if k != missing}, WIDTH)
    with pytest.raises(ValueError, match=r"expected|reads a column that 0"):
        PlainEstimator.of_arrays(arrays, 0)


def test_a_forest_without_trees_is_refused() -> None:
    arrays = PlainEstimator.of_library(ON_SCALES["forest"].fit(*counts(80, 0))).arrays
    with pytest.raises(ValueError, match="0 nodes"):
        PlainEstimator.of_arrays({name: array[:0] for name, array in arrays.items()}, WIDTH)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "an estimator of nothing, expected all its steps and its learner"),
        (["0.terms.idf"], "an estimator of terms, expected all its steps and its learner"),
        (
            ["0.linear.coefficients", "0.linear.intercept", "1.terms.idf"],
            "an estimator of linear, terms, expected",
        ),
        (["1.linear.coefficients", "1.linear.intercept"], "expected all its steps"),
        (["left"], "array 'left' is of no estimator, expected a name such as '0.linear.intercept'"),
        (["0.pickle.bytes"], "array '0.pickle.bytes' is of no estimator"),
        (["-1.linear.intercept"], "is of no estimator"),
        (["0.linear.intercept.real"], "is of no estimator"),
    ],
)
def test_other_arrays_are_no_estimator(names: list[str], message: str) -> None:
    arrays = {name: np.ones(1 if "intercept" in name else WIDTH) for name in names}
    with pytest.raises(ValueError) as caught:
        PlainEstimator.of_arrays(arrays, WIDTH)
    assert message in str(caught.value)
