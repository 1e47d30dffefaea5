"""Effect of masking a region on estimates, as Cohen's d over many clips.

    d = mean(before - after) / sqrt((var(before) + var(after)) / 2)

Gucluturk et al. 2017, figure 5: "the effect size of the difference between the predictions before
and after masking". Intervals are of a percentile bootstrap that draws people, not pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hirenet_sales.explain.occlusion import RegionOcclusion

DRAWS = 2000


@dataclass(frozen=True)
class EffectSize:
    """Effect of one region on one target."""

    # region, target: names
    region: str
    target: str
    # d, low, high: Cohen's d and its 95 % interval; above zero, the region raises the estimate
    d: float
    low: float
    high: float
    # size, size_low, size_high: the same of the change's amount, whatever its sign: the mean
    # absolute change in standard deviations of the estimates
    size: float
    size_low: float
    size_high: float
    change: float  # mean of before - after, on the scale of the target
    area: float  # mean share of the picture, to be read beside: a large mask changes more
    # people, pictures: how many
    people: int
    pictures: int


def effect_sizes(
    occlusion: RegionOcclusion,
    targets: tuple[str, ...],
    people: np.ndarray | None = None,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[EffectSize]:
    """Effect of every region on every target, region after region.

    NaN where fewer than two people are left or nothing varies. Pictures in which a region has no
    pixel are left out for it. `people` (N,) says who is pictured, such as the source video; None =
    someone else in each. `draws` and `seed` are those of the bootstrap.
    """
    person_ids = np.arange(len(occlusion.before)) if people is None else np.asarray(people)
    effects = []
    for r, region in enumerate(occlusion.regions):
        shown = np.isfinite(occlusion.after[:, r]).all(1)
        before, after = occlusion.before[shown], occlusion.after[shown, r]  # (n, K)
        names, person = np.unique(person_ids[shown], return_inverse=True)
        sums = _sums_by_person(before, after, person, len(names))  # (people, 6, K)
        random = np.random.default_rng(seed)
        point = np.full((2, len(targets)), np.nan)
        ends = np.full((2, 2, len(targets)), np.nan)
        if len(names) > 1:
            times = random.multinomial(len(names), np.full(len(names), 1 / len(names)), draws)
            point = _measures(sums.sum(0))  # (2, K)
            drawn = _measures(np.einsum("bp,pmk->bmk", times, sums))  # (draws, 2, K)
            ends = np.percentile(drawn, [2.5, 97.5], axis=0)  # (2, 2, K)
        for k, target in enumerate(targets):
            effects.append(
                EffectSize(
                    region,
                    target,
                    d=float(point[0, k]),
                    low=float(ends[0, 0, k]),
                    high=float(ends[1, 0, k]),
                    size=float(point[1, k]),
                    size_low=float(ends[0, 1, k]),
                    size_high=float(ends[1, 1, k]),
                    change=float((before - after)[:, k].mean()) if len(before) else np.nan,
                    area=float(occlusion.area[shown, r].mean()) if len(before) else 0.0,
                    people=len(names),
                    pictures=len(before),
                )
            )
    return effects


def _sums_by_person(
    before: np.ndarray, after: np.ndarray, person: np.ndarray, people: int
) -> np.ndarray:
    """Sums for Cohen's d over each person's pictures; (people, 6, K)."""
    change = before - after
    # Moments about the mean of all: squares of raw estimates would lose the digits of a variance.
    b, a = (x - before.mean(0, keepdims=True) if len(x) else x for x in (before, after))
    rows = np.stack([np.ones_like(b), b, b**2, a, a**2, np.abs(change)], axis=1)  # (n, 6, K)
    sums = np.zeros((people, *rows.shape[1:]))
    np.add.at(sums, person, rows)
    return sums


def _measures(sums: np.ndarray) -> np.ndarray:
    """Cohen's d and mean absolute change in standard deviations; (..., 2, K) of (..., 6, K)."""
    n, b, bb, a, aa, change = np.moveaxis(sums, -2, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        unbias = n / (n - 1)
        before = unbias * (bb / n - (b / n) ** 2)
        after = unbias * (aa / n - (a / n) ** 2)
        spreads = np.sqrt(np.stack([(before + after) / 2, before]))
        both, spread = np.where(spreads > 1e-9, spreads, np.nan)
        return np.stack([(b - a) / n / both, change / n / spread], axis=-2)
