"""Drawn occlusion: red where an estimate is raised, blue where lowered, clear elsewhere."""

from __future__ import annotations

import numpy as np
from toy_face import landmarks

from hirenet_sales.explain.effect_size import EffectSize
from hirenet_sales.explain.face_regions import REGIONS, face_regions
from hirenet_sales.explain.occlusion import PixelOcclusion
from hirenet_sales.explain.occlusion_picture import (
    SIDE_PX,
    TITLE_PX,
    overlay,
    pixel_picture,
    region_picture,
)

TARGETS = ("openness", "neuroticism")


def redness(picture: np.ndarray) -> np.ndarray:
    """Red minus blue of every pixel."""
    return picture[..., 0].astype(int) - picture[..., 2].astype(int)


def test_signs_have_colours_and_nothing_has_none() -> None:
    frame = np.full((30, 30, 3), 90, np.uint8)
    change = np.zeros((30, 30))
    change[:10], change[20:], change[12] = 1.0, -1.0, np.nan
    drawn = redness(overlay(frame, change, 1.0))
    assert (drawn[:10] > 50).all()
    assert (drawn[20:] < -50).all()
    assert (drawn[10:20] == 0).all()


def test_half_a_change_is_half_as_strong_and_more_than_the_limit_is_not_stronger() -> None:
    frame = np.full((4, 4, 3), 90, np.uint8)
    at = {
        value: int(redness(overlay(frame, np.full((4, 4), value), 1.0))[0, 0])
        for value in (0.5, 1.0, 3.0)
    }
    assert abs(2 * at[0.5] - at[1.0]) <= 2
    assert at[1.0] == at[3.0]


def test_a_peak_is_drawn_where_its_mask_was() -> None:
    rows = columns = np.arange(0, 64, 4)
    change = np.zeros((16, 16, 2))
    change[3, 11, 0], change[10, 2, 1] = 0.2, -0.1
    occlusion = PixelOcclusion(change, rows, columns, np.array([0.4, 0.6]))
    drawn = np.asarray(pixel_picture(np.full((64, 64, 3), 128, np.uint8), occlusion, TARGETS))
    assert drawn.shape[0] == SIDE_PX + TITLE_PX
    panels = [drawn[TITLE_PX:, :SIDE_PX], drawn[TITLE_PX:, -SIDE_PX:]]
    scale = SIDE_PX / 64
    for panel, row, column, sign in ((panels[0], 12, 44, 1), (panels[1], 40, 8, -1)):
        strength = sign * redness(panel)
        y, x = np.argwhere(strength >= strength.max() - 1).mean(0)
        assert abs(y / scale - row) < 1
        assert abs(x / scale - column) < 1


def effect(region: str, target: str, d: float) -> EffectSize:
    return EffectSize(region, target, d, d - 0.1, d + 0.1, abs(d), 0, 1, d, 0.1, 9, 9)


def test_regions_are_drawn_on_one_scale() -> None:
    side = 128
    labels = face_regions(landmarks(side), side, side)
    effects = [
        effect("mouth", "openness", 0.8),
        effect("eyes", "openness", np.nan),
        effect("mouth", "neuroticism", -0.4),
    ]
    frame = np.full((side, side, 3), 128, np.uint8)
    drawn = np.asarray(region_picture(frame, labels, effects, REGIONS))
    first, second = drawn[TITLE_PX:, :SIDE_PX], drawn[TITLE_PX:, -SIDE_PX:]
    y, x = (2 * np.argwhere(labels == REGIONS.index("mouth")).mean(0)).astype(int)
    eye_y, eye_x = (2 * np.argwhere(labels == REGIONS.index("eyes"))[0]).astype(int)
    assert redness(first)[y, x] > 0 > redness(second)[y, x]
    assert redness(first)[y, x] > -redness(second)[y, x]  # twice the effect, stronger colour
    assert redness(first)[eye_y, eye_x] == 0
