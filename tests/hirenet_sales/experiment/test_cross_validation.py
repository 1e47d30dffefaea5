"""Cross-validation over people, questions never seen, single questions, and words alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from toy_siop import write_siop

from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.experiment.experiment_file import shipped
from hirenet_sales.experiment.kind import Cell, Result, RunPaths
from hirenet_sales.experiment.kinds.cross_validation import CrossValidation, _parts
from hirenet_sales.experiment.kinds.cross_validation_lines import by_row
from hirenet_sales.experiment.predictions import Scored, write_scored
from hirenet_sales.experiment.run import run_experiment
from hirenet_sales.models.catalogue import build_model

OPTIONS = {"epochs": 1, "loggers": [], "attention_hidden": 4, "answer_hidden": 4, "batch": 64}
CONTENT = {
    "name": "asked",
    "kind": "cross_validation",
    "title": "Asked",
    "folds": 2,
    "reference": "ridge",
    "data": {"name": "siop-2019", "streams": ["text"]},
    "unseen": ["ridge"],
    "single": ["ridge", "told"],
    "rows": [
        {"model": "tfidf_ridge", "label": "ridge", "seeds": [0]},
        {"model": "hirenet", "label": "told", "options": OPTIONS},
        {"model": "hirenet", "label": "swapped", "questions": "shuffled", "options": OPTIONS},
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_siop(tmp_path_factory.mktemp("siop"))


def test_every_table(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "asked.yaml"
    path.write_text(yaml.safe_dump(CONTENT), encoding="utf-8")
    outcome = run_experiment(path, root=folder, out=tmp_path / "run", cache=folder / "c", jobs=1)
    assert not outcome.failures
    whole, unseen, single = outcome.tables
    rows = {row["title"]: row for row in whole.rows}
    assert {row["people"] for row in whole.rows} == {60}  # everybody is tested once
    assert rows["ridge"]["r"] > 0.4  # the words tell the traits
    assert rows["ridge"]["r_low"] < rows["ridge"]["r"] < rows["ridge"]["r_high"]
    assert rows["ridge"]["r"] == pytest.approx(
        np.mean([value for key, value in rows["ridge"].items() if key in R_TRAITS])
    )
    assert "difference" not in rows["ridge"]
    assert "r" not in rows["mean predictor"]
    assert rows["mean predictor"]["skill"] == pytest.approx(0, abs=0.02)
    assert rows["told"]["difference"] == pytest.approx(rows["told"]["r"] - rows["ridge"]["r"])
    assert [row["unseen"] for row in unseen.rows][-1] == "mean"
    assert len(unseen.rows) == 6
    assert unseen.rows[-1]["r"] == pytest.approx(np.mean([r["r"] for r in unseen.rows[:-1]]))
    asked = [row for row in single.rows if row["title"] == "told"]
    assert len(asked) == 5
    assert np.mean([row["voi"] for row in asked]) == pytest.approx(1, abs=1e-3)
    assert {row["words"] for row in asked} == {17.0}
    again = run_experiment(path, root=folder, out=tmp_path / "run", cache=folder / "c", jobs=1)
    assert again.tables[0].rows == whole.rows


R_TRAITS = [
    f"r_{trait}"
    for trait in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
]


@pytest.mark.parametrize("questions", ["real", "shuffled", "none"])
def test_a_question_that_is_never_seen(folder: Path, questions: str) -> None:
    data = {"name": "siop-2019", "streams": ["text"]}
    settings = {"data": data, "folds": 3}
    keys = {"questions": questions, "unseen": "openness", "seed": 0}
    people = []
    for fold in range(3):
        cell = Cell({**keys, "fold": fold}, settings)
        train, choose, test = _parts(cell, RunPaths(folder, folder, folder / "c"))
        assert {len(ids) for ids in test.question_ids} == {1}
        assert {len(ids) for ids in train.question_ids} == {4}
        seen = {q for part in (train, choose) for ids in part.question_ids for q in ids}
        if questions == "real":
            assert {ids[0] for ids in test.question_ids} == {"openness"}
            assert "openness" not in seen
        parts = [{*part.people} for part in (train, choose, test)]
        assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
        people += [*parts[2]]
    assert sorted(people) == sorted(load_dataset("siop-2019", folder, streams=()).people)


def test_nothing_learnt_is_no_negative_correlation(folder: Path, tmp_path: Path) -> None:
    """The training mean of a fold is low where its own people are high."""
    interviews = load_dataset("siop-2019", folder, streams=())
    rows = np.argsort(interviews.labels[:, 0])
    results = []
    for fold, own in enumerate((rows[:30], rows[30:])):
        test, train = interviews.take(own), interviews.take(rows[30:] if fold == 0 else rows[:30])
        mean = train.labels.mean(0)
        noise = 1e-3 * np.random.default_rng(fold).normal(size=test.labels.shape)
        scored = Scored(test.targets, test.people, test.labels, mean + noise, mean)
        place = tmp_path / str(fold)
        place.mkdir()
        about = write_scored(place / "all.csv", scored, test)
        keys = {"row": "mean", "unseen": "", "seed": 0, "fold": fold}
        results.append(Result(Cell(keys, {"folds": 2}), place, {"scored": about}, 1.0))
    assert abs(by_row(results, "mean")[0]["r_openness"]) < 0.3  # unmoved, it is -.87


def test_words_alone(folder: Path, tmp_path: Path) -> None:
    interviews = load_dataset("siop-2019", folder, streams=("text",), cache=folder / "c")
    model = build_model("tfidf_ridge", ("text",))
    assert model.parameters() == 0
    model.fit(interviews, interviews, seed=0, folder=tmp_path)
    found = model.predict(interviews).interviews
    assert np.corrcoef(found[:, 2], interviews.labels[:, 2])[0, 1] > 0.5
    assert (found >= 1).all() and (found <= 5).all()
    assert model.parameters() > 100
    with pytest.raises(ConfigError, match="reads text"):
        build_model("tfidf_ridge", ("audio",))
    with pytest.raises(DatasetError, match="no words"):
        model.fit(replace(interviews, words=[]), interviews, seed=0, folder=tmp_path)


def test_rows_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no row 'rigde'; did you mean 'ridge'"):
        CrossValidation.config.model_validate({**CONTENT, "reference": "rigde"})
    assert "question_context_siop" in [recipe.name for recipe in shipped()]
