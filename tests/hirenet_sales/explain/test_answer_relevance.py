"""An answer's relevance finds the sentences about its question, or says why it cannot tell."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec

import pytest

from extractors.answer.extract import AnswerSource, extract_answer
from extractors.recipe import Recipe
from extractors.toolbox import Toolbox
from extractors.words import contextual_words
from hirenet_sales.explain.answer_relevance import ASSUMED, describe_relevance
from hirenet_sales.interview import Answer
from hirenet_sales.relevance.reference import OFF as OFF_TOPIC
from hirenet_sales.relevance.reference import ON as ON_TOPIC

pytestmark = pytest.mark.skipif(
    find_spec(contextual_words.PACKAGE) is None,
    reason=f"{contextual_words.DISTRIBUTION} is not installed",
)
QUESTION = "Describe a time when you had a conflict with a colleague. How did you solve it?"
ON = (
    "A colleague and I disagreed about who should lead the project, and we argued for weeks. "
    "In the end I asked her for a talk, and we settled the conflict with a compromise. "
)
OFF = (
    "I take online courses in data analysis every year and read about my industry. "
    "Reading the news each morning keeps my skills current and my budget in order."
)


@pytest.fixture(scope="module")
def tools():
    with Toolbox() as tools:
        yield tools


@pytest.fixture
def described(tmp_path, tools):
    def describe(text: str, question: str = QUESTION, language: str = "en", **changes):
        path = tmp_path / "q1.txt"
        path.write_text(text)
        features = extract_answer(
            AnswerSource(transcript=path), Recipe(), store=None, tools=tools, language=language
        )
        vector = tools.sentence_encoder.encode_texts([question])
        return describe_relevance(Answer("q1", question, **changes), features, vector)

    return describe


def test_sentences_on_and_off_the_question(described):
    relevance = described(ON + OFF)
    assert relevance.available and not relevance.reason
    topics = [s.topic for s in relevance.sentences]
    assert topics[:2] == [ON_TOPIC, ON_TOPIC] and topics[3] == OFF_TOPIC
    assert topics[2] != ON_TOPIC  # although its neighbour is
    assert [(s.first_word, s.last_word) for s in relevance.sentences] == [
        (0, 15), (16, 32), (33, 46), (47, 60),
    ]  # fmt: skip
    assert all(s.start is None and s.end is None for s in relevance.sentences)
    text = " ".join(s.text for s in relevance.sentences)
    assert text.split() == (ON + OFF).split()


def test_an_answer_to_the_question_is_above_one_to_another(described):
    right, wrong = described(ON), described(OFF)
    assert right.value > wrong.value
    assert right.percentile > 50 > 10 > wrong.percentile
    assert right.percentile_of_others > 95 > wrong.percentile_of_others


@pytest.mark.parametrize(
    ("text", "changes", "reason"),
    [
        (ON, {"language": "de"}, "reads English, and the transcript is in 'de'"),
        (ON, {"language": ""}, "a language that is not stated"),
        (ON, {"question_assumed": True}, ASSUMED),
        (ON, {"question": " "}, ASSUMED),
    ],
)
def test_what_cannot_be_told_says_why(described, text, changes, reason):
    relevance = described(text, **changes)
    assert not relevance.available and reason in relevance.reason
    assert relevance.value is None and not relevance.sentences


def test_another_encoder_than_the_references_tells_nothing(tmp_path, tools):
    path = tmp_path / "q1.txt"
    path.write_text(ON)
    features = extract_answer(
        AnswerSource(transcript=path), Recipe(), store=None, tools=tools, language="en"
    )
    stream = features.streams["sentences"]
    provenance = replace(stream.provenance, settings={"encoder_sha256": "0" * 64})
    features.streams["sentences"] = replace(stream, provenance=provenance)
    vector = tools.sentence_encoder.encode_texts([QUESTION])
    relevance = describe_relevance(Answer("q1", QUESTION), features, vector)
    assert "another one than" in relevance.reason
