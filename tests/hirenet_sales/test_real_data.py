"""The shipped checkpoint on real clips of videos that it was not trained on."""

from __future__ import annotations

from pathlib import Path

import pytest

from hirenet_sales.evaluate import evaluate
from hirenet_sales.models.checkpoint import checkpoint_names


@pytest.mark.slow  # the portraits of 1,100 clips take minutes on two cores
def test_shipped_checkpoint_on_unseen_videos(first_impressions: Path, tmp_path: Path) -> None:
    if "fi-v2" not in checkpoint_names():
        pytest.skip("the checkpoint fi-v2 does not ship yet")
    found = evaluate(
        "fi-v2",
        "first-impressions-v2",
        first_impressions,
        split="source-validation",
        cache=tmp_path,
    )
    assert found["n"] > 1000
    assert found["mean"]["r"] >= 0.55  # an untuned support-vector regression: .555
    assert found["mean"]["skill"] >= 0.17  # the goal of .23 is missed: .197
    for trait in found["traits"].values():
        assert trait["coverage"] == pytest.approx(0.9, abs=0.04)
    for part in found["streams"].values():
        assert part["mean"]["r"] > 0.2
