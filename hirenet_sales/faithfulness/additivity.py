"""Whether contributions add up to the estimates, and how uncertain their sampling leaves them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hirenet_sales.explain.contributions import Contributions
from hirenet_sales.faithfulness.changes import Subject


def additivity(contributions: Sequence[Contributions], subject: Subject) -> dict[str, Any]:
    """Gaps between sums of contributions and the estimates that they are of.

    Parameters
    ----------
    contributions : of each interview of the subject, to all its estimates

    Returns
    -------
    dict with `n` interviews; `largest_gap`, of baseline and contributions from the estimate that
    the model gives of the interviews as they are, read with all others, on the scale of the
    estimates; `exact`, interviews whose contributions are exact; `mean_error`, the mean standard
    error of a contribution of the others, and `mean_size`, the mean absolute contribution, both in
    standard deviations of the estimates; `mean_error` is None where all are exact.
    """
    gaps = [
        np.abs(own.baseline + own.effects.sum(0) - estimate).max()
        for own, estimate in zip(contributions, subject.estimates, strict=True)
    ]
    sizes = np.concatenate([np.abs(own.effects) / subject.spread for own in contributions])
    sampled = [own.errors / subject.spread for own in contributions if own.errors.any()]
    return {
        "n": len(contributions),
        "largest_gap": float(max(gaps)),
        "exact": len(contributions) - len(sampled),
        "mean_error": float(np.concatenate(sampled).mean()) if sampled else None,
        "mean_size": float(sizes.mean()),
    }
