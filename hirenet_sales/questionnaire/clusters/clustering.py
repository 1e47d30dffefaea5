"""The cluster check of Kassab et al. 2022 (section V, Figures 6 and 7), with numbers.

The paper reduces the five traits to two principal components, makes 4 and 5 clusters by k-means,
and concludes from the picture that people of close sales scores share a cluster, "which also proves
that the decision rules we established are valid and reasonable". Here the agreement is measured and
held against three baselines, because each part of that conclusion has a trivial explanation:

- scores dealt out at random (permutation): what chance alone agrees;
- people without clusters (one normal cloud of the same covariance): k-means always cuts something;
- other rules (the 15 other ways of giving the five traits a direction): score and cluster are
  functions of the same traits, so many a rule agrees with the clusters. Only a rule that agrees
  better than the others would say something about that rule.

As in the paper the traits are not standardised: they share one scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from hirenet_sales.errors import NormSampleError
from hirenet_sales.questionnaire.clusters.agreement import (
    Agreement,
    adjusted_mutual_information,
    against_chance,
    eta_squared,
    other_rules_scores,
    score_bands,
)
from hirenet_sales.questionnaire.norms.norm_sample import read_norm_sample
from hirenet_sales.questionnaire.norms.trait_table import Polarity
from hirenet_sales.rules import load_rule_base
from hirenet_sales.traits import TRAITS

PERMUTATIONS = 199
CLOUDS = 20
STARTS = 10  # of k-means
SILHOUETTE_PEOPLE = 2000  # of a larger sample this many are drawn: its cost grows with the square


@dataclass(frozen=True, eq=False)
class Clustering:
    """K-means with k clusters; clusters are numbered by rising mean score."""

    k: int
    labels: np.ndarray  # int (N,), 0 to k - 1
    centres: np.ndarray  # (k, 2) in the plane of the two components
    # sizes, score_means, score_sds: (k,)
    sizes: np.ndarray
    score_means: np.ndarray
    score_sds: np.ndarray
    silhouette: float  # mean silhouette width in that plane, -1 to 1
    # mean and 95th percentile over normal clouds of the same covariance
    silhouette_no_clusters: tuple[float, float]
    eta_squared: Agreement  # share of the score's variance between the clusters
    # adjusted mutual information of cluster and score band (k bands of equal count); 0 = chance
    ami: Agreement
    # eta squared of the 15 other ways to direct the traits: smallest, median, largest
    other_rules: tuple[float, float, float]
    # rank of the score among those 15 and itself by eta squared, 1 = agrees best
    rank_among_rules: int

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON, without the N labels."""
        return {
            "k": self.k,
            "clusters": [
                {"n": int(n), "score_mean": float(m), "score_sd": float(s), "centre": c.tolist()}
                for n, m, s, c in zip(
                    self.sizes, self.score_means, self.score_sds, self.centres, strict=True
                )
            ],
            "silhouette": self.silhouette,
            "silhouette_no_clusters": {
                "mean": self.silhouette_no_clusters[0],
                "high": self.silhouette_no_clusters[1],
            },
            "eta_squared": vars(self.eta_squared),
            "ami": vars(self.ami),
            "eta_squared_other_rules": dict(
                zip(("min", "median", "max"), self.other_rules, strict=True)
            ),
            "rank_among_rules": self.rank_among_rules,
            "rules_compared": 2 ** (len(TRAITS) - 1),
        }


@dataclass(frozen=True, eq=False)
class ClusterCheck:
    """The check of one sample."""

    plane: np.ndarray  # (N, 2), coordinates on the two principal components
    explained: np.ndarray  # (2,), share of the traits' variance on each
    loadings: np.ndarray  # (2, 5), components in the order of TRAITS
    scores: np.ndarray  # (N,)
    clusterings: dict[int, Clustering]  # number of clusters to result

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "n": len(self.scores),
            "score_mean": float(self.scores.mean()),
            "score_sd": float(self.scores.std()),
            "explained_variance": self.explained.tolist(),
            "loadings": [dict(zip(TRAITS, row.tolist(), strict=True)) for row in self.loadings],
            "clusters": {str(k): c.as_dict() for k, c in self.clusterings.items()},
        }


def cluster_check(
    traits: np.ndarray, scores: np.ndarray, ks: Sequence[int] = (4, 5), seed: int = 0
) -> ClusterCheck:
    """Cluster people by their traits and measure how well the clusters predict their scores.

    `traits` are (N, 5) on [0, 1], `scores` (N,), such as sales scores 1 to 10, `ks` the numbers of
    clusters. The same seed gives the same result. NormSampleError if there are too few different
    people for the clusters, or all scores are equal.
    """
    different = len(np.unique(traits, axis=0))
    if different <= max(ks):
        raise NormSampleError(
            f"{different} different people, expected more than {max(ks)} for {max(ks)} clusters"
        )
    if np.ptp(scores) == 0:
        raise NormSampleError(f"all scores are {scores[0]:g}; nothing can agree with them")
    pca = PCA(n_components=2, random_state=seed).fit(traits)
    # The sign of a component is arbitrary: extraversion points right and up, so pictures compare.
    turn = np.where(pca.components_[:, TRAITS.index("extraversion")] < 0, -1.0, 1.0)
    plane = pca.transform(traits) * turn  # (N, 2)
    rng = np.random.default_rng(seed)
    clouds = [
        PCA(n_components=2, random_state=seed).fit_transform(
            rng.multivariate_normal(traits.mean(0), np.cov(traits.T), len(traits))
        )
        for _ in range(CLOUDS)
    ]
    rules = other_rules_scores(traits, np.asarray(scores, float))
    return ClusterCheck(
        plane=plane,
        explained=pca.explained_variance_ratio_,
        loadings=pca.components_ * turn[:, None],
        scores=np.asarray(scores, float),
        clusterings={
            k: _clustering(plane, np.asarray(scores, float), k, clouds, rules, seed) for k in ks
        },
    )


def check_sample(
    path: str | Path,
    rule_base: str | Path = "kassab2022",
    score_column: str | None = None,
    *,
    ks: Sequence[int] = (4, 5),
    seed: int = 0,
    polarity: Polarity = "auto",
    split: str | None = None,
) -> tuple[dict[str, Any], ClusterCheck]:
    """The check of a norm sample, scored by a rule base or by a column of its own.

    Everything ready for JSON, and the check itself for pictures. Errors as `read_norm_sample`,
    `load_rule_base` and `cluster_check`; NormSampleError if a score is missing.
    """
    sample = read_norm_sample(path, polarity, split, extra=[score_column] if score_column else [])
    if score_column:
        scores, scored_by = sample.extra[score_column], f"column {score_column}"
        missing = int(np.isnan(scores).sum())
        if missing:
            raise NormSampleError(
                f"{path}: {missing} people have no {score_column}; fill it in or take the rows out"
            )
    else:
        rules = load_rule_base(rule_base)
        scores, scored_by = rules.scores(sample.traits), f"rule base {rules.name} {rules.version}"
    check = cluster_check(sample.traits, scores, ks, seed)
    result = {"norms": sample.describe(), "scored_by": scored_by, "seed": seed, **check.as_dict()}
    return result | {"remarks": sample.remarks}, check


def _clustering(
    plane: np.ndarray,
    scores: np.ndarray,
    k: int,
    clouds: Sequence[np.ndarray],
    rules: np.ndarray,
    seed: int,
) -> Clustering:
    model = KMeans(k, n_init=STARTS, random_state=seed).fit(plane)
    means = np.array([scores[model.labels_ == c].mean() for c in range(k)])
    order = np.argsort(means)  # order[i] = the old number of new cluster i
    labels = np.argsort(order)[model.labels_]
    bands = score_bands(scores, k)
    rng = np.random.default_rng(seed)
    shuffles = [rng.permutation(len(scores)) for _ in range(PERMUTATIONS)]
    eta = eta_squared(labels, scores)
    others = np.array([eta_squared(labels, rule) for rule in rules])
    no_clusters = [
        _silhouette(cloud, KMeans(k, n_init=STARTS, random_state=seed).fit_predict(cloud), seed)
        for cloud in clouds
    ]
    return Clustering(
        k=k,
        labels=labels,
        centres=model.cluster_centers_[order],
        sizes=np.bincount(labels, minlength=k),
        score_means=means[order],
        score_sds=np.array([scores[labels == c].std() for c in range(k)]),
        silhouette=_silhouette(plane, labels, seed),
        silhouette_no_clusters=(
            float(np.mean(no_clusters)),
            float(np.quantile(no_clusters, 0.95)),
        ),
        eta_squared=against_chance(eta, [eta_squared(labels, scores[s]) for s in shuffles]),
        ami=against_chance(*adjusted_mutual_information(bands, labels, shuffles)),
        other_rules=(float(others.min()), float(np.median(others)), float(others.max())),
        rank_among_rules=1 + int((others > eta).sum()),
    )


def _silhouette(plane: np.ndarray, labels: np.ndarray, seed: int) -> float:
    size = SILHOUETTE_PEOPLE if len(plane) > SILHOUETTE_PEOPLE else None
    return float(silhouette_score(plane, labels, sample_size=size, random_state=seed))
