"""Times at which pictures are sampled from an answer."""

from __future__ import annotations

import numpy as np

EVEN_COUNT = 60  # Kassab et al. 2022: frames taken evenly from a video
SLICE_S = 15.0
SLICE_OFFSETS_S = (0.0, 8 / 3, 16 / 3, 8.0)  # frames 1, 81, 161 and 241 at 30 frames a second
USUAL_RATES_HZ = (20.0, 35.0)  # of the First Impressions clips
SHORTEST_SLICE_S = 4.0


def even_times(duration_s: float, count: int = EVEN_COUNT) -> np.ndarray:
    """The middles of `count` equal parts of an answer, seconds, ascending.

    >>> even_times(6.0, 3)
    array([1., 3., 5.])
    """
    return (np.arange(count) + 0.5) * duration_s / count


def rate_times(duration_s: float, rate_hz: float) -> np.ndarray:
    """0, 1/rate, 2/rate ... before the end of an answer, seconds; at least time 0."""
    return np.arange(max(1, int(np.ceil(duration_s * rate_hz - 1e-6)))) / rate_hz


def slice_bounds(
    duration_s: float, slice_s: float = SLICE_S, shortest_s: float = SHORTEST_SLICE_S
) -> np.ndarray:
    """Start and end of each slice, float64 (N, 2), seconds.

    A last slice shorter than `shortest_s` joins the one before.

    >>> slice_bounds(40.0, slice_s=15.0, shortest_s=5.0)
    array([[ 0., 15.],
           [15., 30.],
           [30., 40.]])
    """
    starts = rate_times(duration_s, 1 / slice_s) if duration_s > 0 else np.zeros(1)
    if len(starts) > 1 and duration_s - starts[-1] < shortest_s:
        starts = starts[:-1]
    return np.stack([starts, [*starts[1:], duration_s]], axis=1)


def portrait_offsets(frame_rate_hz: float) -> tuple[float, ...]:
    """Offsets within 15 s of the portraits of First Impressions V2, seconds.

    They are frames 1, 81, 161 and 241 by number, at any frame rate: in clips of 24 and 25 frames a
    second the picture at (n - 1) / rate differs from the portrait by 8 grey levels, the
    one at (n - 1) / 30 by 33. A recording of another kind of rate is sampled as if it had 30.
    """
    low, high = USUAL_RATES_HZ
    rate = frame_rate_hz if low <= frame_rate_hz <= high else 30.0
    return tuple(n / rate for n in (0, 80, 160, 240))


def slice_times(
    duration_s: float,
    slice_s: float = SLICE_S,
    offsets_s: tuple[float, ...] = SLICE_OFFSETS_S,
    shortest_s: float = SHORTEST_SLICE_S,
) -> np.ndarray:
    """Times at fixed offsets into every slice, as far as the slice reaches, seconds, ascending.

    The sampling of First Impressions V2's portraits, continued over longer answers.
    """
    bounds = slice_bounds(duration_s, slice_s, shortest_s)
    return np.array([s + o for s, end in bounds for o in offsets_s if s + o < end or o == 0])
