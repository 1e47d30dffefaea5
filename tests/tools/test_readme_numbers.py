"""The numbers of README.md are those of the shipped model, and cannot go stale."""

from __future__ import annotations

import json

import pytest

from hirenet_sales.traits import TRAITS
from tools.readme_numbers import METRICS, README, filled


def test_readme_says_what_was_measured() -> None:
    if not METRICS.is_file():
        pytest.skip("needs the checkpoint fi-v2, which this checkout does not have")
    text = README.read_text(encoding="utf-8")
    assert text == filled(text, json.loads(METRICS.read_text(encoding="utf-8"))), (
        "run: python -m tools.readme_numbers"
    )


def test_a_missing_marker_is_told() -> None:
    part = {"n": 1, "mean": {}}
    metrics = {
        **part,
        "traits": {trait: {} for trait in TRAITS},
        "alone": part,
        "streams": dict.fromkeys(("visual", "audio", "text"), part),
        "baselines": dict.fromkeys(("mean predictor", "source look-up"), part),
        "interviews": dict.fromkeys(("model", "plain_mean"), part),
    }
    with pytest.raises(ValueError, match="0 blocks 'numbers'"):
        filled("# A README\n", metrics)
