"""The salience study finds the question, the moment and the words that were planted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from toy_experiments import PLANTED, TABLE, write_yaml
from toy_models import ATTENTION, ENTRY

from hirenet_sales.cli import main
from hirenet_sales.data.sets.planted import MOMENT_WORDS
from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.run import run_experiment
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.salience import study_salience
from hirenet_sales.salience.value_of_interest import (
    MODEL,
    question_means,
    question_variance,
    word_means,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("salience")
    with pytest.MonkeyPatch.context() as patch:
        for entry in (ENTRY, ATTENTION):
            patch.setitem(ENTRIES, entry.name, entry)
        path = write_yaml(folder, PLANTED, seeds=[0, 1], steps=[8, 12], interviews=120)
        return run_experiment(path, out=folder / "run", jobs=1).folder


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    for entry in (ENTRY, ATTENTION):
        monkeypatch.setitem(ENTRIES, entry.name, entry)


@pytest.fixture(scope="module")
def study(run: Path) -> Path:
    out = run.parent / "study"
    arguments = ["salience", "--runs", run, "--dataset", "planted", "--out", out]
    with pytest.MonkeyPatch.context() as patch:
        for entry in (ENTRY, ATTENTION):
            patch.setitem(ENTRIES, entry.name, entry)
        done = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return out


def test_it_finds_what_was_planted(study: Path) -> None:
    positions = pd.read_csv(study / "positions.csv")
    named = [  # the job title names the topic of the question that decides
        id_.rpartition("-")[0].lower() in job.lower()
        for id_, job in zip(positions["question_id"], positions["position"], strict=True)
    ]
    assert 0.1 < np.mean(named) < 0.6
    assert positions.loc[named, "voi"].min() > 1
    assert positions.loc[~np.array(named), "voi"].max() < 1
    words = pd.read_csv(study / "words.csv")
    for _, own in words.groupby("variant"):
        first = own.sort_values("voi", ascending=False)["word"].head(6)
        assert set(first) <= {word for kind in MOMENT_WORDS for word in kind}
    assert words["count"].min() >= 5
    assert {"voi_low", "voi_high"} <= set(words)
    for name in ("questions-toy_attention", "words-toy_attention", "answer-toy_attention"):
        assert list((study / "figures").glob(f"{name.replace('_', '-')}*.png"))


def test_tidy_rows(study: Path) -> None:
    steps, answers = (pd.read_csv(study / f"{name}.csv") for name in ("steps", "answers"))
    one = ["cell", "interview", "answer"]
    assert np.allclose(steps.groupby(one)["alpha"].sum(), 1)
    assert np.allclose(steps.groupby(one)["voi_step"].mean(), 1)
    assert np.allclose(answers.groupby(one[:2])["voi_question"].mean(), 1)
    assert set(answers["variant"]) == {"steps 8", "steps 12"}
    assert set(answers["seed"]) == {0, 1}
    pytest.importorskip("pyarrow")
    assert pd.read_parquet(study / "answers.parquet").shape == answers.shape


def test_a_run_without_attention(tmp_path: Path) -> None:
    plain = run_experiment(write_yaml(tmp_path, TABLE), out=tmp_path / "run", jobs=1)
    with pytest.raises(ConfigError, match="no finished model with attention on data set 'planted'"):
        study_salience([plain.folder], "planted", tmp_path / "out")


def answers(values: dict[str, list[float]], people: int) -> pd.DataFrame:
    """An answer to every question by every person."""
    rows = [
        {
            **dict.fromkeys(("model", "variant", "streams", "split"), ""),
            "stream": "text",
            "interview": f"i{k}",
            "answer": q,
            "person": f"p{k}",
            "question_id": name,
            "question": name,
            "voi_question": own[k % len(own)],
            "beta": 0.5,
        }
        for k in range(people)
        for q, (name, own) in enumerate(values.items())
    ]
    return pd.DataFrame(rows)


def test_means_and_variance_by_hand() -> None:
    frame = answers({"a": [1.5, 1.3], "b": [0.5, 0.7]}, people=40)
    means = question_means(frame).set_index("question_id")
    assert means.loc["a", "voi"] == pytest.approx(1.4)
    assert 1.3 < means.loc["a", "voi_low"] < 1.4 < means.loc["a", "voi_high"] < 1.5
    [variance] = question_variance(frame).to_dict("records")
    assert variance["variance"] == pytest.approx(0.4**2)
    assert variance["share"] == pytest.approx(0.4**2 / (0.4**2 + 0.1**2))
    even = question_variance(answers({"a": [1.0], "b": [1.0]}, people=10)).to_dict("records")[0]
    assert even["variance"] == pytest.approx(0)
    assert np.isnan(even["share"])


def test_a_word_is_one_whatever_stands_around_it() -> None:
    output = ["Sales,", "sales.", "(sales)", "growth", "...", ""]
    steps = pd.DataFrame({
        **dict.fromkeys(MODEL, "m"),
        "interview": "i",
        "answer": 0,
        "step": range(len(output)),
        "person": "p",
        "word": output,
        "voi_step": [3.0, 1.0, 2.0, 0.5, 1.0, 1.0],
        "voi_question": 1.0,
    })  # fmt: skip
    [row] = word_means(steps, minimum_count=3).to_dict("records")
    assert (row["word"], row["count"], row["voi"]) == ("sales", 3, 2.0)
