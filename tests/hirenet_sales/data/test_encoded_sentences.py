"""Written answers sentence by sentence: the same as one answer at a time, and made once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from extractors.words.contextual_words import ContextualWords
from extractors.words.sentences import sentence_stream
from hirenet_sales.data.answer_table import plain_words
from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.encoded_sentences import EncodedSentences
from hirenet_sales.release.train import ModelConfig

SAID = ("I sold cars. They were small cars, and I liked them a lot!", "… And nothing else came up.")


def transcript(text: str, language: str = "en"):
    from dataclasses import replace

    return replace(plain_words(text), language=language)


def test_at_once_and_one_by_one_are_the_same(tmp_path: Path, monkeypatch) -> None:
    given = [transcript(text) for text in SAID]
    encoder = ContextualWords()
    at_once = EncodedSentences(encoder, given, tmp_path / "media")
    for one in given:
        table, texts = at_once.rows(one)
        stream = sentence_stream(one, encoder)
        np.testing.assert_allclose(table.values, stream.values[stream.valid], atol=1e-6)
        np.testing.assert_array_equal(table.spans, stream.spans[stream.valid])
        assert " ".join(texts) == " ".join(word.text for word in one.words)
        assert table.columns == stream.columns
    monkeypatch.setattr(ContextualWords, "encode_texts", None)  # kept: not encoded again
    again = EncodedSentences(encoder, given, tmp_path / "media")
    np.testing.assert_array_equal(again.rows(given[0])[0].values, at_once.rows(given[0])[0].values)


def test_another_language_has_no_rows() -> None:
    encoded = EncodedSentences(ContextualWords(), [], None)
    table, texts = encoded.rows(transcript("Ich habe Autos verkauft.", "de"))
    assert table.values.shape == (0, 384)
    assert texts == ()


def test_a_set_read_sentence_by_sentence(tmp_path: Path) -> None:
    (tmp_path / "answers.csv").write_text(
        f'interview,question,openness,text\na,Why?,0.5,"{SAID[0]}"\n', encoding="utf-8"
    )
    found = load_dataset(
        "recorded", tmp_path, streams=("text",), text="sentences", cache=tmp_path / "cache"
    )
    assert found.words[0][0] == ("I sold cars. They were small cars, and I liked them a lot!",)
    assert found.streams["text"][0][0].shape == (1, 384)


def test_a_model_for_use_reads_words() -> None:
    data = {"name": "siop-2024", "streams": ["text"], "text": "sentences"}
    with pytest.raises(ValueError, match="is for experiments; a report looks for moments among"):
        ModelConfig(kind="model", name="x", model="hirenet", data=data)
