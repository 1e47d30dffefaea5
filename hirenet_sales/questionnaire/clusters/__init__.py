"""The cluster check of Kassab et al. 2022, with numbers and baselines instead of an impression."""

from hirenet_sales.questionnaire.clusters.agreement import Agreement, eta_squared
from hirenet_sales.questionnaire.clusters.clustering import (
    ClusterCheck,
    Clustering,
    check_sample,
    cluster_check,
)
from hirenet_sales.questionnaire.clusters.plot import draw_clusters

__all__ = [
    "Agreement",
    "ClusterCheck",
    "Clustering",
    "check_sample",
    "cluster_check",
    "draw_clusters",
    "eta_squared",
]
