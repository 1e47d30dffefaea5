"""Contrast of regions: whether a visual model relies more on the face than on the background.

A region's size is the mean absolute change of an estimate when the region is masked, in standard
deviations of the estimates, averaged over targets. Regions are compared picture by picture, and
also for the same share of the picture covered, since a larger mask changes more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hirenet_sales.errors import ConfigError
from hirenet_sales.explain.effect_size import DRAWS
from hirenet_sales.explain.occlusion import RegionOcclusion

MEASURES = ("size", "more", "density")


@dataclass(frozen=True)
class RegionContrast:
    """Contrast of one region with another, over the pictures that show both."""

    # region, against: names
    region: str
    against: str
    area: float  # mean share of the picture
    # people, pictures: how many
    people: int
    pictures: int
    # size, size_low, size_high: of the region, with its 95 % interval over people
    size: float
    size_low: float
    size_high: float
    # more, more_low, more_high: its size minus that of the other
    more: float
    more_low: float
    more_high: float
    # density, density_low, density_high: its size divided by its area, as a multiple of the
    # other's: above 1, the same area matters more
    density: float
    density_low: float
    density_high: float


def region_contrasts(
    occlusion: RegionOcclusion,
    people: np.ndarray,
    *,
    against: str = "background",
) -> list[RegionContrast]:
    """Contrast every region with one of them; intervals by percentile bootstrap over people.

    `people` (N,) says who is pictured. Regions that fewer than two people show together with that
    one are left out; it is contrasted with itself, too. ConfigError if there is no such region.
    """
    if against not in occlusion.regions:
        raise ConfigError(f"no region '{against}'; there is {', '.join(occlusion.regions)}")
    spread = occlusion.before.std(0, ddof=1)
    spread = np.where(spread > 1e-9, spread, np.nan)
    change = np.abs(occlusion.after - occlusion.before[:, None]) / spread  # (N, R, K)
    sizes = change.mean(-1)  # (N, R); NaN where a region has no pixel
    base = occlusion.regions.index(against)
    contrasts = []
    for r, region in enumerate(occlusion.regions):
        shown = np.isfinite(sizes[:, r]) & np.isfinite(sizes[:, base])
        names, person = np.unique(np.asarray(people)[shown], return_inverse=True)
        if len(names) < 2:
            continue
        columns = (sizes[:, r], sizes[:, base], occlusion.area[:, r], occlusion.area[:, base])
        rows = np.stack([np.ones(len(sizes)), *columns], axis=1)[shown]  # (n, 5)
        sums = np.zeros((len(names), 5))
        np.add.at(sums, person, rows)
        times = np.random.default_rng(0).multinomial(
            len(names), np.full(len(names), 1 / len(names)), DRAWS
        )
        point = _measures(sums.sum(0))
        low, high = np.percentile(_measures(times @ sums), [2.5, 97.5], axis=0)
        named = {
            f"{measure}{end}": float(value)
            for end, values in (("", point), ("_low", low), ("_high", high))
            for measure, value in zip(MEASURES, values, strict=True)
        }
        area = float(occlusion.area[shown, r].mean())
        pictures = int(shown.sum())
        contrasts.append(RegionContrast(region, against, area, len(names), pictures, **named))
    return contrasts


def _measures(sums: np.ndarray) -> np.ndarray:
    """Size, size minus the other's, and ratio of sizes by area; (..., 3) of (..., 5)."""
    n, size, other, area, other_area = np.moveaxis(sums, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):  # a model may not read the other at all
        density = (size / area) / (other / other_area)
    return np.stack([size / n, (size - other) / n, density], axis=-1)
