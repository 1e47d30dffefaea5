"""How much smaller errors are in one condition than in another, on the same people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hirenet_sales.evaluation.bootstrap import share_interval


@dataclass(frozen=True)
class ErrorGain:
    """By how much errors are smaller, the mean, with its 95 % interval; None without people."""

    mean: float
    interval: tuple[float, float] | None

    @property
    def measurable(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.interval is not None and self.interval[0] > 0


def error_gain(before: np.ndarray, after: np.ndarray, people: np.ndarray) -> ErrorGain:
    """How much smaller absolute errors (N, K) are after than before, on the same interviews.

    Parameters
    ----------
    people : (N,), drawn with replacement for the interval; NaN errors are left out of a mean
    """
    gains = np.nanmean(before - after, axis=1)  # (N,)
    ends = share_interval(gains, np.ones(len(gains)), people)
    return ErrorGain(float(gains.mean()), None if ends is None else (ends[0], ends[1]))
