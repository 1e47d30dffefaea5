"""Sentences of a data set's answers, each with its question."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from extractors.words import contextual_words
from extractors.words.contextual_words import ContextualWords
from hirenet_sales.data.answer_sentences import answer_sentences
from hirenet_sales.errors import DatasetError

pytestmark = pytest.mark.skipif(
    find_spec(contextual_words.PACKAGE) is None,
    reason=f"{contextual_words.DISTRIBUTION} is not installed",
)


def test_answers_of_a_set_that_ships(tmp_path):
    encoder = ContextualWords()
    answers = answer_sentences(
        "siop-2024", None, encoder, parts=["train"], people=2, cache=tmp_path
    )
    assert len(answers) == 8 and len(set(answers.people)) == 2 and set(answers.parts) == {"train"}
    for row in range(8):
        own = answers.own_questions(row)
        assert own[0] == answers.question[row] and len(own) == 4
        assert np.linalg.norm(answers.vectors[row], axis=1) == pytest.approx(1.0, abs=1e-5)
    assert answers.question_vectors.shape == (len(answers.questions), 384)


def test_a_set_without_such_answers_is_named(tmp_path):
    (tmp_path / "answers.csv").write_text(
        "person,part,position,question,answer\np1,train,1,,Hello\n"
    )
    (tmp_path / "people.csv").write_text(
        "person,part,openness,conscientiousness,extraversion,agreeableness,neuroticism\n"
        "p1,train,4,4,4,4,4\n"
    )
    with pytest.raises(DatasetError, match="no answer of train has both the text of its question"):
        answer_sentences("siop-2024", tmp_path, ContextualWords(), parts=["train"], cache=tmp_path)
