"""Occlusion analysis: how the estimates change when a part of a picture is covered.

Gucluturk et al. 2017, figures 4 and 5: masks of 10 x 10 pixels centred on every fourth pixel, and
masks of whole face regions. A change is the estimate of the picture as it is, minus that of the
masked one: above zero, the part raised the estimate.

A visual model is any function from pictures, uint8 (N, H, W, 3), to estimates (N, K). captum has
the same two analyses, one target and one picture a run; here all targets and masks share batches.
captum is what the tests hold this against.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from hirenet_sales.errors import ConfigError
from hirenet_sales.explain.face_regions import REGIONS

VisualModel = Callable[[np.ndarray], np.ndarray]
MASK_PX, STEP_PX = 10, 4
BATCH = 64  # pictures at a time
FILLS = ("mean", "grey", "black")


@dataclass(frozen=True, eq=False)
class PixelOcclusion:
    """Changes of the estimates by position of the mask."""

    change: np.ndarray  # float (R, C, K), estimate minus that with the mask there
    # rows, columns: (R,) and (C,), centres of the masks, pixels
    rows: np.ndarray
    columns: np.ndarray
    estimate: np.ndarray  # (K,), of the picture as it is

    @property
    def distance(self) -> np.ndarray:
        """Euclidean distance between the estimates, divided by its largest value; (R, C)."""
        lengths: np.ndarray = np.linalg.norm(self.change, axis=-1)
        lengths /= max(float(lengths.max()), 1e-12)
        return lengths


@dataclass(frozen=True, eq=False)
class RegionOcclusion:
    """Estimates of pictures before and after each region was masked."""

    before: np.ndarray  # (N, K)
    after: np.ndarray  # (N, R, K); NaN where a region has no pixel in the picture
    regions: tuple[str, ...]  # names of the R regions
    area: np.ndarray  # (N, R), share of the picture's pixels


def masked_estimates(
    model: VisualModel, image: np.ndarray, masks: Iterator[np.ndarray], fill: str
) -> np.ndarray:
    """Estimates (M, K) of one picture, uint8 (H, W, 3), under M masks, bool (H, W), True = covered.

    `fill` is "mean", the picture's own mean colour; "grey", 127; or "black". ConfigError for
    another.
    """
    if fill not in FILLS:
        raise ConfigError(f"fill '{fill}'; expected one of {', '.join(FILLS)}")
    mean = np.round(image.mean((0, 1)))
    colour = {"mean": mean, "grey": np.full(3, 127), "black": np.zeros(3)}[fill].astype(np.uint8)
    parts: list[np.ndarray] = []
    batch: list[np.ndarray] = []
    for mask in masks:
        batch.append(np.where(mask[..., None], colour, image))
        if len(batch) == BATCH:
            parts.append(model(np.stack(batch)))
            batch = []
    if batch:
        parts.append(model(np.stack(batch)))
    return np.concatenate(parts)


def occlude_pixels(
    model: VisualModel,
    image: np.ndarray,
    *,
    mask_px: int = MASK_PX,
    step_px: int = STEP_PX,
    fill: str = "mean",
) -> PixelOcclusion:
    """Mask squares of `mask_px` round every `step_px`-th pixel of a picture, uint8 (H, W, 3)."""
    height, width = image.shape[:2]
    rows, columns = np.arange(0, height, step_px), np.arange(0, width, step_px)

    def masks() -> Iterator[np.ndarray]:
        for row in rows:
            for column in columns:
                mask = np.zeros((height, width), bool)
                top, left = row - mask_px // 2, column - mask_px // 2
                mask[max(top, 0) : top + mask_px, max(left, 0) : left + mask_px] = True
                yield mask

    estimate = model(image[None])[0]
    after = masked_estimates(model, image, masks(), fill)  # (R C, K)
    change = (estimate - after).reshape(len(rows), len(columns), -1)
    return PixelOcclusion(change, rows, columns, estimate)


def occlude_regions(
    model: VisualModel,
    images: np.ndarray,
    labels: np.ndarray,
    *,
    fill: str = "mean",
) -> RegionOcclusion:
    """Mask each region of each picture, uint8 (N, H, W, 3).

    `labels`, int (N, H, W), are indices into `REGIONS`, as `face_regions` gives them; `fill` as for
    `masked_estimates`.
    """
    count = range(len(REGIONS))
    area = np.stack([(labels == r).mean((1, 2)) for r in count], axis=1)
    parts = [model(images[i : i + BATCH]) for i in range(0, len(images), BATCH)]
    before = np.concatenate(parts)  # (N, K)
    after = np.full((len(images), len(REGIONS), before.shape[1]), np.nan)
    for row, (image, label) in enumerate(zip(images, labels, strict=True)):
        present = [r for r in count if area[row, r] > 0]
        masks = (label == r for r in present)
        after[row, present] = masked_estimates(model, image, masks, fill)
    return RegionOcclusion(before, after, REGIONS, area)
