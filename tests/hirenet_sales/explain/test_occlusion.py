"""Occlusion finds what is planted, and is captum's where captum has the same analysis."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from captum.attr import FeatureAblation, Occlusion
from torch import nn
from toy_face import landmarks

from hirenet_sales.errors import ConfigError
from hirenet_sales.explain.effect_size import effect_sizes
from hirenet_sales.explain.face_regions import REGIONS, face_regions
from hirenet_sales.explain.occlusion import (
    VisualModel,
    occlude_pixels,
    occlude_regions,
)

SIDE = 48
PATCH = (slice(12, 22), slice(28, 38))  # rows and columns


def pictures(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, SIDE, SIDE, 3), dtype=np.uint8)


def red_in_patch(images: np.ndarray) -> np.ndarray:
    """Two targets: how red the patch is, and the opposite."""
    red = images[:, PATCH[0], PATCH[1], 0].mean((1, 2)) / 255
    return np.stack([red, 1 - red], 1)


def planted_picture() -> np.ndarray:
    image = pictures(1)[0] // 4
    image[PATCH[0], PATCH[1], 0] = 250
    return image


def test_changes_peak_on_the_planted_patch_with_their_signs() -> None:
    result = occlude_pixels(red_in_patch, planted_picture())
    assert result.change.shape == (12, 12, 2)
    row, column = np.unravel_index(result.change[..., 0].argmax(), (12, 12))
    assert abs(result.rows[row] - 17) <= 4
    assert abs(result.columns[column] - 33) <= 4
    assert result.change[..., 0].max() > 0.3
    np.testing.assert_allclose(result.change[..., 1], -result.change[..., 0], atol=1e-12)
    far = np.abs(result.rows - 17) > 12
    assert (result.change[far] == 0).all()
    assert result.distance.max() == 1
    assert result.distance[far].max() == 0


@pytest.mark.parametrize(("mask_px", "step_px"), [(10, 4), (7, 5), (1, 1)])
def test_masks_are_squares_about_every_nth_pixel(mask_px: int, step_px: int) -> None:
    """A model that adds its pixels up tells how many were covered, and a weighted one, which."""
    image = np.full((20, 24, 3), 200, np.uint8)
    weights = np.arange(20 * 24).reshape(20, 24)

    def model(images: np.ndarray) -> np.ndarray:
        bright = (images[..., 0] == 200).astype(float)
        return np.stack([bright.sum((1, 2)), (bright * weights).sum((1, 2))], 1)

    result = occlude_pixels(model, image, mask_px=mask_px, step_px=step_px, fill="black")
    np.testing.assert_array_equal(result.rows, np.arange(0, 20, step_px))
    np.testing.assert_array_equal(result.columns, np.arange(0, 24, step_px))
    for i, row in enumerate(result.rows):
        for j, column in enumerate(result.columns):
            top, left = row - mask_px // 2, column - mask_px // 2
            covered = [
                weights[y, x]
                for y in range(max(top, 0), min(top + mask_px, 20))
                for x in range(max(left, 0), min(left + mask_px, 24))
            ]
            assert result.change[i, j].tolist() == [len(covered), sum(covered)]


def test_the_colour_of_the_mask() -> None:
    image = np.full((8, 8, 3), 100, np.uint8)
    image[:4] = 200

    def model(images: np.ndarray) -> np.ndarray:
        return images[:, :1, 0, 0].astype(float)

    for fill, value in (("mean", 150), ("grey", 127), ("black", 0)):
        assert occlude_pixels(model, image, mask_px=3, fill=fill).change[0, 0, 0] == 200 - value
    with pytest.raises(ConfigError, match="fill 'white'; expected one of mean, grey, black"):
        occlude_pixels(model, image, fill="white")


class TinyCnn(nn.Module):
    """Two layers on pictures (N, 3, H, W) of 0..255."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, 2), nn.BatchNorm2d(6), nn.ReLU()),
            *(nn.Conv2d(6, 8, 3, 2), nn.BatchNorm2d(8), nn.ReLU()),
        )
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.head(self.layers(x / 255 - 0.5).mean((2, 3))))


@pytest.fixture
def cnn() -> TinyCnn:
    torch.manual_seed(0)
    return TinyCnn().eval()


def as_model(cnn: TinyCnn) -> VisualModel:
    def model(images: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return cnn(torch.from_numpy(images).permute(0, 3, 1, 2).float()).numpy()

    return model


def test_regions_are_captum_s_feature_ablation(cnn: TinyCnn) -> None:
    images = pictures(3)
    labels = np.stack([face_regions(landmarks(SIDE) + shift, SIDE, SIDE) for shift in (0, 3, 6)])
    result = occlude_regions(as_model(cnn), images, labels, fill="grey")
    for row in range(3):
        for target in range(2):
            theirs = (
                FeatureAblation(cnn)
                .attribute(
                    torch.from_numpy(images[row : row + 1]).permute(0, 3, 1, 2).float(),
                    baselines=127.0,
                    target=target,
                    feature_mask=torch.from_numpy(labels[row])[None, None],
                )[0, 0]
                .numpy()
            )
            for r in range(len(REGIONS)):
                ours = result.before[row, target] - result.after[row, r, target]
                np.testing.assert_allclose(theirs[labels[row] == r], ours, atol=1e-6)


def test_pixels_are_captum_s_occlusion_where_squares_do_not_overlap(cnn: TinyCnn) -> None:
    """Captum averages overlapping squares, so it is the same where they lie side by side."""
    image = pictures(1)[0]
    result = occlude_pixels(as_model(cnn), image, mask_px=8, step_px=8, fill="grey")
    padded = np.full((SIDE + 8, SIDE + 8, 3), 127, np.uint8)
    padded[4 : SIDE + 4, 4 : SIDE + 4] = image

    def inner(x: torch.Tensor) -> torch.Tensor:
        return cnn(x[:, :, 4 : SIDE + 4, 4 : SIDE + 4])

    for target in range(2):
        theirs = (
            Occlusion(inner)
            .attribute(
                torch.from_numpy(padded).permute(2, 0, 1)[None].float(),
                sliding_window_shapes=(3, 8, 8),
                strides=(3, 8, 8),
                baselines=127.0,
                target=target,
            )[0, 0, ::8, ::8]
            .numpy()
        )
        np.testing.assert_allclose(result.change[..., target], theirs[:6, :6], atol=1e-6)


def test_a_trained_network_is_found_out(cnn: TinyCnn) -> None:
    """Trained to tell the colour of the mouth, the network changes where the mouth is covered."""
    random = np.random.default_rng(1)
    images = 108 + pictures(96, 1) // 6
    labels = np.stack(
        [face_regions(landmarks(SIDE) + random.integers(-3, 4, 2), SIDE, SIDE) for _ in images]
    )
    truth = random.uniform(0, 1, len(images))
    for image, label, value in zip(images, labels, truth, strict=True):
        image[label == REGIONS.index("mouth")] = [round(255 * value), 128, 128]
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    y = torch.from_numpy(np.stack([truth, 1 - truth], 1)).float()
    cnn.train()
    optimizer = torch.optim.Adam(cnn.parameters(), 0.02)
    for _ in range(80):
        optimizer.zero_grad()
        nn.functional.mse_loss(cnn(x), y).backward()
        optimizer.step()
    cnn.eval()
    assert np.corrcoef(as_model(cnn)(images)[:, 0], truth)[0, 1] > 0.9
    result = occlude_regions(as_model(cnn), images, labels)
    sizes = {e.region: e.size for e in effect_sizes(result, ("red", "other")) if e.target == "red"}
    assert max(sizes, key=sizes.__getitem__) == "mouth"
    assert sizes["mouth"] > 2 * sorted(sizes.values())[-2]


def test_a_region_that_a_picture_lacks_is_unknown() -> None:
    labels = np.zeros((2, SIDE, SIDE), int)
    labels[1] = face_regions(landmarks(SIDE), SIDE, SIDE)
    result = occlude_regions(red_in_patch, pictures(2), labels)
    assert np.isnan(result.after[0, 1:]).all()
    assert np.isfinite(result.after[0, 0]).all()
    assert np.isfinite(result.after[1]).all()
    np.testing.assert_allclose(result.area.sum(1), 1)
