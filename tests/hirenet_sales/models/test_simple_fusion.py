"""Early and late fusion: what they add up, what they leave out, and that a fit is recognised."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_interviews import SCORE, toy_interviews

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import with_senses
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.measure_table import evaluate_predictions
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.model import Model

torch.set_num_threads(1)  # tiny tensors: a second thread only waits for the first
TRAIN = toy_interviews(120, seed=1)
VALIDATION = toy_interviews(40, seed=2, first=1000)
TEST = toy_interviews(60, seed=3, first=2000)
STREAMS = ("text", "audio")
SMALL = {"epochs": 4, "learning_rate": 0.02, "loggers": (), "projection": 8, "dropout_in": 0.0}


def fitted(folder: Path, name: str, *, train: InterviewSet = TRAIN, **options) -> Model:
    model = build_model(name, STREAMS, **options)
    model.fit(train, VALIDATION, seed=0, folder=folder)
    return model


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Model]:
    folder = tmp_path_factory.mktemp("early")
    return folder, fitted(folder, "early_fusion", model_options=SMALL, classifier="ridge")


def without(stream: str, row: int) -> InterviewSet:
    """TEST, where interview `row` lacks a stream."""
    lacking = list(TEST.streams[stream])
    lacking[row] = [rows[:0] for rows in lacking[row]]
    return replace(TEST, streams={**TEST.streams, stream: lacking})


def test_early_fusion_learns_and_repeats_itself(early: tuple[Path, Model]) -> None:
    folder, model = early
    prediction = model.predict(TEST)
    found = evaluate_predictions(prediction, TEST, TRAIN, draws=0)["targets"]
    assert found["score"]["skill"] > 0.3
    assert found["hirable"]["auc"] > 0.85
    assert model.parameters() > sum(member.parameters() for member in model.members)
    trained = [(folder / s / "model.safetensors").stat().st_mtime_ns for s in STREAMS]
    again = fitted(folder, "early_fusion", model_options=SMALL, classifier="ridge")
    assert np.array_equal(again.predict(TEST).interviews, prediction.interviews)
    assert trained == [(folder / s / "model.safetensors").stat().st_mtime_ns for s in STREAMS]


def test_the_last_layer_is_what_the_head_reads(early: tuple[Path, Model]) -> None:
    """The network's own estimate follows from z by its head alone; padding plays no part."""
    for member in early[1].members:
        whole, answers = member.last_layer(TEST)
        head = member._learnt.net.head
        with torch.inference_mode():
            unit = head(torch.from_numpy(whole).float()).sigmoid().numpy()
        estimates = [1, 0] + unit * [6, 1]
        assert estimates == pytest.approx(member.predict(TEST).interviews, abs=1e-5)
        alone = [member.last_layer(TEST.take([i])) for i in range(3)]
        for i, (z, g) in enumerate(alone):
            assert z[0] == pytest.approx(whole[i], abs=1e-5)
            assert g[0] == pytest.approx(answers[i], abs=1e-5)


def test_early_fusion_with_a_stream_missing(early: tuple[Path, Model]) -> None:
    _, model = early
    whole, lacking = model.predict(TEST), model.predict(without("audio", 5))
    assert np.isfinite(lacking.interviews).all()
    others = np.arange(len(TEST)) != 5
    assert lacking.interviews[others] == pytest.approx(whole.interviews[others])
    assert lacking.interviews[5] != pytest.approx(whole.interviews[5])
    nothing = replace(
        TEST, streams={s: [[r[:0] for r in a] for a in TEST.streams[s]] for s in STREAMS}
    )
    assert model.predict(nothing).interviews[0] == pytest.approx(TRAIN.labels.mean(0))


def test_early_fusion_learns_from_answers_where_they_are_labelled(tmp_path: Path) -> None:
    parts = [
        toy_interviews(60, seed=s, first=1000 * s, answer_level=True, targets=(SCORE,))
        for s in (1, 2, 3)
    ]
    model = build_model("early_fusion", STREAMS, model_options=SMALL, classifier="ridge")
    model.fit(parts[0], parts[1], seed=0, folder=tmp_path)
    prediction = model.predict(parts[2])
    means = np.array([answers.mean(0) for answers in prediction.answers])
    assert prediction.interviews == pytest.approx(means)


def test_late_fusion_is_the_mean_of_its_members(tmp_path: Path) -> None:
    model, quick = "bag_of_words", {"classifier": "ridge", "codebook": 10}
    fused = fitted(tmp_path / "all", "late_fusion", model=model, model_options=quick)
    single = []
    for stream in STREAMS:
        member = build_model(model, (stream,), **quick)
        member.fit(TRAIN, VALIDATION, seed=0, folder=tmp_path / stream)
        single.append(member.predict(TEST))
    prediction = fused.predict(TEST)
    assert prediction.interviews == pytest.approx(np.mean([p.interviews for p in single], axis=0))
    for row, (a, b) in enumerate(zip(*(p.answers for p in single), strict=True)):
        assert prediction.answers[row] == pytest.approx((a + b) / 2)


def test_late_fusion_is_not_diluted_by_a_missing_stream(tmp_path: Path) -> None:
    quick = {"classifier": "ridge", "codebook": 10}
    fused = fitted(tmp_path, "late_fusion", model="bag_of_words", model_options=quick)
    text = fused.members[0].predict(TEST)
    lacking = fused.predict(without("audio", 7))
    assert lacking.interviews[7] == pytest.approx(text.interviews[7])
    assert lacking.answers[7] == pytest.approx(text.answers[7])


def test_late_fusion_of_networks(tmp_path: Path) -> None:
    fused = fitted(tmp_path, "late_fusion", model="hn_avg", model_options={**SMALL, "epochs": 2})
    members = [member.predict(TEST).interviews for member in fused.members]
    assert fused.predict(TEST).interviews == pytest.approx(np.mean(members, axis=0))
    assert fused.parameters() == sum(member.parameters() for member in fused.members)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("late_fusion", {"model_options": {"epoch": 3}}, "unknown option 'epoch'; did you mean"),
        ("early_fusion", {"model_options": {"epochs": 0}}, "model 'hirenet': epochs: .*greater"),
        ("early_fusion", {"model": "bigru"}, "model 'early_fusion': model: Input should be"),
    ],
)
def test_options_of_members_are_checked_before_anything_starts(name, options, message) -> None:
    with pytest.raises(ConfigError, match=message):
        build_model(name, STREAMS, **options)


@pytest.mark.parametrize("name", ["non_sequential", "bag_of_words"])
def test_a_stream_that_is_nowhere(tmp_path: Path, name: str) -> None:
    model = build_model(name, ("visual",), classifier="ridge")
    bare = replace(TRAIN, streams={"text": TRAIN.streams["text"]})
    with pytest.raises(DatasetError, match="no interview to learn from has stream visual"):
        model.fit(bare, VALIDATION, seed=0, folder=tmp_path)


def test_functionals_of_a_sense_that_is_taken_away_are_not_read(tmp_path: Path) -> None:
    """Intervals of the words alone are those of what the words alone give."""
    options = {"classifier": "ridge", "document_size": 8}
    model = fitted(tmp_path, "late_fusion", model="non_sequential", model_options=options)
    words = with_senses(TEST, {"text": ["text"], "audio": ["audio"]}, ["text"])
    both, one, alone = (
        model.predict(TEST),
        model.predict(words),
        model.members[0].predict(TEST),
    )
    np.testing.assert_allclose(one.interviews, alone.interviews)
    np.testing.assert_allclose(np.concatenate(one.answers), np.concatenate(alone.answers))
    assert not np.allclose(one.interviews, both.interviews)
