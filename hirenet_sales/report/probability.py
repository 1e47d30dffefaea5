"""Probability that one person's value is above another's, from two estimates with intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

UNDECIDED = (0.05, 0.95)  # between these, two people cannot be told apart


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval, in the unit of the estimate."""

    value: float
    low: float
    high: float


def probability_above(one: Interval, other: Interval, coverage: float) -> float:
    """Probability, 0 to 1, that the value of one person is above that of another.

    Errors are taken as normal and independent, with the standard deviation whose central interval
    of this coverage is as wide as the wider half of the interval: the other half may be cut off at
    the end of the scale.

    >>> round(probability_above(Interval(0.6, 0.4, 0.8), Interval(0.5, 0.3, 0.7), 0.9), 2)
    0.72
    """
    reach = NormalDist().inv_cdf(0.5 + coverage / 2)
    spread = math.hypot(_half(one), _half(other)) / reach
    if spread == 0:
        return 0.5 + (one.value > other.value) / 2 - (one.value < other.value) / 2
    return NormalDist().cdf((one.value - other.value) / spread)


def told_apart(probability: float) -> bool:
    """Whether a probability is outside of what says nothing."""
    return not UNDECIDED[0] <= probability <= UNDECIDED[1]


def _half(interval: Interval) -> float:
    return max(interval.high - interval.value, interval.value - interval.low)
