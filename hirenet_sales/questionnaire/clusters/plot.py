"""Plots of the cluster check: people in the plane of two components, coloured by score."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from scipy.spatial import ConvexHull

from hirenet_sales.questionnaire.clusters.clustering import ClusterCheck, Clustering
from hirenet_sales.traits import LETTERS

MAX_NUMBERED = 60  # people; more numbers than that are a smear
SIZE_INCHES = (7.0, 5.5)
DPI = 150
MIN_HULL = 3  # points that a hull needs


def draw_clusters(
    check: ClusterCheck, folder: Path, form: Literal["png", "svg"] = "png"
) -> list[Path]:
    """Draw one plot for every number of clusters: files `clusters-<k>.<form>` in the folder.

    Colour is the score, the outline and its letter the cluster (A = lowest mean score); up to
    `MAX_NUMBERED` people have their score beside them, as in the paper's figures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for k, clustering in check.clusterings.items():
        path = folder / f"clusters-{k}.{form}"
        _figure(check, clustering).savefig(path, dpi=DPI)
        files.append(path)
    return files


def _figure(check: ClusterCheck, clustering: Clustering) -> Figure:
    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    axes = figure.add_subplot()
    few = len(check.plane) <= MAX_NUMBERED
    dots = axes.scatter(
        check.plane[:, 0],
        check.plane[:, 1],
        c=check.scores,
        cmap="viridis",
        norm=Normalize(check.scores.min(), check.scores.max()),
        s=40 if few else 6,
        linewidths=0,
        alpha=1.0 if few else 0.6,
        rasterized=not few,  # thousands of dots make an SVG of megabytes
    )
    if few:
        for position, score in zip(check.plane, check.scores, strict=True):
            axes.annotate(
                f"{score:.1f}", position, xytext=(4, 3), textcoords="offset points", fontsize=7
            )
    for c in range(clustering.k):
        _outline(axes, check.plane[clustering.labels == c])
        label = f"{chr(ord('A') + c)}\n{clustering.score_means[c]:.1f}"
        box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "alpha": 0.8, "linewidth": 0.5}
        position = clustering.centres[c]
        # Behind the dots of a small sample, or it would hide them.
        order = 0 if few else 5
        axes.annotate(label, position, ha="center", va="center", fontsize=8, bbox=box, zorder=order)
    axes.set_xlabel(_component(check, 0))
    axes.set_ylabel(_component(check, 1))
    axes.set_title(
        f"{clustering.k} clusters, n = {len(check.scores)}; "
        f"silhouette {clustering.silhouette:.2f} (without clusters "
        f"{clustering.silhouette_no_clusters[0]:.2f})\n"
        f"η² {clustering.eta_squared.value:.2f} (chance {clustering.eta_squared.chance:.2f}; other "
        f"rules {clustering.other_rules[0]:.2f} to {clustering.other_rules[2]:.2f})",
        fontsize=9,
    )
    figure.colorbar(dots, ax=axes, label="score; in boxes: mean of the cluster")
    return figure


def _outline(axes: Axes, points: np.ndarray) -> None:
    """The convex hull of a cluster, where it has an area."""
    if len(points) < MIN_HULL or np.linalg.matrix_rank(points - points[0]) < 2:
        return
    corners = points[ConvexHull(points).vertices]
    axes.fill(*corners.T, facecolor="none", edgecolor="0.4", linewidth=0.8)


def _component(check: ClusterCheck, index: int) -> str:
    loadings = zip(LETTERS, check.loadings[index], strict=True)
    formula = " ".join(f"{value:+.2f} {letter}" for letter, value in loadings)
    return f"component {index + 1} ({check.explained[index]:.0%}): {formula}"
