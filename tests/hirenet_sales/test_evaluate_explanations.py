"""`explain test` on a small model of planted interviews: what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from hirenet_sales.cli import main
from hirenet_sales.evaluate_explanations import evaluate_explanations
from hirenet_sales.release import train

SMALL = {
    "kind": "model",
    "name": "toy-planted",
    "model": "hirenet",
    "data": {
        "name": "planted",
        "streams": ["text"],
        "options": {"traits": True, "decoys": False, "missing": 0.2, "interviews": 120, "steps": 8},
    },
    "split": {"shares": [0.6, 0.2, 0.2]},
    "options": {"epochs": 2, "loggers": [], "progress": False, "attention_hidden": 8},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(scope="module")
def checkpoint(folder: Path) -> Path:
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    return train(config, folder, out=folder / "model", cache=folder / "cache")


def invoke(*arguments: str):
    return CliRunner().invoke(main, ["explain", "test", *arguments])


def test_the_command_writes_figures_tables_and_curves(checkpoint: Path, folder: Path) -> None:
    files = {kind: folder / f"out.{kind}" for kind in ("json", "md", "png", "svg")}
    done = invoke(
        *("--checkpoint", str(checkpoint), "--dataset", "planted", "--limit", "8"),
        *("--json", str(files["json"]), "--markdown", str(files["md"])),
        *("--figure", str(files["png"])),
    )
    assert done.exit_code == 0, done.output
    assert all(file.stat().st_size for file in files.values())
    result = json.loads(files["json"].read_text(encoding="utf-8"))
    assert (result["n"], result["available"], result["split"]) == (8, 24, "test")
    text = result["streams"]["text"]
    for figure in (text["deletion_ratio"], result["pointing_accuracy"], result["sign_accuracy"]):
        assert figure["low"] <= figure["value"] <= figure["high"]
    assert {"shown_ratio", "shown_ratio_replaced", "holds"} <= {*text}
    assert {*text["orders"]} >= {"effect", "attention", "first", "last", "random"}
    assert result["additivity"]["largest_gap"] < 1e-6
    assert result["question_swap"]["shift"]["value"] > 0
    written = files["md"].read_text(encoding="utf-8")
    assert "8 of 24 interviews of 8 people" in written
    assert "calibrated the intervals" in done.output  # who is held out for what
    assert "<svg" in files["svg"].read_text(encoding="utf-8")


def test_the_seed_decides_who_is_drawn_and_every_figure(checkpoint: Path, folder: Path) -> None:
    one, same = (
        evaluate_explanations(checkpoint, "planted", limit=4, seed=2, cache=folder) for _ in "ab"
    )
    assert one == same
    assert one != evaluate_explanations(checkpoint, "planted", limit=4, seed=3, cache=folder)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--checkpoint", "fi-v2", "--dataset", "planted"), "was not trained on planted"),
        (("--checkpoint", "fi-v2", "--dataset", "plantd"), "no data card"),
        (("--checkpoint", "fi-v2", "--dataset", "siop-2024", "--split", "dev"), "no split 'dev'"),
    ],
)
def test_what_cannot_be_tested_is_named(arguments, message: str, tmp_path: Path) -> None:
    done = invoke(*arguments, "--cache", str(tmp_path))
    assert done.exit_code == 2
    assert message in done.output
