"""A region that a model reads stands out against one that it does not."""

from __future__ import annotations

import numpy as np
import pytest
from toy_face import landmarks

from hirenet_sales.errors import ConfigError
from hirenet_sales.explain.face_regions import REGIONS, face_regions
from hirenet_sales.explain.occlusion import occlude_regions
from hirenet_sales.explain.region_contrast import region_contrasts

SIDE, COUNT = 48, 24
LABELS = face_regions(landmarks(SIDE), SIDE, SIDE)
EYES, BACKGROUND = (REGIONS.index(name) == LABELS for name in ("eyes", "background"))


def pictures() -> np.ndarray:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (COUNT, SIDE, SIDE, 3), dtype=np.uint8)
    light = rng.integers(60, 250, COUNT)
    images[:, EYES] = light[:, None, None]  # eyes are lit evenly, each picture its own way
    return images


def reads_eyes(images: np.ndarray) -> np.ndarray:
    """Two targets that follow the eyes, and a trace of the background."""
    eyes = images[:, EYES].mean((1, 2)) / 255
    trace = images[:, BACKGROUND, 0].mean(1) / 255
    return np.stack([eyes + 0.01 * trace, 1 - eyes + 0.01 * trace], 1)


def test_the_region_that_is_read_stands_out() -> None:
    labels = np.repeat(LABELS[None], COUNT, axis=0)
    occlusion = occlude_regions(reads_eyes, pictures(), labels, fill="black")
    people = np.arange(COUNT) // 2  # two pictures of each
    result = {c.region: c for c in region_contrasts(occlusion, people)}
    eyes, background = result["eyes"], result["background"]
    assert eyes.more_low > 0 and eyes.density_low > 1
    assert eyes.people == COUNT // 2 and eyes.pictures == COUNT
    assert eyes.size == pytest.approx(eyes.more + background.size)
    assert background.more == 0 and background.density == pytest.approx(1)
    assert result["mouth"].size == 0 and result["mouth"].more_high < 0
    for contrast in result.values():
        assert contrast.size_low <= contrast.size <= contrast.size_high
        assert contrast.more_low <= contrast.more <= contrast.more_high


def test_another_reference_and_regions_that_are_not_there() -> None:
    labels = np.repeat(LABELS[None], COUNT, axis=0)
    labels[1:][labels[1:] == REGIONS.index("mouth")] = REGIONS.index("skin")
    occlusion = occlude_regions(reads_eyes, pictures(), labels)
    result = {c.region: c for c in region_contrasts(occlusion, np.arange(COUNT), against="eyes")}
    assert "mouth" not in result  # one picture shows it
    assert result["nose"].more < 0
    with pytest.raises(ConfigError, match="no region 'ears'; there is background"):
        region_contrasts(occlusion, np.arange(COUNT), against="ears")
