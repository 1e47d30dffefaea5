"""Sentences cover an answer, and the encoder tells what they are about."""

from __future__ import annotations

import json
from importlib.util import find_spec

import numpy as np
import pytest

from extractors.answer.extract import AnswerSource, extract_answer
from extractors.recipe import Recipe
from extractors.store import FeatureStore
from extractors.toolbox import Toolbox
from extractors.words import contextual_words
from extractors.words.contextual_words import ContextualWords
from extractors.words.sentences import LONGEST_WORDS, sentence_stream, sentences_of
from extractors.words.transcript import Transcript, Word

real_encoder = pytest.mark.skipif(
    find_spec(contextual_words.PACKAGE) is None,
    reason=f"{contextual_words.DISTRIBUTION} is not installed",
)
ANSWER = (
    "Well. My last project was to sell software to hospitals, which took a year. Dr. Smith, who "
    "bought it in the end, calls me every week! Yes."
)


def spoken(text: str, *, pauses: dict[int, float] | None = None, language="en") -> Transcript:
    """Words of 0.3 s each, some after a pause of so many seconds."""
    words, now = [], 0.0
    for row, word in enumerate(text.split()):
        now += (pauses or {}).get(row, 0.0)
        words.append(Word(word, now, now + 0.3))
        now += 0.3
    return Transcript(tuple(words), language, now, "given", "word")


def written(text: str) -> Transcript:
    return Transcript(tuple(map(Word, text.split())), "en", 0.0, "given", "none")


def test_sentences_end_at_their_punctuation_and_short_ones_join():
    texts = [sentence.text for sentence in sentences_of(spoken(ANSWER))]
    assert texts == [
        "Well. My last project was to sell software to hospitals, which took a year.",
        "Dr. Smith, who bought it in the end, calls me every week! Yes.",
    ]


@pytest.mark.parametrize(
    ("count", "pauses", "commas", "cuts"),
    [
        (30, {}, (), [30]),
        (40, {}, (), [20, 20]),
        (40, {12: 0.9, 25: 0.5}, (), [12, 28]),
        (40, {12: 0.2}, (), [20, 20]),
        (40, {}, (8, 24), [25, 15]),
        (100, {}, (), [25, 25, 25, 25]),
    ],
)
def test_long_stretches_are_cut_at_pauses_then_commas_then_in_the_middle(
    count, pauses, commas, cuts
):
    words = [f"word{',' * (row in commas)}" for row in range(count)]
    sentences = sentences_of(spoken(" ".join(words), pauses=pauses))
    assert [s.end - s.begin for s in sentences] == cuts


@pytest.mark.parametrize("seed", range(5))
def test_sentences_cover_all_words_in_order(seed):
    generator = np.random.default_rng(seed)
    words = generator.choice(["a", "b,", "c.", "e.g.", "?!", "d…”"], 150, p=[0.8, *[0.04] * 5])
    pauses = dict(enumerate(generator.choice([0.0, 0.4, 2.0], 150, p=[0.9, 0.07, 0.03])))
    for transcript in (spoken(" ".join(words), pauses=pauses), written(" ".join(words))):
        sentences = sentences_of(transcript)
        assert [s.begin for s in sentences] == [0, *(s.end for s in sentences[:-1])]
        assert sentences[-1].end == 150
        assert all(0 <= s.start_s < s.end_s for s in sentences)
        assert all(s.end - s.begin <= LONGEST_WORDS + 3 for s in sentences)  # a short one joined
        assert " ".join(s.text for s in sentences) == transcript.text


@real_encoder
def test_a_sentence_is_nearest_to_its_own_question():
    encoder = ContextualWords()
    stream = sentence_stream(
        spoken(
            "I sold cars to families for three years. On Sundays we climb mountains in the snow."
        ),
        encoder,
    )
    assert stream.values.shape == (2, 384) and stream.valid.all()
    assert np.linalg.norm(stream.values, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert stream.spans == pytest.approx(np.array([[0.0, 2.4], [2.4, 4.8]]))
    questions = encoder.encode_texts(
        ["Which experience do you have in sales?", "What do you do in your leisure time?"]
    )
    match = stream.values @ questions.T
    assert match.argmax(axis=1).tolist() == [0, 1]
    assert stream.provenance.extractor == "sentences"
    assert stream.provenance.settings["language"] == "en"


@real_encoder
def test_a_text_is_encoded_alike_alone_and_among_others_and_cut_at_256_pieces():
    encoder = ContextualWords()
    texts = ["A short text.", "word " * 400, "Another text, of the same kind."]
    together = encoder.encode_texts(texts)
    alone = np.concatenate([encoder.encode_texts([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-5)
    first_pieces = encoder.encode_texts(["word " * 254])
    assert together[1] == pytest.approx(first_pieces[0], abs=1e-5)


@real_encoder
@pytest.mark.parametrize(
    ("transcript", "reason"),
    [
        (spoken("Ich verkaufe gern Autos.", language="de"), "is in 'de'"),
        (spoken("Who knows what this is.", language=""), "a language that is not stated"),
        (Transcript((), "en", 5.0, "recognised", "word", reason="no voice"), "no voice"),
        (spoken("— — — —"), "none of the sentences holds a word"),
    ],
)
def test_what_cannot_be_encoded_has_a_reason(transcript, reason):
    stream = sentence_stream(transcript, ContextualWords())
    assert not stream.observed and reason in stream.reason


@real_encoder
def test_an_answers_sentences_are_stored_with_its_other_streams(tmp_path, monkeypatch):
    path = tmp_path / "q1.json"
    words = spoken(ANSWER).words
    rows = [{"text": word.text, "start": word.start, "end": word.end} for word in words]
    path.write_text(json.dumps({"words": rows}))
    store = FeatureStore(tmp_path / "store")
    with Toolbox() as tools:
        first = extract_answer(AnswerSource(transcript=path), Recipe(), store=store, tools=tools)
        assert len(first.streams["sentences"]) == 2
        monkeypatch.setattr(ContextualWords, "encode_texts", None)
        again = extract_answer(AnswerSource(transcript=path), Recipe(), store=store, tools=tools)
        assert np.array_equal(first.streams["sentences"].values, again.streams["sentences"].values)
        other = Recipe(sentences=False)
        without = extract_answer(AnswerSource(transcript=path), other, store=store, tools=tools)
        assert "sentences" not in without.streams


def test_a_missing_encoder_leaves_the_other_streams(tmp_path, monkeypatch):
    monkeypatch.setattr(contextual_words, "PACKAGE", "no_such_package")
    path = tmp_path / "q1.txt"
    path.write_text(ANSWER)
    with Toolbox() as tools:
        answer = extract_answer(AnswerSource(transcript=path), Recipe(), store=None, tools=tools)
    assert answer.streams["words"].observed
    assert "the sentence encoder is not installed" in answer.streams["sentences"].reason
