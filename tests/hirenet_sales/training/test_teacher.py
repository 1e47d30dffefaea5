"""The teacher never sees the labels of the person that it estimates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hirenet_sales.data.interview_set import TRAIT_TARGETS, InterviewSet
from hirenet_sales.data.network_inputs import Inputs
from hirenet_sales.errors import DatasetError
from hirenet_sales.training.teacher import answer_vectors, softened, teacher_estimates

PEOPLE, ANSWERS = 40, 3


@pytest.fixture(scope="module")
def train() -> InterviewSet:
    """Answers whose voice says the label, and whose tuned column says it outright."""
    rng = np.random.default_rng(0)
    labels = rng.uniform(0.2, 0.8, (PEOPLE, 5))
    by_answer = [np.tile(row, (ANSWERS, 1)) for row in labels]

    def rows(of) -> list[list[np.ndarray]]:
        return [[of(y).astype(np.float32) for _ in range(ANSWERS)] for y in labels]

    return InterviewSet(
        dataset="toy",
        ids=tuple(f"i{k}" for k in range(PEOPLE)),
        people=np.array([f"p{k}" for k in range(PEOPLE)]),
        positions=np.array([""] * PEOPLE),
        question_ids=(("",) * ANSWERS,) * PEOPLE,
        questions=(("",) * ANSWERS,) * PEOPLE,
        streams={
            "visual": rows(lambda y: np.concatenate([rng.normal(size=(2, 4)), [y, y]], axis=1)),
            "audio": rows(lambda y: (10 * y + rng.normal(0, 0.1, 5))[None]),
            "text": rows(lambda y: rng.normal(size=(rng.integers(0, 6), 3))),
        },
        columns={
            "visual": ("cnn_0", "cnn_1", "smile", "shape_x_0", *(f"tuned_{k}" for k in range(5))),
            "audio": tuple("abcde"),
            "text": ("t_0", "t_1", "t_2"),
        },
        targets=TRAIT_TARGETS,
        labels=labels,
        answer_labels=by_answer,
        level="answer",
    )


def inputs(train: InterviewSet) -> Inputs:
    return Inputs.fit(train, tuple(train.streams), components=4, words="glove")


def estimates(train: InterviewSet) -> np.ndarray:
    vectors = answer_vectors(train, inputs(train))
    return teacher_estimates(vectors, np.concatenate(train.answer_labels), owners(train))


def owners(train: InterviewSet) -> np.ndarray:
    return train.people.repeat(ANSWERS)


def test_it_learns_from_other_people(train: InterviewSet) -> None:
    labels, found = np.concatenate(train.answer_labels), estimates(train)
    for k in range(5):
        assert np.corrcoef(found[:, k], labels[:, k])[0, 1] > 0.6
    assert found.min() >= 0 and found.max() <= 1


def test_labels_of_the_own_person_change_nothing(train: InterviewSet) -> None:
    """Whatever is written on one person's answers, their estimates move with the mean alone."""
    own = slice(7 * ANSWERS, 8 * ANSWERS)
    labels = np.concatenate(train.answer_labels)
    other = labels.copy()
    other[own] = 1 - other[own]
    vectors = answer_vectors(train, inputs(train))
    before = teacher_estimates(vectors, labels, owners(train))
    after = teacher_estimates(vectors, other, owners(train))
    shift = np.abs(after[own] - before[own]).max()
    assert shift <= np.abs(other.mean(0) - labels.mean(0)).max() + 1e-6
    assert np.abs(after - before).max() > shift  # others do learn from it


def test_it_does_without_the_columns_that_know_labels_already(train: InterviewSet) -> None:
    visual = train.streams["visual"]
    blind = [[np.where(np.arange(9) < 4, x, 0) for x in answers] for answers in visual]
    same = replace(train, streams={**train.streams, "visual": blind})
    np.testing.assert_allclose(
        answer_vectors(same, inputs(same)), answer_vectors(train, inputs(train))
    )


def test_an_answer_without_words_is_an_average_one(train: InterviewSet) -> None:
    assert any(not len(x) for answers in train.streams["text"] for x in answers)
    assert np.isfinite(answer_vectors(train, inputs(train))).all()


def test_labels_move_by_the_share_towards_the_estimates(train: InterviewSet) -> None:
    found = softened(train, inputs(train), 0.25)
    labels = np.concatenate(train.answer_labels)
    expected = 0.75 * labels + 0.25 * estimates(train)
    np.testing.assert_allclose(np.concatenate(found.answer_labels), expected, atol=1e-9)


def test_what_it_cannot_learn_from_is_told(train: InterviewSet) -> None:
    with pytest.raises(DatasetError, match="labels of single answers"):
        softened(replace(train, answer_labels=None), inputs(train), 0.5)
    with pytest.raises(DatasetError, match="needs two people"):
        softened(train.take([0]), inputs(train), 0.5)
