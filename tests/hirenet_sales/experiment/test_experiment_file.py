"""An experiment's YAML: every problem is told at once, and nothing is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_experiments import PLANTED, TABLE, write_yaml

from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.experiment_file import find, read_experiment, shipped
from hirenet_sales.experiment.kind import RunPaths
from hirenet_sales.experiment.run import run_experiment

pytestmark = pytest.mark.usefixtures("toys")


def problems(path: Path, **options: object) -> str:
    with pytest.raises(ConfigError) as error:
        read_experiment(path, RunPaths(path.parent), **options)  # type: ignore[arg-type]
    return str(error.value)


def test_everything_is_told_at_once(tmp_path: Path) -> None:
    path = write_yaml(
        tmp_path,
        TABLE,
        seed=[1],
        published="hemamou1919",
        measures=["skil"],
        data={"name": "recorded", "streams": ["text"], "wisper": "base"},
        splits=[{"kind": "random"}],
        rows=[
            {"model": "hirenetz"},
            {"model": "toy", "options": {"penaltie": 1}},
            {"model": "toy", "streams": ["text", "smell"]},
            {"model": "toy_attention", "streams": "together"},
        ],
    )
    text = problems(path)
    for expected in (
        "unknown key 'seed'; did you mean 'seeds'?",
        "no 'hemamou1919' in published; did you mean 'hemamou2019'?",
        "no measure 'skil'; did you mean 'skill'?",
        "unknown key 'wisper'; did you mean 'whisper'?",
        "data set recorded needs its folder: --root DIR",
        "'official', 'disjoint', 'stratified' or 'questions'",
        "no model 'hirenetz'",
        "unknown option 'penaltie'; did you mean 'penalty'?",
        "stream 'smell' is not in data.streams",
        "model 'toy_attention' reads one stream",
    ):
        assert expected in text
    assert "10 problems" in text
    assert "line " in text


def test_nothing_is_started_with_a_problem(tmp_path: Path) -> None:
    path = write_yaml(tmp_path, TABLE, colour="red")
    with pytest.raises(ConfigError, match="unknown key 'colour'"):
        run_experiment(path, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("content", "changes", "expected"),
    [
        (TABLE, {"kind": "tabel"}, "kind 'tabel' is unknown; did you mean 'table'?"),
        (TABLE, {"kind": None}, "kind is missing"),
        (TABLE, {"seeds": [1, 1]}, "each once"),
        (TABLE, {"reference": "toys"}, "no row 'toys'; did you mean 'toy'?"),
        (TABLE, {"rows": [{"model": "toy"}, {"model": "toy"}]}, "two rows are called 'toy'"),
        (TABLE, {"data": {"name": "plantd"}}, "no data set 'plantd'; did you mean 'planted'?"),
        (TABLE, {"data": {"streams": ["text"]}}, "give data.name, or --dataset"),
        (TABLE, {"data": {"name": "planted", "streams": ["txt"]}}, "no stream 'txt'"),
        (TABLE, {"splits": [{"shares": [0.5, 0.2, 0.2]}]}, "sum to 1"),
        (PLANTED, {"options": {"strenght": 1}}, "unknown option 'strenght'; did you mean"),
        (PLANTED, {"models": [{"model": "toy", "by_stream": {"txt": {}}}]}, "no stream 'txt'"),
        (PLANTED, {"streams": ["visal"]}, "no stream 'visal'; did you mean 'visual'?"),
    ],
)
def test_one_problem(tmp_path: Path, content: dict, changes: dict, expected: str) -> None:
    assert expected in problems(write_yaml(tmp_path, content, **changes))


def test_a_folder_that_is_not_as_its_card_says(tmp_path: Path) -> None:
    path = write_yaml(tmp_path, TABLE, data={"name": "first-impressions-v2"}, colour="red")
    with pytest.raises(ConfigError) as error:
        read_experiment(path, RunPaths(tmp_path, root=tmp_path))
    assert "unknown key 'colour'" in str(error.value)
    assert str(tmp_path) in str(error.value)


def test_quick_is_put_over_the_rest(tmp_path: Path) -> None:
    _, config = read_experiment(write_yaml(tmp_path, TABLE), RunPaths(tmp_path), quick=True)
    assert config.seeds == (7,)
    assert config.data.options == {"interviews": 40}  # type: ignore[attr-defined]
    assert config.data.streams == ("text", "audio")  # type: ignore[attr-defined]
    assert "without --quick" in problems(write_yaml(tmp_path, TABLE, quick=None), quick=True)
    wrong = write_yaml(tmp_path, TABLE, quick={"seeds": [0], "sedes": 1})
    assert "unknown key 'sedes'" in problems(wrong, quick=True)


def test_another_data_set_takes_no_options_along(tmp_path: Path) -> None:
    text = problems(write_yaml(tmp_path, TABLE), dataset="recorded")
    assert "needs its folder" in text
    assert "interviews" not in text


@pytest.mark.parametrize("name", [experiment.name for experiment in shipped()])
@pytest.mark.parametrize("quick", [False, True])
def test_shipped_ones_are_valid_but_for_data(name: str, quick: bool) -> None:
    try:
        read_experiment(name, RunPaths(Path("runs")), quick=quick)
    except ConfigError as error:
        told = str(error).splitlines()
        # Data, a short form and the extra may be missing here; nothing else may be wrong.
        forgiven = ("needs its folder", "without --quick", "needs the extra keras")
        problems = told[1:] if len(told) > 1 else told
        assert [line for line in problems if not any(text in line for text in forgiven)] == []


def test_names_and_paths() -> None:
    assert find("planted_salience").samefile(find("experiments/planted_salience.yaml"))
    with pytest.raises(ConfigError, match="did you mean 'planted_salience'"):
        find("planted_saliense")
