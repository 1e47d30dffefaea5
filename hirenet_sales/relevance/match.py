"""Match of sentences and answers to a question, from vectors of a sentence encoder.

Two sentences of job interviews are alike already in being of job interviews, which would hide what
a question asks for. So what is compared is a sentence without the mean sentence and a question
without the mean question: the cosine of the two rests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEIGHBOUR = 0.5  # weight of the sentence before and of the one after, next to 1 for its own


@dataclass(frozen=True, eq=False)
class Matcher:
    """Compares vectors of sentences with vectors of questions.

    Attributes
    ----------
    sentence_mean, question_mean : (D,), of a reference sample
    sharpness : of the soft maximum over an answer's sentences; 0 is their mean, and the more, the
        closer to the best of them
    """

    sentence_mean: np.ndarray
    question_mean: np.ndarray
    sharpness: float

    def sentences(self, vectors: np.ndarray, questions: np.ndarray) -> np.ndarray:
        """Cosines (T, Q) of sentences (T, D) and questions (Q, D), each without its mean."""
        sentences = _unit(vectors - self.sentence_mean)  # (T, D)
        return np.asarray(sentences @ _unit(questions - self.question_mean).T)

    def answer(self, matches: np.ndarray) -> np.ndarray:
        """Match (Q,) of a whole answer from those of its sentences (T, Q), T at least 1."""
        return soft_maximum(matches, self.sharpness)


def soft_maximum(matches: np.ndarray, sharpness: float) -> np.ndarray:
    """The log of the mean of exp(sharpness * matches) over rows (T, Q), over sharpness: (Q,)."""
    if not sharpness:
        return np.asarray(matches.mean(0))
    top = matches.max(0)
    return np.asarray(top + np.log(np.exp(sharpness * (matches - top)).mean(0)) / sharpness)


def among_neighbours(matches: np.ndarray) -> np.ndarray:
    """Matches (T, Q), each averaged with those of the sentences before and after it.

    A sentence such as "It took us a year." says what it is about only through its neighbours.
    """
    steps = np.arange(len(matches))
    apart = np.abs(steps[:, None] - steps)  # (T, T)
    weights = np.where(apart > 1, 0.0, NEIGHBOUR**apart)
    return np.asarray(weights / weights.sum(1, keepdims=True) @ matches)


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9))
