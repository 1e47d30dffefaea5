"""The recipe of the model that reads questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hirenet_sales.errors import ConfigError
from hirenet_sales.models.checkpoint import load_checkpoint
from hirenet_sales.release.question_teaching import QuestionsConfig
from hirenet_sales.yaml_model import read_model

RECIPE = Path(__file__).parents[3] / "experiments" / "release_fi_v3.yaml"


def test_the_shipped_model_is_made_by_its_recipe() -> None:
    config = read_model(RECIPE, QuestionsConfig, ConfigError)
    folder = load_checkpoint(config.name).folder
    assert folder is not None
    made_by = json.loads((folder / "config.json").read_text(encoding="utf-8"))["training"]
    assert made_by == config.model_dump(mode="json")


def test_its_card_tells_what_was_measured() -> None:
    folder = load_checkpoint("fi-v3").folder
    assert folder is not None
    effects = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))["questions"]
    card = (folder / "card.md").read_text(encoding="utf-8")
    strangers = effects["strangers"]
    assert strangers["learnt"] and strangers["real"]["skill"] > strangers["none"]["skill"]
    assert f"smaller by {strangers['gain']['mean_absolute_error']:.4f}" in card
    for drop in effects["siop-2024"]["weight_drop"].values():
        assert drop["share"] >= 0.8
        assert f"{drop['share']:.0%} of {drop['n']} answers lose weight" in card


def test_an_unknown_key_is_refused(tmp_path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE.read_text(encoding="utf-8") + "rank: 3\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="rank"):
        read_model(path, QuestionsConfig, ConfigError)
