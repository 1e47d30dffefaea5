"""Running: resumable with the same numbers, one bad cell never loses the others."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import torch
import yaml
from click.testing import CliRunner
from toy_experiments import PLANTED, TABLE, write_yaml

from hirenet_sales.cli import main
from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.cell_run import Failure
from hirenet_sales.experiment.run import run_experiment, show_experiment

TIME = "seconds"


def numbers(rows: list[dict]) -> list[dict]:
    return [{key: value for key, value in row.items() if key != TIME} for row in rows]


def stopping(after: int) -> list[dict]:
    return [{"model": "toy", "options": {"stop_after": after}}, {"model": "toy", "label": "other"}]


@pytest.mark.usefixtures("toys")
class TestWithToys:
    """In one process, since the toys are known in this one alone."""

    def test_the_run_folder_is_enough_to_repeat_the_run(self, tmp_path: Path) -> None:
        path = write_yaml(tmp_path, TABLE)
        first = run_experiment(path, out=tmp_path / "first", jobs=1)
        again = run_experiment(first.folder / "experiment.yaml", out=tmp_path / "again", jobs=1)
        assert numbers(first.rows) == numbers(again.rows)
        assert first.tables[0].rows == again.tables[0].rows
        record = json.loads((first.folder / "run.json").read_text())
        assert record["seeds"] == [0, 1]
        assert record["starts"][0]["libraries"]["torch"]
        assert set(record["starts"][0]) >= {"git_commit", "git_changed", "python", "time"}
        assert yaml.safe_load((first.folder / "experiment.yaml").read_text())["splits"]
        split = json.loads((first.folder / "splits" / "planted-disjoint-0.json").read_text())
        assert not set(split["train"]) & set(split["test"])
        assert "finished" in (first.folder / "log.txt").read_text()
        for file in ("table.csv", "table.md", "cells.csv", "figures/skill.png"):
            assert (first.folder / file).stat().st_size > 0

    def test_interrupted_and_uninterrupted_runs_give_the_same(self, tmp_path: Path) -> None:
        path = write_yaml(tmp_path, TABLE, rows=stopping(2), seeds=[3])
        out = tmp_path / "run"
        for _ in ("text", "audio"):  # the row is stopped once on either stream
            with pytest.raises(KeyboardInterrupt):
                run_experiment(path, out=out, jobs=1)
            assert show_experiment(out).missing > 0
        went_on = run_experiment(path, out=out, jobs=1)
        assert went_on.missing == 0
        assert (out / "log.txt").read_text().count("stopped: KeyboardInterrupt") == 2
        never = write_yaml(tmp_path, TABLE, rows=stopping(9), seeds=[3])
        uninterrupted = run_experiment(never, out=tmp_path / "whole", jobs=1)
        assert numbers(went_on.rows) == numbers(uninterrupted.rows)

    def test_cells_leave_torch_its_threads(self, tmp_path: Path) -> None:
        before = torch.get_num_threads()
        torch.set_num_threads(2)
        run_experiment(write_yaml(tmp_path, TABLE, seeds=[0]), out=tmp_path / "run", jobs=1)
        after = torch.get_num_threads()
        torch.set_num_threads(before)
        assert after == 2

    def test_what_is_finished_is_not_run_again(self, tmp_path: Path) -> None:
        path = write_yaml(tmp_path, TABLE)
        first = run_experiment(path, out=tmp_path / "run", jobs=1)
        times = {p: p.stat().st_mtime_ns for p in first.folder.glob("cells/*/result.json")}
        changed = write_yaml(
            tmp_path, TABLE, rows=[TABLE["rows"][0], {"model": "toy", "label": "stiff"}]
        )
        second = run_experiment(changed, out=tmp_path / "run", jobs=1)
        kept = [p for p, t in times.items() if p.stat().st_mtime_ns == t]
        assert kept == list(times)
        new = set(second.folder.glob("cells/*/result.json")) - set(times)
        assert len(new) == 4  # the changed row: two streams, two seeds
        assert [r for r in numbers(first.rows) if r["row"] == "toy"] == [
            r for r in numbers(second.rows) if r["row"] == "toy"
        ]

    def test_a_damaged_result_is_run_again(self, tmp_path: Path) -> None:
        path = write_yaml(tmp_path, TABLE)
        first = run_experiment(path, out=tmp_path / "run", jobs=1)
        next(first.folder.glob("cells/*toy*/result.json")).write_text("{half")
        second = run_experiment(path, out=tmp_path / "run", jobs=1)
        assert numbers(first.rows) == numbers(second.rows)

    def test_a_failing_cell_is_listed_and_the_others_go_on(self, tmp_path: Path) -> None:
        rows = [{"model": "toy", "options": {"fail": True}, "label": "bad"}, {"model": "toy"}]
        path = write_yaml(tmp_path, TABLE, rows=rows, seeds=[0])
        out, found = tmp_path / "run", tmp_path / "found.json"
        arguments = ["experiment", "run", str(path), "--jobs", "1", "--out", str(out)]
        done = CliRunner().invoke(main, [*arguments, "--json", str(found)])
        assert done.exit_code == 1
        assert "failed: dataset planted, split disjoint, row bad" in done.stderr
        assert "toy: found nothing to learn" in done.stderr
        content = json.loads(found.read_text())
        assert [f["streams"] for f in content["failed"]] == ["text", "audio"]
        assert {row["row"] for row in content["rows"]} >= {"toy", "mean predictor"}

    def test_an_interrupt_on_the_command_line(self, tmp_path: Path) -> None:
        path = write_yaml(tmp_path, TABLE, rows=stopping(1), seeds=[0])
        arguments = ["experiment", "run", str(path), "--jobs", "1", "--out", str(tmp_path / "run")]
        stopped = CliRunner().invoke(main, arguments)
        assert stopped.exit_code == 130
        assert "run the same command again to resume" in stopped.stderr
        shown = CliRunner().invoke(main, ["experiment", "show", str(tmp_path / "run")])
        assert shown.exit_code == 1
        assert "cells are not finished" in shown.stderr

    def test_a_folder_of_other_things_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "letters").mkdir()
        (tmp_path / "letters" / "a.txt").write_text("dear")
        with pytest.raises(ConfigError, match="holds other things"):
            run_experiment(write_yaml(tmp_path, TABLE), out=tmp_path / "letters", jobs=1)
        with pytest.raises(ConfigError, match="holds no run"):
            show_experiment(tmp_path / "letters")

    def test_the_table_has_baselines_intervals_and_tests(self, tmp_path: Path) -> None:
        outcome = run_experiment(write_yaml(tmp_path, TABLE), out=tmp_path / "run", jobs=1)
        rows = outcome.tables[0].rows
        assert [row["title"] for row in rows][:2] == ["mean predictor", "answer length only"]
        assert rows[0]["skill"] == pytest.approx(0)
        said = [note for note in outcome.tables[0].notes if "person look-up not applicable" in note]
        assert said == [
            "Split disjoint: person look-up not applicable: nobody of the test set is in the "
            "training set."
        ]
        [toy] = [row for row in rows if row["title"] == "toy"]
        assert toy["seeds"] == 2
        assert toy["skill_low"] < toy["skill"] < toy["skill_high"]
        assert "difference" not in toy
        stiff = [row for row in rows if row["title"] == "stiff"]
        assert [row["streams"] for row in stiff] == ["text", "audio"]
        for row in stiff:
            assert row["difference"] == pytest.approx(row["skill"] - toy["skill"])
            assert row["difference_low"] < row["difference"] < row["difference_high"]
            assert 0 < row["p"] <= 1
        with (outcome.folder / "table.csv").open() as file:
            assert [float(r["skill"]) for r in csv.DictReader(file)] == [r["skill"] for r in rows]
        assert show_experiment(outcome.folder).tables == outcome.tables

    def test_planted_rows(self, tmp_path: Path) -> None:
        found = tmp_path / "found.json"
        path = write_yaml(tmp_path, PLANTED, seeds=[0, 1])
        arguments = ["experiment", "run", str(path), "--jobs", "1", "--out", str(tmp_path / "run")]
        done = CliRunner().invoke(main, [*arguments, "--json", str(found)])
        assert done.exit_code == 0, done.output
        rows = json.loads(found.read_text())["rows"]
        assert [(row["model"], row["seed"]) for row in rows] == [
            ("toy_attention", 0),
            ("toy_attention", 1),
            ("toy", 0),
            ("toy", 1),
        ]
        assert rows[0]["moment_accuracy"] == rows[0]["question_accuracy"] == 1
        assert rows[2]["moment_accuracy"] is None
        assert rows[0]["mae"] == rows[2]["mae"]
        assert (tmp_path / "run" / "figures" / "dilution.png").is_file()


def test_processes_side_by_side_give_what_one_gives(tmp_path: Path) -> None:
    rows = [{"model": "majority_vote", "streams": "together"}]
    path = write_yaml(tmp_path, TABLE, rows=rows, reference=None)
    side_by_side = run_experiment(path, out=tmp_path / "two", jobs=2)
    alone = run_experiment(path, out=tmp_path / "one", jobs=1)
    assert side_by_side.failures == list[Failure]()
    assert numbers(side_by_side.rows) == numbers(alone.rows)


def test_real_models_from_the_command_line_to_the_salience_study(tmp_path: Path) -> None:
    """A short form: whether attention finds anything is the experiment's question, not this one."""
    models = [{"model": name, "options": {"epochs": 1}} for name in ("hirenet", "hn_avg")]
    quick = {"interviews": 40, "steps": [6], "streams": ["text"], "models": models}
    path = write_yaml(tmp_path, PLANTED, models=[{"model": "hn_satt"}], quick=quick)
    out, found = tmp_path / "run", tmp_path / "rows.json"
    arguments = ["experiment", "run", str(path), "--quick", "--jobs", "1", "--out", str(out)]
    first = CliRunner().invoke(main, [*arguments, "--json", str(found)])
    assert first.exit_code == 0, first.output
    rows = json.loads(found.read_text())["rows"]
    assert [row["model"] for row in rows] == ["hirenet", "hn_avg"]
    for row in rows:
        assert row["stream"] == "text"
        assert row["seed"] == 0
        assert 0 <= row["moment_accuracy"] <= 1
        assert 0 <= row["question_accuracy"] <= 1
        assert 0 < row["mae"] < 1
    plain = rows[1]
    assert plain["question_accuracy"] == pytest.approx(1 / 3)  # a mean points nowhere
    weights = {p: p.stat().st_mtime_ns for p in out.rglob("model.safetensors")}
    study = CliRunner().invoke(
        main, ["salience", "--runs", str(out), "--dataset", "planted", "--out", str(tmp_path / "s")]
    )
    assert study.exit_code == 0, study.output
    assert {p: p.stat().st_mtime_ns for p in out.rglob("model.safetensors")} == weights
    with (tmp_path / "s" / "variance.csv").open() as file:
        variance = {row["model"]: float(row["variance"]) for row in csv.DictReader(file)}
    assert variance["hirenet"] > variance["hn_avg"] == pytest.approx(0, abs=1e-9)
