"""A match compares what is particular about a sentence and a question."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.relevance.match import NEIGHBOUR, Matcher, among_neighbours, soft_maximum


def test_what_all_sentences_and_questions_share_does_not_count():
    generator = np.random.default_rng(0)
    vectors, questions = generator.normal(size=(6, 8)), generator.normal(size=(3, 8))
    shared = 50 * generator.normal(size=8)
    plain = Matcher(np.zeros(8), np.zeros(8), 4.0).sentences(vectors, questions)
    shifted = Matcher(shared, -shared, 4.0).sentences(vectors + shared, questions - shared)
    assert plain.shape == (6, 3) and np.abs(plain).max() <= 1 + 1e-9
    assert shifted == pytest.approx(plain)


@pytest.mark.parametrize("sharpness", [2.0, 4.0, 16.0])
def test_the_soft_maximum_lies_between_the_mean_and_the_best(sharpness):
    matches = np.random.default_rng(0).uniform(-0.5, 0.9, (7, 4))
    soft = soft_maximum(matches, sharpness)
    assert (matches.mean(0) < soft).all() and (soft < matches.max(0)).all()
    assert soft_maximum(matches, 0.0) == pytest.approx(matches.mean(0))
    assert soft_maximum(matches, 1e4) == pytest.approx(matches.max(0), abs=1e-3)
    assert soft_maximum(matches[:1], sharpness) == pytest.approx(matches[0])


def test_a_sentence_borrows_from_its_neighbours_alone():
    shown = among_neighbours(np.array([[0.0], [0.0], [1.0], [0.0], [0.0]]))[:, 0]
    share = NEIGHBOUR / (1 + 2 * NEIGHBOUR)
    assert shown == pytest.approx([0.0, share, 1 / (1 + 2 * NEIGHBOUR), share, 0.0])
    assert among_neighbours(np.full((3, 2), 0.4)) == pytest.approx(np.full((3, 2), 0.4))
    assert among_neighbours(np.array([[0.7]])) == pytest.approx(np.array([[0.7]]))
