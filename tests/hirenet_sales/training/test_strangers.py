"""Only the question says who of the people in an interview is meant."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.data.interview_set import TRAIT_TARGETS, InterviewSet
from hirenet_sales.training.strangers import Planted, with_strangers


def people(count: int = 12, seed: int = 0) -> InterviewSet:
    """Every word is named by its person, and has a row that holds the person's number."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(1, 5, size=count)
    said = [
        [
            tuple(
                f"p{i}a{q}s{s}w{w}{'.' if w == 4 else ''}"
                for s in range(int(rng.integers(1, 4)))
                for w in range(5)
            )
            for q in range(n)
        ]
        for i, n in enumerate(answers)
    ]
    questions = tuple(("",) * n for n in answers)
    return InterviewSet(
        dataset="people",
        ids=tuple(map(str, range(count))),
        people=np.arange(count).astype(str),
        positions=np.full(count, ""),
        question_ids=questions,
        questions=questions,
        streams={
            "text": [[rows(i, len(words)) for words in own] for i, own in enumerate(said)],
            "audio": [[rows(i, 1) for _ in own] for i, own in enumerate(said)],
        },
        columns={"text": ("person",), "audio": ("person",)},
        targets=TRAIT_TARGETS,
        labels=rng.random((count, 5)),
        words=said,
    )


def rows(person: int, count: int) -> np.ndarray:
    return np.full((count, 1), person, np.float32)


def owner(word: str) -> str:
    return word[1:].split("a")[0]


@pytest.fixture(params=range(4))
def planted(request) -> Planted:
    return with_strangers(people(seed=request.param), request.param)


def test_the_label_and_the_questions_stay_those_of_the_person(planted) -> None:
    for i, name in enumerate(planted.interviews.ids):
        assert planted.interviews.people[i] == name
        for question in planted.interviews.questions[i]:
            assert {owner(word) for word in question.split()} == {name}


def test_some_are_strangers_and_never_all(planted) -> None:
    for i, strange in enumerate(planted.strange):
        assert strange.any() and not strange.all()
        for q, other in enumerate(strange):
            read = {name: planted.interviews.streams[name][i][q] for name in ("text", "audio")}
            me = float(planted.interviews.people[i])
            assert (read["audio"] != me).all() == other
            foreign = planted.foreign[i][q]
            assert ((read["text"][:, 0] != me) == (foreign | other)).all()
            words = planted.interviews.words[i][q]
            assert [float(owner(word)) for word in words] == read["text"][:, 0].tolist()


def test_the_question_is_taken_out_of_its_answer(planted) -> None:
    for questions, words in zip(
        planted.interviews.questions, planted.interviews.words, strict=True
    ):
        for question, said in zip(questions, words, strict=True):
            assert not set(question.split()) & set(said)


def test_without_strangers_everybody_speaks_for_himself() -> None:
    alone = with_strangers(people(), 0, share=0, mixed=0)
    assert not np.concatenate(alone.strange).any()
    assert not any(foreign.any() for own in alone.foreign for foreign in own)
