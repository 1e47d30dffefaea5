"""Masked regions of the shipped CNN on a tiny folder; what is drawn is the synthetic person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from toy_dataset import write_dataset
from toy_experiments import write_yaml

from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.kinds.face_occlusion import synthetic_face
from hirenet_sales.experiment.run import Outcome, run_experiment
from hirenet_sales.explain.face_regions import REGIONS
from hirenet_sales.traits import TRAITS

TOY: dict[str, Any] = {
    "name": "masks",
    "kind": "occlusion",
    "title": "Masks",
    "published": "deep_impression2017",
    "clips": 10,
    "mask_px": 40,
    "step_px": 64,
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("masks")
    root = write_dataset(folder / "data", {"source-train": 3, "source-validation": 6})
    return run_experiment(
        write_yaml(folder, TOY), root=root, out=folder / "run", cache=folder / "cache", jobs=1
    )


def test_every_region_has_an_effect_on_every_trait(outcome: Outcome) -> None:
    assert not outcome.failures
    effects, contrasts, estimates = outcome.tables
    assert [row["region"] for row in effects.rows] == list(REGIONS)
    for row in effects.rows:
        assert 0 < row["area"] < 1
        for trait in TRAITS:
            assert row[f"{trait}_low"] <= row[trait] <= row[f"{trait}_high"]
    assert sum(row["area"] for row in effects.rows) == pytest.approx(1)
    assert {row["against"] for row in contrasts.rows} == {"background"}
    assert [row["who"] for row in estimates.rows] == ["visual CNN alone", "mean predictor"]
    assert "10 clips of" in effects.notes[0]
    assert json.dumps(outcome.as_json())


def test_only_the_synthetic_person_is_drawn(outcome: Outcome) -> None:
    image, regions = synthetic_face()
    assert set(np.unique(regions)) == set(range(len(REGIONS)))
    assert image.shape[:2] == regions.shape
    drawn = {path.name for path in outcome.figures}
    assert drawn == {"pixels.png", "regions-mean.png"}
    for path in outcome.figures:
        assert Image.open(path).width > 5 * 200  # a panel a trait
    pictures = [p for p in outcome.folder.rglob("*") if p.suffix in (".png", ".jpg", ".npy")]
    assert {path.name for path in pictures} == drawn


def test_problems(tmp_path: Path) -> None:
    path = write_yaml(tmp_path, TOY, checkpoint="fi-v9", fills=["gray"], split="train")
    with pytest.raises(ConfigError) as raised:
        run_experiment(path, out=tmp_path / "run")
    for part in ("no checkpoint 'fi-v9'", "no fill 'gray'", "split", "needs its folder: --root"):
        assert part in str(raised.value), part
