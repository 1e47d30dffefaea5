"""A reference learns what all questions share, and chooses how sentences add up."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.data.answer_sentences import AnswerSentences
from hirenet_sales.release.relevance_reference import fit_means, fit_reference

DIMENSIONS, QUESTIONS, PEOPLE = 24, 8, 12


def planted(on_topic: int = 1, sentences: int = 5, seed: int = 0) -> AnswerSentences:
    """Answers of which some sentences are about their question, among much that all share."""
    generator = np.random.default_rng(seed)
    shared = 2 * generator.normal(size=DIMENSIONS)
    topics = generator.normal(size=(QUESTIONS, DIMENSIONS))
    people, question, vectors = [], [], []
    for person in range(PEOPLE):
        for q in generator.permutation(QUESTIONS)[:4]:
            rows = shared + generator.normal(size=(sentences, DIMENSIONS))
            rows[:on_topic] += 2.5 * topics[q]
            people.append(f"p{person}")
            question.append(q)
            vectors.append(rows)
    return AnswerSentences(
        np.array(people),
        np.full(len(people), "train"),
        np.array(question),
        tuple(f"question {q}" for q in range(QUESTIONS)),
        topics + shared,
        vectors,
    )


def test_one_telling_sentence_of_many_asks_for_a_sharp_maximum():
    reference, trials = fit_reference([planted()], "0" * 64, [{"dataset": "planted"}])
    by_sharpness = {trial.sharpness: trial for trial in trials}
    assert reference.matcher.sharpness > 0
    best = by_sharpness[reference.matcher.sharpness]
    assert best.rank == max(trial.rank for trial in trials)
    assert best.of_all > by_sharpness[0.0].of_all + 0.1
    assert best.among_own >= best.of_all
    assert reference.better_than_others(float(np.median(reference.answers_own))) > 95
    assert reference.sources == ({"dataset": "planted"},)


def test_every_question_counts_the_same():
    sample = planted()
    many = AnswerSentences(
        np.append(sample.people, ["x"] * 500),
        np.full(len(sample) + 500, "train"),
        np.append(sample.question, [0] * 500),
        sample.questions,
        sample.question_vectors,
        sample.vectors + sample.vectors[:1] * 500,
    )
    one, other = (fit_means(s, np.ones(len(s), bool), 4.0) for s in (sample, many))
    moved = np.linalg.norm(one.sentence_mean - other.sentence_mean)
    assert moved < np.linalg.norm(one.sentence_mean - sample.vectors[0].mean(0)) / 4
    assert one.question_mean == pytest.approx(other.question_mean)


def test_two_samples_share_one_reference():
    one, other = planted(), planted(seed=1)
    reference, _ = fit_reference([one, other], "0" * 64, [])
    means = [fit_means(s, np.ones(len(s), bool), 0.0).sentence_mean for s in (one, other)]
    assert reference.matcher.sentence_mean == pytest.approx(np.mean(means, axis=0))
