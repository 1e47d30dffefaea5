"""Tables of CR-Net on a tiny folder: lines, baselines, gains, published numbers, polarity."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from toy_dataset import write_dataset
from toy_experiments import write_yaml

from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.kinds.model_rows import ModelTableConfig
from hirenet_sales.experiment.run import Outcome, run_experiment
from hirenet_sales.shipped import shipped_folder
from hirenet_sales.traits import TRAITS

SPLITS = ("official", "disjoint")
PLAIN = {"head": "plain", "losses": ["l1", "mse"]}
TOY: dict[str, Any] = {
    "name": "toy",
    "kind": "table",
    "title": "Toy",
    "seeds": [0, 1],
    "published": "crnet2020",
    "data": {
        "name": "first-impressions-v2",
        "streams": ["scenes", "frames"],
        "targets": [*TRAITS, "interview"],
        "size_px": 32,
    },
    "splits": [{"kind": "official"}, {"kind": "disjoint"}],
    "averaged": list(TRAITS),
    "measures": ["one_minus_mae", "one_minus_mae_interview"],
    "differences": ["sd_ratio"],
    "columns": ["head", "losses", "classes"],
    "reference": "plain",
    "defaults": {
        "crnet": {
            "depth": 18,
            "width": 4,
            "input_px": 32,
            "segments": 1,
            "shown": 2,
            "classification_epochs": 1,
            "regression_epochs": 1,
            "decays": 0,
            "batch": 16,
            "regressor": None,
            "trees": 5,
        }
    },
    "rows": [
        {"model": "crnet", "label": "plain", "streams": ["frames"], "options": PLAIN},
        {"model": "crnet", "label": "cr-block", "streams": ["frames"]},
    ],
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips of each source video, one portrait a clip."""
    per_split = {"source-train": 12, "source-calibration": 3, "source-validation": 4}
    return write_dataset(tmp_path_factory.mktemp("crnet") / "data", per_split)


@pytest.fixture(scope="module")
def outcome(root: Path) -> Outcome:
    folder = root.parent / "table"
    folder.mkdir()
    return run(write_yaml(folder, TOY), root)


def run(source: Path, root: Path) -> Outcome:
    return run_experiment(
        source, root=root, out=source.parent / "run", cache=root.parent / "cache", jobs=1
    )


def test_lines_of_every_split(outcome: Outcome) -> None:
    assert not outcome.failures and not outcome.missing
    [table] = outcome.tables
    titles = {split: [r["title"] for r in table.rows if r["split"] == split] for split in SPLITS}
    assert "person look-up" in titles["official"]
    assert "person look-up" not in titles["disjoint"]  # nobody to look up
    assert titles["official"][-2:] == titles["disjoint"][-2:] == ["plain", "cr-block"]
    for row in table.rows:
        assert row["one_minus_mae_low"] <= row["one_minus_mae"] <= row["one_minus_mae_high"]
        of_traits = [row[f"one_minus_mae_{trait}"] for trait in TRAITS]
        assert row["one_minus_mae"] == pytest.approx(np.mean(of_traits))  # without the interview
        assert 0 < row["one_minus_mae_interview"] < 1
        printed = {"plain": 0.8999, "cr-block": 0.9133}.get(row["title"])
        if row["split"] == "disjoint":
            printed = None
        assert row.get("published_one_minus_mae") == printed
    by_name = {(row["split"], row["title"]): row for row in table.rows}
    assert by_name["official", "plain"]["losses"] == "l1+mse"
    block = by_name["official", "cr-block"]
    assert block["published_difference"] == pytest.approx(0.0134)
    text = table.markdown()
    assert "| published 1 − MAE of interview |" in text
    assert "Means over openness, conscientiousness" in text


def test_differences_are_those_of_two_lines(outcome: Outcome) -> None:
    [table] = outcome.tables
    for split in SPLITS:
        plain, block = (
            next(r for r in table.rows if (r["split"], r["title"]) == (split, title))
            for title in ("plain", "cr-block")
        )
        assert "difference" not in plain
        gap = block["one_minus_mae"] - plain["one_minus_mae"]
        assert block["difference"] == pytest.approx(gap)
        gap = block["sd_ratio"] - plain["sd_ratio"]
        assert block["difference_sd_ratio"] == pytest.approx(gap)
        assert block["difference_low"] <= block["difference"] <= block["difference_high"]


def test_labels_have_the_polarity_of_the_house(outcome: Outcome, root: Path) -> None:
    [path] = outcome.folder.glob("cells/*disjoint_plain*_0-*/predictions.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (root / "clips.csv").open(newline="") as file:
        column: dict[str, list[float]] = {}
        for row in csv.DictReader(file):
            stable = float(row["neuroticism_column"])
            column.setdefault(row["youtube_id"], []).append(round(1 - stable, 6))
    for row in rows:
        assert round(float(row["neuroticism_label"]), 6) in column[row["person"]]
        assert 0 <= float(row["neuroticism_estimate"]) <= 1


def test_another_experiment_shares_the_fits(outcome: Outcome, root: Path, tmp_path: Path) -> None:
    """With one more row, that one alone is fitted, and the shared ones give the same numbers."""
    fits = root.parent / "cache" / "fits"
    before = {path.name for path in fits.iterdir() if path.is_dir()}
    assert len(before) == 8  # two rows, seeds and splits
    fused = {
        "model": "crnet",
        "label": "fused",
        "streams": "together",
        "options": {"regressor": "extra-trees"},
    }
    path = write_yaml(
        tmp_path,
        TOY,
        seeds=[0],
        splits=[{"kind": "disjoint"}],
        rows=[{**TOY["rows"][0], "label": "no classes"}, fused],
        reference=None,
        differences=[],
    )
    again = run(path, root)
    assert not again.failures
    after = {path.name for path in fits.iterdir() if path.is_dir()}
    assert before <= after
    assert len(after - before) == 1
    one = next(r for r in again.rows if r["row"] == "no classes")
    same = next(
        r for r in outcome.rows if (r["row"], r["split"], r["seed"]) == ("plain", "disjoint", 0)
    )
    assert one["one_minus_mae"] == same["one_minus_mae"]


def test_every_problem_is_told_at_once(root: Path, tmp_path: Path) -> None:
    options: list[dict[str, Any]] = [
        {"head": "plain", "losses": []},
        {"classes": 5},
        {"regressor": "forest"},
        {"dept": 18},
    ]
    rows = [
        {"model": "crnet", "label": str(n), "streams": ["frames"], "options": own}
        for n, own in enumerate(options)
    ]
    rows.append({"model": "crnet", "streams": ["scenes", "frames"]})
    path = write_yaml(tmp_path, TOY, rows=rows, reference=None)
    with pytest.raises(ConfigError) as raised:
        run_experiment(path, root=root, out=tmp_path / "run")
    for part in (
        "head plain has nothing to learn from",
        "5 classes; the paper has 4, 7, 10",
        "no regressor 'forest'",
        "unknown option 'dept'; did you mean 'depth'?",
        "branches scene, face are fused by a regressor",
    ):
        assert part in str(raised.value), part
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": ["heads"]}, "no option 'heads'; did you mean 'head'"),
        ({"defaults": {"crnett": {}}}, "no model 'crnett'; did you mean 'crnet'"),
        ({"measures": ["one_minus_mae_interviews"]}, "did you mean 'one_minus_mae_interview'"),
        ({"data": {**TOY["data"], "targets": ["openess"]}}, "no target 'openess'"),
        ({"data": {**TOY["data"], "size_px": 48}}, "has input_px 32, the pictures 48"),
    ],
)
def test_one_problem(changes: dict, message: str, root: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        run_experiment(write_yaml(tmp_path, TOY, **changes), root=root, out=tmp_path / "run")


@pytest.mark.parametrize("table", ["table3", "table4", "table5", "table6", "table7", "regressors"])
def test_shipped_tables_are_valid(table: str) -> None:
    path = shipped_folder("experiments") / f"crnet_{table}.yaml"
    config = ModelTableConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert config.published == "crnet2020" and config.name == path.stem
    assert {section.kind for section in config.splits} == {"official", "disjoint"}
    sizes = {(row.parsed["depth"], row.parsed["width"]) for row in config.rows}
    assert sizes == {(18, 16)}
