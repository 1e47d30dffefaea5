"""Contributions of every question's streams to the estimates of an interview: Shapley values.

The players are the streams of answers that were read; a coalition is the interview with those alone
(see data/masking.py). Its value is the model's estimate, which for none of them is what is expected
of an interview of which nothing is known: the training mean. Whatever the model, baseline and
contributions sum to the estimate.

Up to `EXACT` players every coalition is read, and the values are exact. Beyond that, random orders
of the players are drawn in pairs of one and its reverse (Mitchell et al. 2022, "Sampling
Permutations for Shapley Value Estimation"). The values of each order sum to the estimate, so their
mean does. The pairs are independent: their spread gives the error of the sampling, which captum's
ShapleyValueSampling does not report; nor does it read a coalition only once that recurs. The exact
values are held against captum's in the tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import mask_of, senses_of
from hirenet_sales.explain.masked_estimates import Estimate, masked_estimates

EXACT = 9  # players: 512 coalitions
PAIRS = 16  # of orders
Player = tuple[int, str]  # index of the answer, and visual, audio or text


@dataclass(frozen=True, eq=False)
class Contributions:
    """Contributions to the K estimates of one interview.

    Attributes
    ----------
    players : P answers (indices) with their streams, in the order of the answers
    baseline, estimate : (K,), without all of them and with all of them
    effects : (P, K), which sum to estimate - baseline
    errors : (P, K), standard errors of the sampling; 0 where exact
    without_stream, without_answer : stream, or index of an answer, to the estimates (K,) without it
    """

    players: tuple[Player, ...]
    baseline: np.ndarray
    estimate: np.ndarray
    effects: np.ndarray
    errors: np.ndarray
    without_stream: dict[str, np.ndarray]
    without_answer: dict[int, np.ndarray]


def contributions(
    estimate: Estimate,
    interviews: InterviewSet,
    senses: Mapping[str, Sequence[str]],
    row: int = 0,
    *,
    pairs: int = PAIRS,
    exact: int = EXACT,
    seed: int = 0,
) -> Contributions:
    """Contributions to the estimates of one interview.

    Parameters
    ----------
    estimate : see `masked_estimates`
    senses : "visual", "audio" and "text", those that the model reads, to its streams of each
    row : index of the interview
    pairs : of orders that are drawn, at least 2
    exact : players up to which every coalition is read
    seed : of the orders; the same one gives the same values
    """
    streams = senses_of(interviews.take([row]), senses)[0]
    players = tuple((q, name) for q, own in enumerate(streams) for name in own)
    count = len(players)
    everyone = np.ones(count, bool)
    without_stream, without_answer = (
        {
            key: np.array([p[part] != key for p in players])
            for key in dict.fromkeys(p[part] for p in players)
        }
        for part in (1, 0)
    )
    sampled = count > exact
    orders = _orders(count, pairs, seed) if sampled else np.zeros((0, count), int)
    prefixes = np.argsort(orders, axis=1)[:, None] < np.arange(count + 1)[:, None]  # (O, P + 1, P)
    every = np.arange(0 if sampled else 2**count)[:, None] >> np.arange(count) & 1  # (2^P, P)
    coalitions = np.concatenate(
        [
            prefixes.reshape(-1, count),
            every.astype(bool),
            np.stack([~everyone, everyone, *without_stream.values(), *without_answer.values()]),
        ]
    )
    distinct, inverse = np.unique(coalitions, axis=0, return_inverse=True)
    masks = [
        mask_of(
            [p for p, present in zip(players, c, strict=True) if not present],
            senses,
            interviews.streams,
        )
        for c in distinct
    ]
    values = masked_estimates(estimate, interviews, row, masks)[inverse.reshape(-1)]
    ordered, of_every, rest = np.split(
        values, np.cumsum([prefixes.shape[0] * (count + 1), len(every)])
    )
    if sampled:
        effects, errors = _sampled(ordered.reshape(len(orders), count + 1, -1), orders)
    else:
        effects = _exact(of_every, every)
        errors = np.zeros_like(effects)
    left_out = iter(rest[2:])
    return Contributions(
        players,
        rest[0],
        rest[1],
        effects,
        errors,
        {str(key): next(left_out) for key in without_stream},
        {int(key): next(left_out) for key in without_answer},
    )


def _orders(count: int, pairs: int, seed: int) -> np.ndarray:
    """Random orders (2 * pairs, count), each followed by its reverse."""
    rng = np.random.default_rng(seed)
    drawn = np.stack([rng.permutation(count) for _ in range(pairs)])
    return np.stack([drawn, drawn[:, ::-1]], axis=1).reshape(-1, count)


def _sampled(values: np.ndarray, orders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Effects (P, K) and standard errors, of the values (O, P + 1, K) of orders (O, P)."""
    gains = np.diff(values, axis=1)  # (O, P, K), of the players in the order of each
    by_player = np.take_along_axis(gains, np.argsort(orders, axis=1)[..., None], axis=1)
    of_pairs = by_player.reshape(-1, 2, *by_player.shape[1:]).mean(1)
    return of_pairs.mean(0), of_pairs.std(0, ddof=1) / np.sqrt(len(of_pairs))


def _exact(values: np.ndarray, every: np.ndarray) -> np.ndarray:
    """Effects (P, K), of the values (2^P, K) of all coalitions (2^P, P) in binary order."""
    count = every.shape[1]
    size = every.sum(1)
    effects = np.zeros((count, values.shape[1]))
    for player in range(count):
        lacking = np.flatnonzero(every[:, player] == 0)
        weight = np.array(
            [factorial(s) * factorial(count - s - 1) / factorial(count) for s in size[lacking]]
        )
        effects[player] = weight @ (values[lacking + 2**player] - values[lacking])
    return effects
