"""Stretch: a part of an answer's time, and how stretches cover each other."""

from __future__ import annotations

from collections.abc import Iterable

Stretch = tuple[float, float]  # start and end, seconds from the start of the answer


def overlap_s(stretches: Iterable[Stretch], start: float, end: float) -> float:
    """How much of the time from start to end is covered by stretches that do not overlap.

    >>> overlap_s([(0.0, 2.0), (3.0, 6.0)], 1.0, 4.0)
    2.0
    """
    return sum(max(0.0, min(end, last) - max(start, first)) for first, last in stretches)


def without(start: float, end: float, stretches: Iterable[Stretch]) -> list[Stretch]:
    """What is left of the time from start to end when the stretches are taken out, in order.

    >>> without(0.0, 5.0, [(1.0, 2.0), (4.0, 6.0)])
    [(0.0, 1.0), (2.0, 4.0)]
    """
    rest = []
    for first, last in sorted(stretches):
        rest.append((start, min(first, end)))
        start = max(start, last)
    rest.append((start, end))
    return [(first, last) for first, last in rest if last > first]


def merged(stretches: Iterable[Stretch], apart_s: float = 0.0) -> tuple[Stretch, ...]:
    """Stretches in order, those joined that overlap or lie at most `apart_s` apart.

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
