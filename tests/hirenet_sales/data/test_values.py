"""Numbers that would spoil a fit are refused where they enter, with all that finds them again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_interviews import SCORE, toy_interviews

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError, DatasetError, FittingError
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.training.interviews import InterviewTask
from hirenet_sales.training.loop import DONE
from hirenet_sales.training.task import Measured

SMALL = {
    "epochs": 2,
    "batch": 8,
    "projection": 4,
    "answer_hidden": 4,
    "interview_hidden": 4,
    "context_hidden": 4,
    "attention_hidden": 4,
    "loggers": [],
}
GOOD = toy_interviews(12, targets=(SCORE,), answer_level=True)


def with_rows(of: InterviewSet, stream: str, i: int, q: int, rows: np.ndarray) -> InterviewSet:
    """The set with other rows of one answer."""
    answers = [list(own) for own in of.streams[stream]]
    answers[i][q] = rows
    return replace(of, streams={**of.streams, stream: answers})


def spoilt(value: float, *places: tuple[int, int]) -> np.ndarray:
    """Rows (4, 3) with a value at some places."""
    rows = np.ones((4, 3), np.float32)
    for place in places:
        rows[place] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (
            spoilt(np.nan, (2, 1)),
            "nan in row 3, column b, expected finite numbers; extract it again, or leave it out",
        ),
        (spoilt(-np.inf, (0, 0), (1, 2)), "-inf in row 1, column a, c, expected finite numbers"),
        (
            np.zeros((4, 2), np.float32),
            "2 values a row, but the stream has 3 columns; extract it again",
        ),
    ],
)
def test_a_row_is_named(rows: np.ndarray, told: str) -> None:
    with pytest.raises(DatasetError) as error:
        with_rows(GOOD, "audio", 4, 1, rows)
    assert str(error.value).startswith(f"toy: interview 'i4', answer 2, stream audio: {told}")


def test_very_wide_rows_name_their_first_columns() -> None:
    columns = tuple(f"c{k}" for k in range(9))
    rows = [[np.full((2, 9), np.inf, np.float32)] * 2] * len(GOOD)
    with pytest.raises(DatasetError) as error:
        replace(GOOD, streams={"x": rows}, columns={"x": columns})
    told = str(error.value).splitlines()
    assert told[0] == "toy: 24 problems"  # all at once
    assert "inf in row 1, column c0, c1, c2 and 6 more, expected" in told[1]


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_labels_are_finite_or_unknown(value: float) -> None:
    labels = GOOD.labels.copy()
    labels[3, 0] = value
    with pytest.raises(DatasetError) as error:
        replace(GOOD, labels=labels)
    assert str(error.value) == (
        f"toy: interview 'i3': score is {value}, expected a number from 1 to 7, or NaN where it "
        "is unknown"
    )
    by_answer = [rows.copy() for rows in GOOD.answer_labels]
    by_answer[3][1, 0] = value
    with pytest.raises(DatasetError, match="interview 'i3', answer 2: score is"):
        replace(GOOD, answer_labels=by_answer)
    labels[3, 0] = np.nan
    assert np.isnan(replace(GOOD, labels=labels).labels[3, 0])


def test_functionals_are_there_or_not() -> None:
    rows = [own.copy() for own in GOOD.functionals["audio"]]
    rows[2][0] = np.nan  # an answer without them
    assert replace(GOOD, functionals={"audio": rows})
    rows[2][0, 1:] = 1.0
    with pytest.raises(DatasetError) as error:
        replace(GOOD, functionals={"audio": rows})
    assert str(error.value).startswith(
        "toy: interview 'i2', answer 1, functionals of stream audio: nan in column 1, expected"
    )


def test_an_answer_without_rows_may_have_any_width() -> None:
    found = with_rows(GOOD, "audio", 0, 0, np.zeros((0, 0), np.float32))
    assert found.answers_with(("audio",)) == 23
    assert found.answers_with(("audio", "text")) == 24


def test_pictures_and_parts_are_checked_alike() -> None:
    pictures = [[np.zeros((2, 8, 8, 3), np.uint8)] * 2] * len(GOOD)
    found = replace(GOOD, streams={"frames": pictures}, columns={"frames": ("r", "g", "b")})
    assert found.take([1, 2]).take_answers([[0], [1]]).answers_with(("frames",)) == 2


NARROW = [
    ("hirenet", {**SMALL}),
    ("fused", {**SMALL}),
    ("bag_of_words", {"classifier": "ridge", "codebook": 4}),
    ("non_sequential", {"classifier": "ridge"}),
]


@pytest.mark.parametrize(("name", "options"), NARROW)
@pytest.mark.parametrize("declared", [True, False])
def test_another_width_in_use_is_a_sentence(tmp_path, name: str, options, declared: bool) -> None:
    torch.set_num_threads(1)
    train, validation = toy_interviews(16, targets=(SCORE,)), GOOD.take(range(6))
    functional = name == "non_sequential"
    stream = "audio" if functional else "visual"
    model = build_model(name, (stream,), **options)
    model.fit(train, replace(validation, answer_labels=None), seed=0, folder=tmp_path)
    other = toy_interviews(4, targets=(SCORE,))
    narrow = [[rows[:, :2] for rows in own] for own in other.streams[stream]]
    columns = {**other.columns, stream: other.columns[stream][:2]}
    if not declared:
        del columns[stream]
    functionals = {"audio": [rows[:, :2] for rows in other.functionals["audio"]]}
    other = replace(
        other, streams={**other.streams, stream: narrow}, columns=columns, functionals=functionals
    )
    with pytest.raises(DatasetError) as error:
        model.predict(other)
    expected = (
        "toy: 2 functionals of stream audio, the model was trained on 3; extract them as for the "
        "training"
        if functional
        else "toy: interview 'i0', answer 1, stream visual has 2 columns, the model was trained on "
        "3; extract it as for the training"
    )
    assert str(error.value) == expected


def test_a_loss_that_is_not_finite_ends_a_fit_in_words(tmp_path: Path, monkeypatch) -> None:
    loss, second_epoch = InterviewTask.loss, []

    def spoils(self: InterviewTask, net, batch, epoch: int):
        second_epoch.extend([epoch] if epoch == 1 else [])
        return loss(self, net, batch, epoch) * (float("nan") if len(second_epoch) == 2 else 1.0)

    monkeypatch.setattr(InterviewTask, "loss", spoils)
    model = build_model("hirenet", ("text",), **SMALL)
    folder = tmp_path / "fit"
    with pytest.raises(FittingError) as error:
        model.fit(GOOD, GOOD.take([0]), seed=0, folder=folder)
    assert str(error.value) == (
        "training in fit: the loss is nan in step 2 of epoch 2, so nothing more can be learnt; "
        "lower learning_rate, or look for extreme values in the features"
    )
    assert not (folder / DONE).exists()


def test_what_is_monitored_has_to_be_finite(tmp_path: Path, monkeypatch) -> None:
    def spoils(self: InterviewTask, net, batch) -> Measured:
        return Measured({"loss": torch.tensor(float("inf"))}, 1)

    monkeypatch.setattr(InterviewTask, "measure", spoils)
    model = build_model("hirenet", ("text",), **SMALL)
    with pytest.raises(FittingError, match="the validation loss is inf in epoch 1, so nothing"):
        model.fit(GOOD, GOOD.take([0]), seed=0, folder=tmp_path / "fit")
    assert not (tmp_path / "fit" / DONE).exists()


def test_a_fit_of_before_that_learnt_nothing_is_not_taken(tmp_path: Path) -> None:
    def fit() -> None:
        model = build_model("hirenet", ("text",), **SMALL)
        model.fit(GOOD, GOOD.take([0]), seed=0, folder=tmp_path)

    fit()
    done = json.loads((tmp_path / DONE).read_text())
    (tmp_path / DONE).write_text(json.dumps({**done, "validation_loss": float("inf")}))
    with pytest.raises(ConfigError, match="holds a fit whose loss was no finite number; delete"):
        fit()
