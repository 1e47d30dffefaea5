"""Measures against scipy and scikit-learn, and their bootstrap intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.metrics import (
    mean_absolute_error,
    precision_recall_fscore_support,
    r2_score,
    roc_auc_score,
)

from hirenet_sales.data.interview_set import Target
from hirenet_sales.evaluation.measure_table import measure_table
from hirenet_sales.evaluation.metrics import METRICS, measures
from hirenet_sales.traits import TRAITS

MEAN = np.linspace(0.4, 0.6, 5)


def data(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.uniform(0, 1, (count, 5))
    return labels, np.clip(0.5 * labels + 0.25 + rng.normal(0, 0.1, labels.shape), 0, 1)


def measure(*arrays: np.ndarray, **options) -> dict[str, dict[str, float | None]]:
    """Measures of the rows as they are; None where one is not defined."""
    values = measures(*arrays, **options)
    return {
        target: {m: None if np.isnan(v[0]) else float(v[0]) for m, v in own.items()}
        for target, own in values.items()
    }


def test_against_scipy_and_sklearn() -> None:
    labels, estimates = data(200)
    half = np.full(labels.shape, 0.15)
    result = measure(labels, estimates, MEAN, half)
    for k, trait in enumerate(TRAITS):
        y, p = labels[:, k], estimates[:, k]
        error = mean_absolute_error(y, p)
        blind = mean_absolute_error(y, np.full(len(y), MEAN[k]))
        ccc = 2 * np.cov(y, p, ddof=0)[0, 1] / (y.var() + p.var() + (y.mean() - p.mean()) ** 2)
        expected = {
            "one_minus_mae": 1 - error,
            "skill": 1 - error / blind,
            "r": pearsonr(y, p).statistic,
            "ccc": ccc,
            "r2": r2_score(y, p),
            "sd_ratio": p.std() / y.std(),
            "coverage": np.mean(np.abs(y - p) <= 0.15),
        }
        assert result[trait] == pytest.approx(expected)
        assert tuple(result[trait]) == METRICS


def test_perfect_and_mean_predictors() -> None:
    labels, _ = data(50)
    perfect = measure(labels, labels, MEAN)
    blind = measure(labels, np.broadcast_to(MEAN, labels.shape), MEAN)
    for trait in TRAITS:
        expected = dict.fromkeys(METRICS[:-1], pytest.approx(1))
        assert perfect[trait] == {**expected, "coverage": None}
        assert blind[trait]["skill"] == pytest.approx(0)
        assert blind[trait]["r"] is None
        assert blind[trait]["ccc"] == pytest.approx(0)
        assert blind[trait]["sd_ratio"] == pytest.approx(0)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("value", [0.1, 0.5, 1 / 3])
def test_constants_are_not_defined_rather_than_nan(count, value) -> None:
    labels = np.full((count, 5), value)  # the sd of three times 0.1 is 1e-17, not 0
    for estimates in (labels, np.full((count, 5), 0.7), data(count)[1]):
        result = measure(labels, estimates, MEAN)["openness"]
        assert (result["r"], result["r2"], result["sd_ratio"]) == (None, None, None)
        assert all(v is None or np.isfinite(v) for v in result.values())
        assert measure(data(count)[0], labels, MEAN)["openness"]["r"] is None
    assert measure(labels, labels, labels[0])["openness"]["skill"] is None


def test_nothing_to_measure() -> None:
    with pytest.raises(ValueError, match="no clip"):
        measure(np.zeros((0, 5)), np.zeros((0, 5)), MEAN)


def test_mean_over_targets_is_none_where_one_is() -> None:
    labels, estimates = data(20)
    labels[:, 2] = 0.5
    means = measure_table(labels, estimates, MEAN, np.arange(20), draws=0)["mean"]
    assert means["r"] is None
    assert means["one_minus_mae"] == pytest.approx(1 - np.abs(labels - estimates).mean())


def test_intervals_contain_the_point() -> None:
    labels, estimates = data(120)
    half = np.full(labels.shape, 0.15)
    result = measure_table(labels, estimates, MEAN, np.arange(120) // 3, half, draws=200)
    assert result["n"] == 120
    for part in (result["mean"], *result["targets"].values()):
        for metric in METRICS:
            low, high = part["interval"][metric]
            assert low <= part[metric] <= high
            assert low < high


def test_intervals_are_clustered() -> None:
    """Every clip five times over tells nothing new: the intervals must not shrink."""
    labels, estimates = data(60)
    once = measure_table(labels, estimates, MEAN, np.arange(60), draws=300)
    five = [np.repeat(a, 5, axis=0) for a in (labels, estimates)]
    clustered = measure_table(*five, MEAN, np.repeat(np.arange(60), 5), draws=300)
    ignored = measure_table(*five, MEAN, np.arange(300), draws=300)

    def width(found: dict) -> float:
        low, high = found["mean"]["interval"]["r"]
        return high - low

    assert width(clustered) == pytest.approx(width(once), rel=0.01)
    assert width(ignored) < 0.7 * width(once)


def test_the_same_seed_gives_the_same_intervals() -> None:
    labels, estimates = data(40)
    groups = np.arange(40) // 2
    assert measure_table(labels, estimates, MEAN, groups, draws=50) == measure_table(
        labels, estimates, MEAN, groups, draws=50
    )


@pytest.mark.parametrize(("sources", "draws"), [([0, 0, 0], 50), ([0, 1, 2], 0)])
def test_no_interval_from_one_source_or_without_draws(sources, draws) -> None:
    labels, estimates = data(3)
    result = measure_table(labels, estimates, MEAN, np.array(sources), draws=draws)
    assert "interval" not in result["mean"]
    assert "interval" not in result["targets"]["openness"]


def test_a_table_is_the_direct_computation_over_drawn_rows() -> None:
    """Sums by cluster give what measuring the drawn rows one by one gives, measure by measure."""
    rng = np.random.default_rng(3)
    targets = (Target("score", low=1, high=7), Target("hirable", "binary"), Target("bare"))
    scores, chance = rng.uniform(1, 7, 90), rng.uniform(0, 1, 90).round(1)  # ties
    labels = np.stack([scores, rng.uniform(0, 1, 90) < chance, rng.uniform(0, 1, 90)], axis=1)
    labels[rng.random(labels.shape) < 0.1] = np.nan
    estimates = np.stack([scores / 2 + rng.normal(2, 1, 90), chance, rng.uniform(0, 1, 90)], axis=1)
    half, mean = np.tile([1.0, 0.1, 0.3], (90, 1)), np.array([4.0, 0.5, 0.5])
    sources = rng.integers(0, 25, 90)
    result = measure_table(
        labels, estimates, mean, sources, half, targets=targets, draws=60, seed=5
    )

    groups = [np.flatnonzero(sources == s) for s in np.unique(sources)]
    rng = np.random.default_rng(5)
    direct = []
    for _ in range(60):
        rows = np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))])
        direct.append(measure(labels[rows], estimates[rows], mean, half[rows], targets=targets))
    for target in targets:
        for metric in direct[0][target.name]:
            ends = np.quantile([d[target.name][metric] for d in direct], [0.025, 0.975])
            assert result["targets"][target.name]["interval"][metric] == pytest.approx(ends)


def test_two_classes_against_sklearn() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 300)
    chance = np.clip(0.3 * truth + rng.uniform(0, 0.7, 300), 0, 1).round(2)  # with ties
    weights = rng.integers(0, 4, (5, 300))
    target = (Target("hirable", "binary"),)
    each = np.arange(300)
    result = measures(
        truth[:, None].astype(float),
        chance[:, None],
        np.full(1, 0.5),
        targets=target,
        clusters=each,
        counts=weights,
    )["hirable"]
    for b, w in enumerate(weights):
        p, r, f, _ = precision_recall_fscore_support(
            truth, chance >= 0.5, average="binary", sample_weight=w
        )
        area = roc_auc_score(truth, chance, sample_weight=w)
        expected = {"precision": p, "recall": r, "f1": f, "auc": area}
        assert {m: v[b] for m, v in result.items()} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("truth", "chance", "undefined"),
    [
        ([1, 0, 1], [0.1, 0.2, 0.3], {"precision"}),  # nothing was decided for class 1
        ([0, 0, 0], [0.9, 0.2, 0.3], {"recall", "auc"}),
        ([1, 1, 1], [0.9, 0.2, 0.3], {"auc"}),
        ([0, 0, 0], [0.1, 0.2, 0.3], {"precision", "recall", "f1", "auc"}),
    ],
)
def test_what_two_classes_leave_undefined(truth, chance, undefined) -> None:
    columns = np.array([truth], float).T, np.array([chance]).T
    result = measure(*columns, np.full(1, 0.5), targets=(Target("hirable", "binary"),))
    assert {m for m, v in result["hirable"].items() if v is None} == undefined


def test_a_scale_does_not_matter() -> None:
    """Scores from 1 to 7 are worth what the same scores from 0 to 1 are worth."""
    labels, estimates = data(80)
    half = np.full(labels.shape, 0.1)
    wide = tuple(Target(trait, "ordinal", 1, 7) for trait in TRAITS)
    result = measure(1 + 6 * labels, 1 + 6 * estimates, 1 + 6 * MEAN, 6 * half, targets=wide)
    for trait, values in measure(labels, estimates, MEAN, half).items():
        assert result[trait] == pytest.approx(values)


def test_unknown_labels_are_as_rows_that_are_not_there() -> None:
    labels, estimates = data(60)
    fewer = labels.copy()
    fewer[::3, 0] = np.nan
    remaining = np.arange(60) % 3 != 0
    result = measure(fewer, estimates, MEAN)
    assert result["openness"] == measure(labels[remaining], estimates[remaining], MEAN)["openness"]
    assert result["extraversion"] == measure(labels, estimates, MEAN)["extraversion"]


def test_an_estimate_that_is_no_number_is_refused() -> None:
    labels, estimates = data(4)
    estimates[2, 1] = np.nan
    with pytest.raises(ValueError, match="1 estimates are not numbers"):
        measure(labels, estimates, MEAN)
