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
from hirenet_sales.experiment.config import shipped_folder
from hirenet_sales.experiment.kinds.crnet import Crnet
from hirenet_sales.experiment.kinds.crnet_rows import CrnetConfig, RowSection
from hirenet_sales.experiment.run import Outcome, run_experiment, show_experiment
from hirenet_sales.models.crnet_options import network_of, stages_of
from hirenet_sales.models.final_regressor import RegressorConfig
from hirenet_sales.networks.crnet import CrNetConfig
from hirenet_sales.training.crnet import TwoStageConfig

TOY: dict[str, Any] = {
    "name": "toy",
    "kind": "crnet",
    "title": "Toy",
    "seeds": [0, 1],
    "published": "crnet2020",
    "splits": [{"kind": "official"}, {"kind": "disjoint"}],
    "network": {"depth": 18, "width": 4, "input_px": 32, "segments": 1, "shown": 2},
    "training": {"classification_epochs": 1, "regression_epochs": 1, "decays": 0, "batch": 16},
    "regressors": {"extra-trees": {"trees": 5}},
    "reference": {"head": "plain"},
    "rows": [
        {"head": "plain", "losses": ["l1", "mse"]},
        {"head": "cr-block"},
    ],
}
FUSED: dict[str, Any] = {
    **TOY,
    "seeds": [0],
    "splits": [{"kind": "disjoint"}],
    "reference": {},
    "rows": [{"branches": ["scene", "face"], "regressors": ["svr", "extra-trees"]}],
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
    table, gains = outcome.tables
    by_split = {
        split: [row["branch"] for row in table.rows if row["split"] == split]
        for split in ("official", "disjoint")
    }
    assert by_split["official"] == ["mean predictor", "person look-up", "face", "face"]
    assert by_split["disjoint"] == ["mean predictor", "face", "face"]  # nobody to look up
    for row in table.rows:
        assert 0 < row["one_minus_mae"] < 1 and 0 < row["interview_one_minus_mae"] < 1
        assert row["one_minus_mae_low"] <= row["one_minus_mae"] <= row["one_minus_mae_high"]
        traits = [row[f"one_minus_mae_{t}"] for t in ("openness", "neuroticism", "extraversion")]
        assert all(0 < value < 1 for value in traits)
        published = row.get("published_one_minus_mae")
        by_head = {"plain": 0.8999, "cr-block": 0.9133, "": None}
        assert published == (by_head[row["head"]] if row["split"] == "official" else None)
    assert {row["head"] for row in gains.rows} == {"cr-block"}
    assert gains.rows[0]["published_one_minus_mae"] == pytest.approx(0.0134)
    assert any("reduced size" in note for note in table.notes)
    assert any("84" in note or "of the test answers" in note for note in table.notes)


def test_a_gain_is_the_difference_of_two_lines(outcome: Outcome) -> None:
    table, gains = outcome.tables
    for row in gains.rows:
        plain, block = (
            next(r for r in table.rows if (r["split"], r["head"]) == (row["split"], head))
            for head in ("plain", "cr-block")
        )
        for measure in ("one_minus_mae", "sd_ratio"):
            assert row[measure] == pytest.approx(block[measure] - plain[measure])
        assert row["one_minus_mae_low"] <= row["one_minus_mae"] <= row["one_minus_mae_high"]


def test_labels_have_the_polarity_of_the_house(outcome: Outcome, root: Path) -> None:
    [path] = outcome.folder.glob("cells/*disjoint_face_plain*_0-*/predictions-0.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (root / "clips.csv").open(newline="") as file:
        column = {}
        for row in csv.DictReader(file):
            stable = float(row["neuroticism_column"])
            column.setdefault(row["youtube_id"], []).append(round(1 - stable, 6))
    for row in rows:
        assert round(float(row["neuroticism_label"]), 6) in column[row["person"]]
        assert 0 <= float(row["neuroticism_estimate"]) <= 1


def test_a_finished_run_is_read_and_not_repeated(outcome: Outcome, root: Path) -> None:
    results = sorted(outcome.folder.glob("cells/*/result.json"))
    before = [path.stat().st_mtime_ns for path in results]
    again = run(outcome.folder.parent / "experiment.yaml", root)
    assert [path.stat().st_mtime_ns for path in results] == before
    assert (
        again.tables[0].rows
        == outcome.tables[0].rows
        == show_experiment(outcome.folder).tables[0].rows
    )


def test_branches_alone_and_fused(root: Path, tmp_path: Path) -> None:
    found = run(write_yaml(tmp_path, FUSED), root)
    assert not found.failures
    [table] = found.tables
    lines = {(row["branch"], row["regressor"]): row for row in table.rows if row["head"]}
    assert list(lines) == [
        ("scene", ""),
        ("face", ""),
        ("scene+face", "svr"),
        ("scene+face", "extra-trees"),
    ]
    assert lines["face", ""]["parameters"] > 10_000
    # A cell that was interrupted behind its branches and one regressor ends with the same numbers.
    [result] = found.folder.glob("cells/*scene*/result.json")
    result.unlink()
    (result.parent / "estimates-extra-trees.npy").unlink()
    assert run(tmp_path / "experiment.yaml", root).tables[0].rows == table.rows


def test_every_problem_is_told_at_once(root: Path, tmp_path: Path) -> None:
    rows = [
        {"branches": ["fase"]},
        {"branches": ["scene", "face"]},
        {"branches": ["face", "audio"], "regressors": ["svr"]},
        {"head": "plain", "losses": []},
        {"classes": 5},
        {"regressors": ["forest"]},
    ]
    path = write_yaml(tmp_path, TOY, rows=rows, reference={"heads": "plain"}, network={"dept": 18})
    with pytest.raises(ConfigError) as raised:
        run_experiment(path, root=root, out=tmp_path / "run")
    said = str(raised.value)
    for part in (
        "no branch 'fase'; did you mean 'face'",
        "several branches are fused by a regressor",
        "branch audio has no weight",
        "head plain has nothing to learn from",
        "5 classes; the paper has 4, 7, 10",
        "no regressor 'forest'",
        "no key 'heads'; did you mean 'head'",
        "dept",
    ):
        assert part in said, part
    assert not (tmp_path / "run").exists()
    with pytest.raises(ConfigError, match="needs its folder: --root DIR"):
        run_experiment(write_yaml(tmp_path, TOY), out=tmp_path / "run")


def test_the_defaults_are_the_papers() -> None:
    config = CrnetConfig.model_validate({**TOY, "network": {}, "training": {}, "regressors": {}})
    row = RowSection()
    assert network_of("face", row, config.network, 6) == CrNetConfig()
    assert stages_of(row, config.training) == {1: TwoStageConfig(), 2: TwoStageConfig()}
    assert RegressorConfig().trees == 1000 and RegressorConfig().features == 512


def test_networks_without_classes_see_clips_as_often() -> None:
    training = CrnetConfig.model_validate(TOY).training.model_copy(
        update={"classification_epochs": 2, "regression_epochs": 4, "decays": 1}
    )
    plain = stages_of(RowSection(head="plain"), training)
    assert list(plain) == [2]
    assert plain[2].regression_epochs == 6 and plain[2].decay_every == 3
    both = stages_of(RowSection(), training)
    assert (both[1].classification_epochs, both[2].regression_epochs) == (2, 4)
    assert (both[1].decay_every, both[2].decay_every) == (1, 2)
    apart = training.model_copy(update={"equal_passes": False})
    assert stages_of(RowSection(head="plain"), apart)[2].regression_epochs == 4


@pytest.mark.parametrize("table", ["table3", "table4", "table5", "table6", "table7", "regressors"])
def test_shipped_tables_are_valid(table: str) -> None:
    path = shipped_folder() / f"crnet_{table}.yaml"
    config = CrnetConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert config.published == "crnet2020" and config.name == path.stem
    assert {section.kind for section in config.splits} == {"official", "disjoint"}


def test_a_kind_has_no_data_to_complain_about_without_a_data_section(root: Path) -> None:
    from hirenet_sales.experiment.kind import Place

    assert Crnet().problems({"rows": []}, Place(root, root)) == []
    assert np.any([" --root" in text for _, text in Crnet().problems({}, Place(root))])
