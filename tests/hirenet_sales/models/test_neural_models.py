"""Neural models: trained, broken off and gone on with, read with and without streams and labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from toy_interviews import HIRABLE, SCORE, toy_interviews

from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.model import AttentionModel, Prediction
from hirenet_sales.training import loop as fitting
from hirenet_sales.training.interviews import InterviewTask
from hirenet_sales.training.loop import DONE, WEIGHTS

SINGLE = ("hirenet", "hn_satt", "hn_satt_no_question", "hn_avg", "bigru")
JOINT = ("fused", "gated", "cross_modal")
STREAMS = ("text", "audio", "visual")
SMALL = {
    "epochs": 2,
    "batch": 8,
    "projection": 8,
    "answer_hidden": 4,
    "interview_hidden": 4,
    "context_hidden": 4,
    "attention_hidden": 8,
    "loggers": [],
}
TRAIN = toy_interviews(28, seed=1)
VALIDATION = toy_interviews(12, seed=2, first=100)
TEST = toy_interviews(10, seed=3, first=200, answers=3)

every = pytest.mark.parametrize("name", SINGLE + JOINT)
torch.set_num_threads(1)


def streams_of(name: str) -> tuple[str, ...]:
    return STREAMS if name in JOINT else ("text",)


def fitted(
    folder: Path, name: str, train: InterviewSet = TRAIN, validation: InterviewSet = VALIDATION,
    *, seed: int = 0, **options,
):  # fmt: skip
    model = build_model(name, streams_of(name), **{**SMALL, **options})
    model.fit(train, validation, seed=seed, folder=folder)
    return model


def assert_equal(one: Prediction, other: Prediction) -> None:
    """Bit for bit."""
    np.testing.assert_array_equal(one.interviews, other.interviews)
    assert (one.answers is None) == (other.answers is None)
    for a, b in zip(one.answers or (), other.answers or (), strict=True):
        np.testing.assert_array_equal(a, b)


class Broken(RuntimeError):
    """A power cut."""


def break_off(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """From now on the training breaks after so many steps."""
    done, loss = [], InterviewTask.loss

    def until(self, *arguments):
        if len(done) == after:
            raise Broken
        done.append(1)
        return loss(self, *arguments)

    monkeypatch.setattr(InterviewTask, "loss", until)


def test_broken_off_and_started_again_is_as_if_it_had_not(tmp_path, monkeypatch) -> None:
    """Of one model, since the loop resumes and no model has a part in it (test_loop.py)."""
    options = {"epochs": 2, "dropout": 0.3}
    whole = fitted(tmp_path / "whole", "fused", **options)
    with monkeypatch.context() as patch:
        break_off(patch, 5)  # 4 steps an epoch: within the second
        with pytest.raises(Broken):
            fitted(tmp_path / "broken", "fused", **options)
    again = fitted(tmp_path / "broken", "fused", **options)
    assert_equal(whole.predict(TEST), again.predict(TEST))
    assert (tmp_path / "whole" / WEIGHTS).read_bytes() == (
        tmp_path / "broken" / WEIGHTS
    ).read_bytes()
    assert (tmp_path / "whole" / DONE).read_text() == (tmp_path / "broken" / DONE).read_text()


def test_broken_off_after_it_had_stopped_early(tmp_path, monkeypatch) -> None:
    options = {"epochs": 12, "patience": 1, "learning_rate": 0.5}
    fitted(tmp_path / "whole", "hirenet", **options)
    told = json.loads((tmp_path / "whole" / DONE).read_text())
    assert told["epochs"] < 12
    with monkeypatch.context() as patch:
        patch.setattr(fitting, "_save_weights", lambda *_: (_ for _ in ()).throw(Broken))
        with pytest.raises(Broken):
            fitted(tmp_path / "broken", "hirenet", **options)
    fitted(tmp_path / "broken", "hirenet", **options)
    assert told == json.loads((tmp_path / "broken" / DONE).read_text())


@pytest.mark.parametrize("name", ["hirenet", "fused"])
def test_a_seed_is_a_model(tmp_path, name) -> None:
    one, same, other = (
        fitted(tmp_path / str(k), name, seed=seed) for k, seed in enumerate((0, 0, 1))
    )
    assert_equal(one.predict(TEST), same.predict(TEST))
    assert not np.array_equal(one.predict(TEST).interviews, other.predict(TEST).interviews)


def test_what_is_random_elsewhere_stays_as_it_was(tmp_path) -> None:
    torch.manual_seed(5)
    state = torch.get_rng_state()
    fitted(tmp_path, "hirenet")
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_finished_fit_is_read_and_not_repeated(tmp_path, monkeypatch) -> None:
    first = fitted(tmp_path, "hirenet")
    with monkeypatch.context() as patch:
        break_off(patch, 0)
        again = fitted(tmp_path, "hirenet", loggers=["csv"], progress=False)
    assert_equal(first.predict(TEST), again.predict(TEST))
    assert not list(tmp_path.glob("*.ckpt"))


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"seed": 1}, "seed"), ({"batch": 4}, "options"), ({"train": VALIDATION}, "train")],
)
def test_a_folder_of_another_fit_is_refused(tmp_path, changes, named) -> None:
    fitted(tmp_path, "hirenet", epochs=1)
    with pytest.raises(ConfigError, match=f"holds a fit of another {named}; give another folder"):
        fitted(tmp_path, "hirenet", **{"epochs": 1, **changes})


@pytest.fixture(scope="module")
def model_of(tmp_path_factory) -> Callable[[str], Any]:
    """Gives a model after one epoch, which is trained once for all tests that only read."""
    folder = tmp_path_factory.mktemp("models")
    return cache(lambda name: fitted(folder / name, name, epochs=1))


@every
def test_interviews_are_read_alone_as_together(model_of, name) -> None:
    """Batches of similar length and their padding change nothing."""
    test = toy_interviews(9, seed=4, first=300, missing=0.3)
    model = model_of(name)
    together = model.predict(test)
    for i in range(len(test)):
        alone = model.predict(test.take([i]))
        np.testing.assert_allclose(alone.interviews[0], together.interviews[i], atol=1e-5)


@every
def test_missing_streams(tmp_path, name) -> None:
    streams = streams_of(name)
    model = fitted(tmp_path, name, toy_interviews(28, seed=1, answer_level=True), epochs=1)
    cut = {s: [list(answers) for answers in TEST.streams[s]] for s in streams}
    for s in streams:
        cut[s][0] = [x[:0] for x in cut[s][0]]  # the first interview has nothing
        cut[s][1][1] = cut[s][1][1][:0]  # the second lacks its second answer
    found = model.predict(replace(TEST, streams={**TEST.streams, **cut}))
    np.testing.assert_allclose(found.interviews[0], TRAIN.labels.mean(0))
    assert np.isnan(found.answers[0]).all()
    assert np.isnan(found.answers[1]).all(1).tolist() == [False, True, False]
    assert np.isfinite(found.interviews).all()


def test_a_fusion_reads_interviews_of_one_stream(model_of) -> None:
    for name in JOINT:
        model = model_of(name)
        alone = replace(TEST, streams={"text": TEST.streams["text"]})
        found = model.predict(alone).interviews
        assert np.isfinite(found).all()
        assert not np.allclose(found, model.predict(TEST).interviews)


def test_unknown_labels_are_left_out(tmp_path) -> None:
    labels = TRAIN.labels.copy()
    labels[::2, 0] = np.nan
    model = fitted(tmp_path / "holes", "hirenet", replace(TRAIN, labels=labels))
    assert np.isfinite(model.predict(TEST).interviews).all()
    labels[:, 0] = np.nan
    with pytest.raises(DatasetError, match="no training interview is labelled with score"):
        fitted(tmp_path / "none", "hirenet", replace(TRAIN, labels=labels))


ORDINAL = Target("level", "ordinal", 1, 5)


@pytest.mark.parametrize("target", [SCORE, HIRABLE, pytest.param(ORDINAL, marks=pytest.mark.slow)])
def test_every_kind_of_target_is_learnt(tmp_path, target) -> None:
    train, validation, test = (
        toy_interviews(n, seed=seed, targets=(target,), first=1000 * seed)
        for seed, n in ((1, 160), (2, 40), (3, 60))
    )
    monitor = "f1" if target.kind == "binary" else "mae"
    model = fitted(
        tmp_path, "hirenet", train, validation,
        epochs=12, batch=16, learning_rate=0.02, monitor=monitor,
    )  # fmt: skip
    found = model.predict(test).interviews[:, 0]
    assert (found >= target.low).all()
    assert (found <= target.high).all()
    assert np.corrcoef(found, test.labels[:, 0])[0, 1] > 0.6


def test_answers_are_judged_where_they_were_labelled(tmp_path) -> None:
    labelled = toy_interviews(28, seed=1, answer_level=True)
    assert fitted(tmp_path / "a", "hirenet").predict(TEST).answers is None
    found = fitted(tmp_path / "b", "hirenet", labelled, vary=True).predict(TEST)
    assert [a.shape for a in found.answers] == [(3, 2)] * len(TEST)
    assert fitted(tmp_path / "c", "bigru").predict(TEST).answers is not None


def asked_otherwise(interviews: InterviewSet) -> InterviewSet:
    questions = tuple(("Which people?",) * len(q) for q in interviews.questions)
    return replace(interviews, questions=questions)


@pytest.mark.parametrize(
    ("name", "moves", "read"),
    [
        ("hirenet", True, True),
        ("hirenet_question_in_attention", True, True),
        ("hn_satt", False, True),
        ("hn_satt_no_question", False, False),
        ("hn_avg", False, True),
        ("hn_avg_no_question", False, False),
    ],
)
def test_only_hirenet_reads_the_question_while_it_reads_the_answer(
    tmp_path, name, moves, read
) -> None:
    model, other = fitted(tmp_path, name, epochs=1), asked_otherwise(TEST)
    assert (not np.allclose(model.attentions(TEST).alpha, model.attentions(other).alpha)) == moves
    estimates = [model.predict(part).interviews for part in (TEST, other)]
    assert (not np.allclose(*estimates)) == read


@pytest.mark.parametrize("name", ["hirenet", "hn_avg", *JOINT])
def test_attention_as_a_table(model_of, name) -> None:
    model = model_of(name)
    assert isinstance(model, AttentionModel)
    table = model.attentions(TEST)
    assert isinstance(table, pd.DataFrame)
    assert len(table) == sum(len(x) for s in streams_of(name) for a in TEST.streams[s] for x in a)
    place = ["interview", "stream", "answer"]
    np.testing.assert_allclose(table.groupby(place).alpha.sum(), 1, rtol=1e-5)
    np.testing.assert_allclose(table.groupby(place).voi_step.mean(), 1, rtol=1e-5)
    answers = table.groupby(place).first().reset_index()
    np.testing.assert_allclose(answers.groupby(place[:2]).beta.sum(), 1, rtol=1e-5)
    np.testing.assert_allclose(answers.groupby(place[:2]).beta_stream.sum(), 1, rtol=1e-5)
    np.testing.assert_allclose(answers.groupby(place[:2]).voi_question.mean(), 1, rtol=1e-5)
    text = table[(table.stream == "text") & (table.interview == TEST.ids[2]) & (table.answer == 1)]
    assert tuple(text.word) == TEST.words[2][1]
    assert text.step.tolist() == list(range(len(text)))
    assert (table[table.stream != "text"].word == "").all()
    assert set(table.person) == set(TEST.people)
    assert (text.question_id == TEST.question_ids[2][1]).all()


def test_a_bigru_has_no_attention(tmp_path) -> None:
    assert not isinstance(build_model("bigru", ("text",)), AttentionModel)


def test_logs(tmp_path) -> None:
    fitted(tmp_path, "hirenet", loggers=["csv", "tensorboard"])
    table = pd.read_csv(tmp_path / "log" / "version_0" / "metrics.csv")
    assert {"epoch", "loss", "validation_loss", "validation_mae"} <= set(table.columns)
    assert list((tmp_path / "tensorboard").glob("events.*"))


def test_every_problem_is_told_at_once(tmp_path) -> None:
    model = build_model("hirenet", ("smell",), monitor="f1")
    with pytest.raises(DatasetError) as error:
        model.fit(toy_interviews(4, targets=(SCORE,)), VALIDATION.take([]), seed=0, folder=tmp_path)
    assert str(error.value).splitlines() == [
        "toy: no stream smell; there are text, audio, visual",
        "toy: the validation part holds no interview",
        "model 'hirenet': monitor f1 needs a binary target; found score (regression)",
    ]
    with pytest.raises(ConfigError, match="not fitted"):
        model.predict(TEST)
    with pytest.raises(ConfigError, match="divisor of twice answer_hidden, 8"):
        build_model("cross_modal", STREAMS, answer_hidden=4, heads=3)
