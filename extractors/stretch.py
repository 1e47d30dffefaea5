"""Stretches of time in an answer: overlap, difference and union."""

from __future__ import annotations

from collections.abc import Iterable

Stretch = tuple[float, float]  # start and end, seconds from the start of the answer


def overlap_s(stretches: Iterable[Stretch], start: float, end: float) -> float:
    """Length of the part of start to end covered by stretches that do not overlap, seconds.

    >>> overlap_s([(0.0, 2.0), (3.0, 6.0)], 1.0, 4.0)
    2.0
    """
    return sum(max(0.0, min(end, last) - max(start, first)) for first, last in stretches)


def without(start: float, end: float, stretches: Iterable[Stretch]) -> list[Stretch]:
    """The parts of start to end outside the stretches, in order.

    >>> without(0.0, 5.0, [(1.0, 2.0), (4.0, 6.0)])
    [(0.0, 1.0), (2.0, 4.0)]
    """
    parts = []
    for first, last in sorted(stretches):
        parts.append((start, min(first, end)))
        start = max(start, last)
    parts.append((start, end))
    return [(first, last) for first, last in parts if last > first]


def merged(stretches: Iterable[Stretch], apart_s: float = 0.0) -> tuple[Stretch, ...]:
    """Stretches in order, joined where they overlap or lie at most `apart_s` apart.

    >>> merged([(3.0, 4.0), (0.0, 1.0), (1.5, 2.0)], apart_s=0.5)
    ((0.0, 2.0), (3.0, 4.0))
    """
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1] + apart_s:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)
