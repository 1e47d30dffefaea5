"""Hair, eyes and clothes of the sample's talking head: surfaces and what is painted on them.

Lengths are centimetres; x to the person's left, y up, z towards the camera.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from sample_head import HAIR, SKIN
from scipy.interpolate import CubicSpline, make_interp_spline


def loft(rails: np.ndarray, along: int, across: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A smooth surface through rails (R, K, 3).

    Returns
    -------
    points (along * across, 3), texture coordinates in [0, 1] (along * across, 2), triangles
    """
    count, knots = rails.shape[:2]
    u, v = np.linspace(0, 1, along), np.linspace(0, 1, across)
    lines = CubicSpline(np.linspace(0, 1, knots), rails, axis=1)(u)  # (R, along, 3)
    surface = make_interp_spline(np.linspace(0, 1, count), lines, k=2, axis=0)(v)
    return grid_surface(surface)


def grid_surface(grid: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points, texture coordinates (u along a row, v from row to row) and triangles of a grid."""
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    triangles = np.concatenate(
        [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]
    )
    u, v = np.linspace(0, 1, columns), np.linspace(0, 1, rows)
    return grid.reshape(-1, 3), np.stack(np.meshgrid(u, v), -1).reshape(-1, 2), triangles


# One half of the hair: rails from the face backwards, each from the parting down to the ends.
HAIR_RAILS = np.array(
    [
        [(0, 7.4, 3.6), (3.4, 6.8, 3.0), (5.6, 4.6, 1.6), (6.3, 1, -1.5),
         (6.4, -2.5, -2), (6.2, -6, -1.5), (5.4, -9.2, -0.5)],
        [(0, 8.2, 4.75), (3.6, 7.5, 4.45), (6.1, 5.0, 2.9), (7.25, 1.5, 0.9),
         (7.5, -2.2, 0.6), (7.2, -6, 1.2), (6.2, -9.6, 2.2)],
        [(0, 9.5, 4.3), (4.4, 8.9, 3.9), (7.5, 6.0, 2.1), (8.9, 1.5, 0.2),
         (9.3, -3, -0.2), (9.0, -7, 0.4), (7.4, -10.4, 1.6)],
        [(0, 11.0, -1), (5.5, 9.9, -1.2), (9.0, 6.0, -2), (10.1, 1, -2.8),
         (10.3, -4, -3), (9.8, -8, -2.6), (8.0, -10.9, -1.6)],
        [(0, 10.2, -8), (4.5, 9.2, -8), (7.6, 5.6, -8.4), (8.7, 1, -9),
         (8.8, -4, -9), (8.2, -8, -8), (6.6, -10.7, -7)],
        [(0, 5.0, -12), (1.5, 4.6, -12), (2.8, 3, -12.2), (3.2, 0, -12.4),
         (3.2, -4, -12.2), (3, -8, -11.4), (2.4, -10.6, -10.5)],
        [(0, 4.0, -12), (0, 3.6, -12), (0, 2, -12.2), (0, 0, -12.4),
         (0, -4, -12.2), (0, -8, -11.4), (0, -10.6, -10.5)],
    ],
    dtype=float,
)  # fmt: skip


def hair_texture() -> Image.Image:
    """Strands: noise that is long along the hair and fine across it."""
    random = np.random.default_rng(3)
    strands = random.normal(0, 1, (512, 24))
    smooth = np.asarray(
        Image.fromarray(strands.astype(np.float32)).resize((512, 512), Image.Resampling.BICUBIC)
    )
    broad = np.asarray(
        Image.fromarray(random.normal(0, 1, (40, 5)).astype(np.float32)).resize(
            (512, 512), Image.Resampling.BICUBIC
        )
    )
    level = 1.0 + 0.16 * smooth + 0.16 * broad
    return Image.fromarray(np.clip(level[..., None] * HAIR, 0, 255).astype(np.uint8))


def eye_texture() -> Image.Image:
    """An eyeball, the iris in the middle of the picture."""
    size = 1024
    image = Image.new("RGB", (size, size), (238, 234, 230))
    draw = ImageDraw.Draw(image)
    middle = size / 2
    for radius, colour in ((158, (52, 40, 34)), (146, (98, 70, 46)), (100, (116, 84, 54)),
                           (66, (16, 12, 12))):  # fmt: skip
        # x is stretched: the texture's width goes once round the ball, its height half round
        draw.ellipse((middle - radius / 2, middle - radius, middle + radius / 2, middle + radius),
                     fill=colour)  # fmt: skip
    return image.filter(ImageFilter.GaussianBlur(2))


def body_surface() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neck and shoulders: ellipses from above downwards."""
    rings = np.array(  # height, half width, half depth, centre in depth
        [(-6.0, 4.6, 4.6, -4.5), (-9.5, 4.5, 4.5, -4.6), (-12.0, 4.9, 4.7, -4.8),
         (-13.6, 7.6, 5.2, -5.2), (-15.0, 12.4, 6.0, -5.6), (-17.2, 17.2, 7.0, -5.8),
         (-21.0, 19.6, 8.0, -5.6), (-27.0, 20.4, 8.6, -5.2), (-34.0, 20.6, 9.0, -5.0)]
    )  # fmt: skip
    height = np.linspace(0, 1, 70)
    knots = np.linspace(0, 1, len(rings))
    y, width, depth, centre = make_interp_spline(knots, rings, k=2)(height).T
    around = np.linspace(-np.pi, np.pi, 121)  # 0 is in front
    grid = np.stack(
        [
            width[:, None] * np.sin(around),
            np.repeat(y[:, None], len(around), 1),
            centre[:, None] + depth[:, None] * np.cos(around),
        ],
        -1,
    )
    return grid_surface(grid)


def body_texture() -> Image.Image:
    """Skin down to the neckline, a light blouse, a dark blue blazer with lapels."""
    size = 1024  # x: once round, the front in the middle; y: up in the picture is down the body
    image = Image.new("RGB", (size, size), (44, 58, 88))
    draw = ImageDraw.Draw(image)
    draw.polygon([(618, 330), (580, 560), (512, 860), (444, 560), (406, 330)],
                 fill=(238, 236, 230))  # fmt: skip
    for side in (-1, 1):
        lapel = [(106, 330), (68, 560), (0, 860), (50, 720), (130, 600), (104, 570), (146, 350)]
        draw.polygon([(512 + side * x, y) for x, y in lapel], fill=(54, 70, 104))
    tone = tuple(int(c * 0.93) for c in SKIN)
    draw.polygon([(0, 0), (size, 0), (size, 310), (650, 330), (512, 520), (374, 330), (0, 310)],
                 fill=tone)  # fmt: skip
    image = image.filter(ImageFilter.GaussianBlur(2))
    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
