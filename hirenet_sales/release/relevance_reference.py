"""Making the reference of relevance from answers whose questions are in their texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hirenet_sales.data.answer_sentences import AnswerSentences
from hirenet_sales.relevance.match import Matcher, among_neighbours
from hirenet_sales.relevance.reference import Reference, percentiles

SHARPNESSES = (0.0, 2.0, 4.0, 8.0, 16.0, 32.0)
FOLDS = 3  # of people, and of questions


@dataclass(frozen=True)
class Trial:
    """How well one sharpness finds the right question, over people and questions left out.

    Attributes
    ----------
    sharpness : see Matcher
    among_own, of_all : share of answers whose own question is the best match
    rank : mean of 1 over the rank of the right one among all questions
    """

    sharpness: float
    among_own: float
    of_all: float
    rank: float


def fit_reference(
    samples: Sequence[AnswerSentences], encoder_sha256: str, sources: Sequence[dict[str, Any]]
) -> tuple[Reference, list[Trial]]:
    """The reference of several samples, and the trials that decided its sharpness.

    The sharpness is the one with the best reciprocal rank. Ranks and percentiles are of answers
    whose person and question were left out of the means. Every question counts the same, however
    many answered it.
    """
    pool = _pooled(samples)
    weights = _weights(pool)
    held_out = {sharpness: _held_out(pool, sharpness) for sharpness in SHARPNESSES}
    trials = [_trial(pool, weights, *of) for of in held_out.items()]
    best = max(trials, key=lambda trial: trial.rank).sharpness
    own: tuple[list[float], list[float]] = [], []
    other: tuple[list[float], list[float]] = [], []
    sentences: tuple[list[float], list[float]] = [], []
    for right, weight, (matches, whole) in zip(pool.question, weights, held_out[best], strict=True):
        wrong = np.arange(len(whole)) != right
        _add(own, whole[[right]], weight)
        _add(other, whole[wrong], weight)
        _add(sentences, among_neighbours(matches)[:, wrong].ravel(), weight)
    reference = Reference(
        encoder_sha256,
        fit_means(pool, np.ones(len(pool), bool), best),
        percentiles(*own),
        percentiles(*other),
        percentiles(*sentences),
        tuple(sources),
    )
    return reference, trials


def fit_means(pool: AnswerSentences, used: np.ndarray, sharpness: float) -> Matcher:
    """A matcher with the means of the answers that are used, bool (N,), and of their questions."""
    weights = _weights(pool)[used]
    vectors = [pool.vectors[row].mean(0) for row in np.flatnonzero(used)]
    asked = sorted({int(q) for q in pool.question[used]})
    return Matcher(
        np.average(vectors, axis=0, weights=weights),
        pool.question_vectors[asked].mean(0),
        sharpness,
    )


def _held_out(pool: AnswerSentences, sharpness: float) -> list[tuple[np.ndarray, np.ndarray]]:
    """Matches (T, Q) of the sentences and (Q,) of the whole of every answer, left out of the means.

    So are its person and its question.
    """
    random = np.random.default_rng(0)
    names = sorted(set(pool.people))
    of_person = dict(zip(names, random.permutation(len(names)) % FOLDS, strict=True))
    person_fold = np.array([of_person[person] for person in pool.people])
    question_fold = (random.permutation(len(pool.questions)) % FOLDS)[pool.question]
    matchers = {
        (people, questions): fit_means(
            pool, (person_fold != people) & (question_fold != questions), sharpness
        )
        for people in range(FOLDS)
        for questions in range(FOLDS)
    }
    result = []
    for vectors, people, questions in zip(pool.vectors, person_fold, question_fold, strict=True):
        matcher = matchers[people, questions]
        matches = matcher.sentences(vectors, pool.question_vectors)
        result.append((matches, matcher.answer(matches)))
    return result


def _trial(
    pool: AnswerSentences,
    weights: np.ndarray,
    sharpness: float,
    held_out: Sequence[tuple[np.ndarray, np.ndarray]],
) -> Trial:
    ranks = np.zeros(len(pool))
    right_of_own = np.zeros(len(pool), bool)
    for row, (_, whole) in enumerate(held_out):
        own = pool.own_questions(row)
        ranks[row] = 1 + (whole > whole[own[0]]).sum()
        right_of_own[row] = whole[own].argmax() == 0
    return Trial(
        sharpness,
        float(np.average(right_of_own, weights=weights)),
        float(np.average(ranks == 1, weights=weights)),
        float(np.average(1 / ranks, weights=weights)),
    )


def _pooled(samples: Sequence[AnswerSentences]) -> AnswerSentences:
    offsets = np.cumsum([0, *(len(sample.questions) for sample in samples)])
    return AnswerSentences(
        np.concatenate([sample.people for sample in samples]),
        np.concatenate([sample.parts for sample in samples]),
        np.concatenate([s.question + n for s, n in zip(samples, offsets[:-1], strict=True)]),
        tuple(text for sample in samples for text in sample.questions),
        np.concatenate([sample.question_vectors for sample in samples]),
        [vectors for sample in samples for vectors in sample.vectors],
    )


def _weights(pool: AnswerSentences) -> np.ndarray:
    counts = np.bincount(pool.question, minlength=len(pool.questions))
    return np.asarray(1.0 / counts[pool.question])


def _add(sample: tuple[list[float], list[float]], values: np.ndarray, weight: float) -> None:
    """Add values that together have a weight."""
    sample[0].extend(values.tolist())
    sample[1].extend([weight / len(values)] * len(values))
