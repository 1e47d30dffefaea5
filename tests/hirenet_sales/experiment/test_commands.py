"""`models` and `experiment list`."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from hirenet_sales.cli import main
from hirenet_sales.experiment.experiment_file import shipped
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.models.checkpoint import checkpoint_names


def test_models(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["models", "--json", str(tmp_path / "models.json")])
    assert done.exit_code == 0, done.output
    rows = {
        row["name"]: row for row in json.loads((tmp_path / "models.json").read_text())["models"]
    }
    # A model that comes in several sizes is listed by its name and that of the size.
    assert {name.split()[0] for name in rows} == {*ENTRIES, *checkpoint_names()}
    for name, row in rows.items():
        assert name in done.output
        assert row["paper"]
        assert row["parameters"]
    assert rows["fi-v2"]["parameters"] > 100_000


def test_experiments_are_listed() -> None:
    done = CliRunner().invoke(main, ["experiment", "list"])
    assert done.exit_code == 0
    names = {experiment.name for experiment in shipped()}
    expected = {"planted_salience", "hirenet_ablation", "fi_v2_streams", "question_context"}
    assert expected <= names
    assert "release_fi_v2" not in names  # read by `train`, not by `experiment run`
    for name in names:
        assert name in done.output
