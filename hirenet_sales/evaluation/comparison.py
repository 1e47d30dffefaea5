"""Is one model better than another on the same interviews?

The main test is the paired cluster bootstrap: people are drawn with replacement, both models are
measured on every draw, and the p value is the smallest level at which the percentile interval of
the difference excludes zero (Davison and Hinkley 1997, section 5.4: a test by inversion of the
interval). So the interval and the p value never contradict each other, and it works for any
measure. Beside it stands Wilcoxon's signed-rank test (scipy) of the errors by person, which assumes
nothing of the measure: mean absolute error on a scale, share of wrong decisions for two classes
(with one row a person and two classes that is the sign test that McNemar's exact test is).

Under about 20 people percentile intervals are too narrow, and p too small: read both tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import wilcoxon

from hirenet_sales.datasets.interview_set import InterviewSet, Level
from hirenet_sales.errors import ConfigError
from hirenet_sales.evaluation.bootstrap import DRAWS, cluster_counts, interval, two_sided_p
from hirenet_sales.evaluation.metrics import (
    THRESHOLD,
    known,
    mean_over_targets,
    measures,
    metrics_of,
)
from hirenet_sales.evaluation.prediction import (
    Prediction,
    estimates_of,
    labelled,
    training_means,
)
from hirenet_sales.yaml_model import did_you_mean


def paired_test(
    a: Prediction,
    b: Prediction,
    test: InterviewSet,
    metric: str,
    *,
    train: InterviewSet,
    target: str | None = None,
    level: Level | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> dict[str, Any]:
    """Difference a - b of one measure, with its 95 % interval and two-sided p value.

    Parameters
    ----------
    metric : such as "one_minus_mae", "ccc" or "f1"
    train : what both learnt from (skill, and rows that a model left open)
    target : None = the mean over the targets that have the measure
    level : count answers or interviews; None = as the data set's own tables do

    Returns
    -------
    dict with metric, target, a, b, difference, interval, p, wilcoxon_p and clusters; None where a
    value is not defined, as for one person alone. p is never below 2 / (draws + 1).

    Raises
    ------
    ConfigError
        if there is no such target, or it has no such measure.
    """
    names = [t.name for t in test.targets]
    if target is not None and target not in names:
        raise ConfigError(f"no target '{target}'{did_you_mean(target, names)}")
    chosen = [t for t in test.targets if target in (None, t.name) and metric in metrics_of(t)]
    if not chosen:
        offered = dict.fromkeys(
            m for t in test.targets if target in (None, t.name) for m in metrics_of(t)
        )
        raise ConfigError(f"no measure '{metric}' here; there is {', '.join(offered)}")
    columns = [names.index(t.name) for t in chosen]
    level = level or test.level
    rows, blind = labelled(test, level), training_means(train, level)
    values = [estimates_of(p, test, level, blind)[0][:, columns] for p in (a, b)]
    labels = rows.labels[:, columns]
    people, clusters = np.unique(rows.people, return_inverse=True)

    def measured(counts: np.ndarray | None) -> list[np.ndarray]:
        return [
            mean_over_targets(
                measures(
                    labels, v, blind[columns], targets=chosen, clusters=clusters, counts=counts
                ),
                chosen,
            )[metric]
            for v in values
        ]

    first, second = (known(v[0]) for v in measured(None))
    result: dict[str, Any] = {
        "metric": metric,
        "target": target,
        "a": first,
        "b": second,
        "difference": None if first is None or second is None else first - second,
        "interval": None,
        "p": None,
        "wilcoxon_p": _signed_rank([_errors(labels, v, chosen, clusters) for v in values]),
        "clusters": len(people),
    }
    if len(people) > 1 and draws:
        one, other = measured(cluster_counts(len(people), draws, seed))
        difference = one - other
        result["interval"] = interval(difference)
        result["p"] = two_sided_p(difference)
    return result


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p values of several comparisons (Holm 1979): below .05 holds for all at once."""
    order = sorted(p_values, key=lambda name: p_values[name])
    adjusted, highest = {}, 0.0
    for rank, name in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


def _errors(
    labels: np.ndarray, values: np.ndarray, targets: list, clusters: np.ndarray
) -> np.ndarray:
    """Mean error by cluster, over the known labels of all targets; NaN where there is none."""
    columns = []
    for k, target in enumerate(targets):
        if target.kind == "binary":
            wrong = ((values[:, k] >= THRESHOLD) != (labels[:, k] > 0.5)).astype(float)
            columns.append(np.where(np.isnan(labels[:, k]), np.nan, wrong))
        else:
            columns.append(np.abs(values[:, k] - labels[:, k]) / (target.high - target.low))
    error = np.stack(columns, axis=1)
    seen = ~np.isnan(error)
    total = np.bincount(clusters, np.where(seen, error, 0).sum(1))
    with np.errstate(invalid="ignore"):
        return total / np.bincount(clusters, seen.sum(1))


def _signed_rank(errors: list[np.ndarray]) -> float | None:
    gap = errors[0] - errors[1]
    gap = gap[~np.isnan(gap)]
    if not np.any(gap):
        return None if len(gap) < 2 else 1.0  # no error differs
    return float(wilcoxon(gap, zero_method="wilcox").pvalue)
