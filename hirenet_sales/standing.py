"""Where estimates stand among the people of the training data.

A number on [0, 1] says little to a reader, so an assessment gives the percentage of those people
whose label is lower. Only quantiles of the labels travel with a checkpoint, never a label.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from hirenet_sales.effect import Standing
from hirenet_sales.traits import TRAITS, TraitEstimate

PERCENTS = np.linspace(0, 100, 101)
FEWEST = 20  # people below whom percentages would name single ones


def label_quantiles(labels: np.ndarray) -> np.ndarray | None:
    """Quantiles (101, 5) of labels (N, 5), one row a person; None of too few people."""
    known = labels[np.isfinite(labels).all(1)]
    return np.percentile(known, PERCENTS, axis=0) if len(known) >= FEWEST else None


def standings(
    estimates: Mapping[str, TraitEstimate], quantiles: np.ndarray | None
) -> dict[str, Standing]:
    """The standing of every trait's estimate and of the ends of its interval.

    Parameters
    ----------
    quantiles : (101, 5), ascending, as `label_quantiles` gives them; None = not known
    """
    if quantiles is None:
        return {}
    return {
        trait: Standing(
            **{
                end: float(np.interp(getattr(estimates[trait], end), quantiles[:, k], PERCENTS))
                for end in ("estimate", "low", "high")
            }
        )
        for k, trait in enumerate(TRAITS)
    }
