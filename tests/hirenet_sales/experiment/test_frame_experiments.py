"""Experiments of Kassab et al. 2022 from YAML to table, on made-up portraits and recordings."""

from __future__ import annotations

import json
import math
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from clips import portrait, tone, write_clip
from toy_dataset import write_dataset
from toy_experiments import write_yaml
from toy_frames import bright_people
from toy_tables import recorded_rows, write_csv

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.experiment.kinds.finetune import FIRST, OWN, TUNED
from hirenet_sales.experiment.kinds.model_rows import some_answers
from hirenet_sales.experiment.kinds.participants import participants
from hirenet_sales.experiment.predictions import Scored, read_predictions
from hirenet_sales.experiment.run import run_experiment
from hirenet_sales.experiment.seed_summary import summarise
from hirenet_sales.models.cnn_lstm import CnnLstmModel

PICTURES: dict[str, Any] = {"streams": ["frames"], "size_px": 48, "per_answer": 3}
FROZEN = {"freeze_before": "all", "input_px": 48, "epochs": 1}
TABLE: dict[str, Any] = {
    "name": "backbones",
    "kind": "table",
    "title": "Backbones",
    "published": "kassab2022",
    "not_run": True,
    "columns": ["backbone"],
    "measures": ["one_minus_mae", "mse"],
    "data": {"name": "first-impressions-v2", **PICTURES},
    "splits": [{"kind": "official"}, {"kind": "disjoint"}],
    "seeds": [0, 1],
    "rows": [
        {"model": "cnn_lstm", "label": "frozen", "streams": ["frames"], "options": FROZEN},
        {
            "model": "cnn_lstm",
            "label": "few",
            "streams": ["frames"],
            "options": {**FROZEN, "freeze_before": "_conv_head"},
            "most": {"train": 4, "validation": 2, "test": 3},
            "seeds": [0],
        },
    ],
}
FINETUNE: dict[str, Any] = {
    "name": "second",
    "kind": "finetune",
    "title": "Second phase",
    "published": "kassab2022",
    "data": {"name": "recorded", "level": "answer", **PICTURES},
    "first": FROZEN,
    "second": FROZEN,
    "answers": 4,
}
CLUSTERS: dict[str, Any] = {
    "name": "clusters",
    "kind": "clusters",
    "title": "Clusters",
    "ks": [2],
    "data": {"name": "first-impressions-v2", **PICTURES},
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    """First Impressions in small: ten sources with two clips of one portrait each."""
    per_split = {"source-train": 5, "source-validation": 3, "source-calibration": 2}
    return write_dataset(tmp_path_factory.mktemp("data") / "fi", per_split)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """Sixteen people with four answers each; two recordings, copied for all of them."""
    folder = tmp_path_factory.mktemp("data") / "own"
    folder.mkdir()
    for number, size in enumerate((0.45, 0.6)):
        frames = [portrait(320, 180, size=size)] * 6
        write_clip(folder / f"source{number}.mp4", frames, tone(0.6))
    rows = recorded_rows(interviews=16, answers=4)
    for n, row in enumerate(rows):
        row["media"], row["person"] = f"a{n}.mp4", row["interview"]
        shutil.copy(folder / f"source{n % 2}.mp4", folder / row["media"])
        del row["hirable"]
    write_csv(folder / "answers.csv", rows)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_table_three(clips: Path, cache: Path, tmp_path: Path) -> None:
    path = write_yaml(tmp_path, TABLE)
    found = run_experiment(path, root=clips, out=tmp_path / "run", cache=cache, jobs=1)
    assert found.failures == []
    [table] = found.tables
    lite = [row for row in table.rows if row.get("backbone") == "EfficientNet-Lite2"]
    assert [(row["split"], row["title"], row["seeds"]) for row in lite] == [
        ("official", "frozen", 2),
        ("official", "few", 1),
        ("disjoint", "frozen", 2),
        ("disjoint", "few", 1),
    ]
    for row in lite:
        assert row["mse_low"] <= row["mse"] <= row["mse_high"]
        assert "published_mse" not in row
    assert lite[3]["n"] == 4
    means = [row for row in table.rows if row["title"] == "mean predictor"]
    assert [(row["split"], row["n"]) for row in means] == [(r["split"], r["n"]) for r in lite]
    look_up = {row["split"] for row in table.rows if row["title"] == "person look-up"}
    assert look_up <= {"official"}
    not_run = [row for row in table.rows if row["title"] == "not run here"]
    assert len(not_run) == 9
    printed = {row["backbone"]: row["published_one_minus_mae"] for row in not_run}
    assert printed["EfficientNetB2"] == 0.9042
    text = (tmp_path / "run" / "table.md").read_text()
    assert "| not run here |  | EfficientNetB2 |" in text
    assert "0.9042 | 0.01446 | Table III, two LSTM layers of 64 units, one dense layer of" in text


def test_second_phase_on_recorded_interviews(recorded: Path, cache: Path, tmp_path: Path) -> None:
    path = write_yaml(tmp_path, FINETUNE)
    place = {"root": recorded, "cache": cache, "jobs": 1}
    found = run_experiment(path, out=tmp_path / "run", **place)
    assert found.failures == []
    [table] = found.tables
    titles = {way: [r["title"] for r in table.rows if r["way"] == way] for way in WAYS}
    assert titles["disjoint"] == ["mean predictor", FIRST, TUNED, OWN]
    assert titles["within"] == ["mean predictor", "person look-up", FIRST, TUNED, OWN]
    text = table.markdown()
    assert "leaks identity" in text
    assert "Leaks identity: every person of the test part" in text
    assert "0.9084 with EfficientNetB2 on 28 clips" in text

    [result] = (tmp_path / "run").glob("cells/*/result.json")
    start = cache / "fits" / json.loads(result.read_text())["values"]["first"]
    again = write_yaml(tmp_path, FINETUNE, start=str(start), ways=["disjoint"])
    own = run_experiment(again, out=tmp_path / "own", **place)
    assert own.failures == []
    assert {row["participants"] for row in own.tables[0].rows} == {16}  # nobody is held back


WAYS = ("disjoint", "within")


def test_a_start_that_is_not_there_is_told_with_the_rest(recorded: Path, tmp_path: Path) -> None:
    second = {**FROZEN, "freeze": "all"}
    path = write_yaml(tmp_path, FINETUNE, start=str(tmp_path / "none"), second=second)
    with pytest.raises(ConfigError) as error:
        run_experiment(path, root=recorded, out=tmp_path / "run")
    assert "no fit of model cnn_lstm" in str(error.value)
    assert "unknown option 'freeze'" in str(error.value)


def at_random(_: CnnLstmModel, interviews: InterviewSet) -> Prediction:
    rng = np.random.default_rng(0)
    answers = [rng.uniform(size=(len(asked), 5)) for asked in interviews.questions]
    return Prediction(np.stack([rows.mean(0) for rows in answers]), answers)


def test_clusters_of_labels_and_of_estimates(
    clips: Path, cache: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(CnnLstmModel, "predict", at_random)  # all portraits show one face
    path = write_yaml(tmp_path, CLUSTERS, model=FROZEN)
    found = run_experiment(path, root=clips, out=tmp_path / "run", cache=cache, jobs=1)
    samples = [row["sample"] for row in found.tables[0].rows]
    assert samples == ["labels, all", "labels, test part", "estimates, test part"]
    counts = {row["sample"]: row["n"] for row in found.tables[0].rows}
    assert counts["labels, all"] == 20
    assert counts["labels, test part"] == counts["estimates, test part"] == 6
    assert len(found.figures) == 3
    alone = write_yaml(tmp_path, CLUSTERS)
    labels = run_experiment(alone, root=clips, out=tmp_path / "alone", cache=cache, jobs=1)
    assert labels.tables[0].rows[0]["eta_squared"] == found.tables[0].rows[0]["eta_squared"]


@pytest.mark.parametrize(
    ("content", "changes", "message"),
    [
        (
            TABLE,
            {"data": {**PICTURES, "name": "planted"}},
            "data set 'planted' has no stream 'frames'",
        ),
        (
            TABLE,
            {"data": {**PICTURES, "name": "recorded", "size_px": 64}},
            "input_px 48, the pictures 64",
        ),
        (TABLE, {"rows": [TABLE["rows"][0]] * 2}, "two rows are called 'frozen'"),
        (CLUSTERS, {"rule_base": "kassab2023"}, "kassab2023"),
        (CLUSTERS, {"ks": [1, 4]}, "expected whole numbers from 2"),
        (FINETUNE, {"second": {**FROZEN, "backbone": "VGG16"}}, "backbone is EfficientNet-Lite2"),
        (FINETUNE, {"ways": ["official"]}, "ways"),
    ],
)
def test_what_cannot_be_run(content, changes, message, clips, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        run_experiment(write_yaml(tmp_path, content, **changes), root=clips, out=tmp_path / "run")


def test_participants_are_drawn_with_the_seed() -> None:
    everybody = bright_people(10, 6)
    first, again, other = (participants(everybody, 4, 5, seed) for seed in (0, 0, 1))
    assert first.ids == again.ids
    assert first.ids != other.ids
    assert [len(q) for q in first.questions] == [5] * 4
    with pytest.raises(
        DatasetError, match=r"10 people have at least 4 answers with a picture; expected 11"
    ):
        participants(everybody, 11, None, 0)


def test_some_answers_are_whole_interviews_and_always_the_same() -> None:
    everybody = bright_people(10, 4)
    some = some_answers(everybody, 9)
    assert [len(q) for q in some.questions] == [4, 4, 4]
    assert some.ids == some_answers(everybody, 9).ids
    assert some_answers(everybody, None) is everybody
    assert len(some_answers(everybody, 999)) == 10


def test_squared_error_by_hand() -> None:
    targets = bright_people(3, 4).targets[:1]
    people, labels = np.array(["a", "a", "b"]), np.array([[0.5], [np.nan], [0.5]])
    runs = [
        Scored(targets, people, labels, np.full((3, 1), value), np.array([0.5]))
        for value in (0.6, 0.8)
    ]
    found = summarise(runs).flat(squared=True)
    assert math.isclose(found["mse"], (0.01 + 0.09) / 2)
    assert found["mse_low"] == pytest.approx(0.01)
    assert found["mse_high"] == pytest.approx(0.09)


def test_runs_on_other_people_by_hand(tmp_path: Path) -> None:
    targets = bright_people(3, 4).targets[:1]
    parts = []
    for seed, error in enumerate((0.1, 0.3)):
        folder = tmp_path / str(seed)
        folder.mkdir()
        rows = [f"i{n},person{seed}{n},0,{n / 10!r},{n / 10 + error!r}" for n in range(3)]
        (folder / "a.csv").write_text("\n".join(["interview,person,answer,y,ŷ", *rows]) + "\n")
        about = {"targets": [asdict(targets[0])], "training_mean": [0.5]}
        parts.append((folder, {"file": "a.csv", "scored": about}))
    summary = summarise(read_predictions(parts), same_people=False)
    found = summary.flat(squared=True)
    assert summary.rows == 3
    assert found["mse"] == pytest.approx((0.01 + 0.09) / 2)
    assert found["one_minus_mae"] == pytest.approx(0.8)
    assert found["one_minus_mae_low"] == pytest.approx(0.7)
    assert found["one_minus_mae_high"] == pytest.approx(0.9)
