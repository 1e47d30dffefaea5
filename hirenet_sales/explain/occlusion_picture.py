"""Occlusion maps over a frame: red where a part raises the estimate, blue where it lowers it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw

from hirenet_sales.explain.effect_size import EffectSize
from hirenet_sales.explain.occlusion import PixelOcclusion

RAISES, LOWERS = np.array([200, 30, 40]), np.array([30, 70, 200])  # RGB
OPACITY = 0.65  # where the change is largest
SIDE_PX = 256  # of one drawn frame
TITLE_PX = 34


def overlay(image: np.ndarray, change: np.ndarray, limit: float) -> np.ndarray:
    """A frame, uint8 (H, W, 3), under a map of changes (R, C) or (H, W).

    Changes are signed, NaN is left clear; `limit`, above 0, is the change that has full colour.
    """
    height, width = image.shape[:2]
    field = np.nan_to_num(change).astype(np.float32)
    if field.shape != (height, width):
        field = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    strength = (OPACITY * np.clip(np.abs(field) / limit, 0, 1))[..., None]
    colour = np.where(field[..., None] > 0, RAISES, LOWERS)
    grey = np.repeat(image.mean(-1, keepdims=True), 3, axis=-1)  # colours mean changes alone
    painted: np.ndarray = np.round((1 - strength) * grey + strength * colour).astype(np.uint8)
    return painted


def pixel_picture(
    image: np.ndarray, occlusion: PixelOcclusion, targets: Sequence[str]
) -> Image.Image:
    """One frame a target side by side, with the change that has full colour in the title."""
    limits = np.abs(occlusion.change).max((0, 1))
    height, width = image.shape[:2]
    # Where every pixel lies on the grid of centres; the first centre is pixel 0.
    y = np.arange(height) / (occlusion.rows[-1] / max(len(occlusion.rows) - 1, 1) or 1)
    x = np.arange(width) / (occlusion.columns[-1] / max(len(occlusion.columns) - 1, 1) or 1)
    grid_x, grid_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    panels = []
    for k, target in enumerate(targets):
        limit = max(float(limits[k]), 1e-6)
        field = cv2.remap(
            occlusion.change[..., k].astype(np.float32),
            grid_x,
            grid_y,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        title = f"{target} {occlusion.estimate[k]:.3f}\nfull colour: {limit:.3f}"
        panels.append(_panel(overlay(image, field, limit), title))
    return _beside(panels)


def region_picture(
    image: np.ndarray, labels: np.ndarray, effects: Sequence[EffectSize], regions: Sequence[str]
) -> Image.Image:
    """One frame a target side by side, each region in the colour of its Cohen's d, on one scale.

    `image` is uint8 (H, W, 3), such as the mean of aligned crops; `labels`, int (H, W), are indices
    into `regions`.
    """
    finite = [abs(e.d) for e in effects if np.isfinite(e.d)]
    limit = max([*finite, 1e-6])
    panels = []
    for target in dict.fromkeys(e.target for e in effects):
        values = {e.region: e.d for e in effects if e.target == target}
        by_label = np.array([values.get(region, np.nan) for region in regions])
        title = f"{target}\nfull colour: d = {limit:.2f}"
        panels.append(_panel(overlay(image, by_label[labels], limit), title))
    return _beside(panels)


def _panel(image: np.ndarray, title: str) -> Image.Image:
    frame = Image.fromarray(image)
    frame = frame.resize((SIDE_PX, round(SIDE_PX * frame.height / frame.width)))
    panel = Image.new("RGB", (frame.width, frame.height + TITLE_PX), "white")
    panel.paste(frame, (0, TITLE_PX))
    ImageDraw.Draw(panel).multiline_text((4, 3), title, fill="black", font_size=12)
    return panel


def _beside(panels: Sequence[Image.Image]) -> Image.Image:
    gap = 6
    width = sum(p.width + gap for p in panels) - gap
    whole = Image.new("RGB", (width, max(p.height for p in panels)), "white")
    left = 0
    for panel in panels:
        whole.paste(panel, (left, 0))
        left += panel.width + gap
    return whole
