"""A model's conclusion from one interview: estimates, and the weights behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class StreamConclusion:
    """One stream: which answers have it, and its attention.

    Attributes
    ----------
    valid : bool (Q,), answers that have the stream
    alpha : one (T,) an answer, weights of its steps; None of a model without attention
    beta : (Q,), weights that the stream by itself gives to the answers; None likewise
    """

    valid: np.ndarray
    alpha: list[np.ndarray] | None = None
    beta: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Unasked:
    """What the same answers come to when no question is known.

    Attributes
    ----------
    estimates : (K,), on [0, 1]
    beta : (Q,), weights of the answers
    """

    estimates: np.ndarray
    beta: np.ndarray


@dataclass(frozen=True, eq=False)
class Conclusion:
    """All streams together.

    Attributes
    ----------
    estimates : (K,), on [0, 1]
    answer_estimates : (Q, K); NaN where the model gives no estimate of a single answer
    valid : bool (Q,), answers with any stream
    streams : those that the model reads, by name
    beta : (Q,), weights of the answers; None of a model without attention
    unasked : None of a model that reads no questions
    """

    estimates: np.ndarray
    answer_estimates: np.ndarray
    valid: np.ndarray
    streams: dict[str, StreamConclusion]
    beta: np.ndarray | None = None
    unasked: Unasked | None = None
