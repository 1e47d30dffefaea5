"""Effects of the moments of an answer: the signed change of the estimates when one is masked.

Masking anything changes an estimate a little. So the effect of a moment is held against those of
random moments of the same length in the same answer and stream that do not overlap it; where an
answer has fewer than `LEAST` of them, against those of all answers of the interview. The interval
is that of a normal distribution with their mean and spread, at such a level that of all effects
beyond theirs 5 % are expected there by chance: the false discovery rate over all moments and
estimates of a stream (Benjamini and Hochberg 1995), since of forty phrases two would stand out at
the usual 5 %. It is never narrower than `SMALLEST` about zero, which nobody would see. A moment
that is all of an answer's stream is not measured: its effect is the stream's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.explain.masked_estimates import Estimate, masked_estimates
from hirenet_sales.explain.stretches import Stretch

DRAWS = 16  # random moments of one length in one stream of an answer, at most
LEAST = 8
CHANCE = 0.05
WHOLE = "the answer is a single moment of this stream, whose effect is the stream's contribution"
SMALLEST = 0.001  # effect that counts, as a share of an estimate's scale


@dataclass(frozen=True, eq=False)
class MomentEffects:
    """Effects of M moments on K estimates.

    Attributes
    ----------
    stretches : the M that were measured
    effects : (M, K), estimate minus estimate without the moment: above zero, it raises it
    low, high : (M, K), of random moments, low <= 0 <= high: what lies outside is measurable
    unmeasured : (answer, stream) to the reason why none of it was measured, in words
    """

    stretches: tuple[Stretch, ...]
    effects: np.ndarray
    low: np.ndarray
    high: np.ndarray
    unmeasured: dict[tuple[int, str], str]

    @property
    def signs(self) -> np.ndarray:
        """(M, K): 1 raises, -1 lowers, 0 has no measurable effect."""
        signs: np.ndarray = (self.effects > self.high) * 1 - (self.effects < self.low) * 1
        return signs


def moment_effects(
    estimate: Estimate,
    interviews: InterviewSet,
    row: int,
    stretches: Sequence[Stretch],
    scale: np.ndarray,
    *,
    seed: int = 0,
) -> MomentEffects:
    """Effects of the stretches of one interview.

    Parameters
    ----------
    estimate : see `masked_estimates`
    row : index of the interview
    stretches : see `stretches_of`
    scale : (K,), from the lowest to the highest possible value of each estimate
    seed : of the random moments
    """
    random = _random_moments(interviews, row, stretches, np.random.default_rng(seed))
    distinct = list(dict.fromkeys([*stretches, *random]))
    masks = [{}, *({(m.answer, m.stream): m.steps} for m in distinct)]
    values = masked_estimates(estimate, interviews, row, masks)
    effect_of = dict(zip(distinct, values[0] - values[1:], strict=True))
    whole = {(m.answer, m.stream) for m in stretches if len(m) == _steps(interviews, row, m)}
    measured: list[Stretch] = []
    nulls: list[np.ndarray] = []
    few: dict[tuple[int, str], int] = {}
    for moment in stretches:
        if (moment.answer, moment.stream) in whole:
            continue
        others = _compared(moment, random)
        if len(others) < LEAST:
            few[moment.answer, moment.stream] = len(others)
            continue
        measured.append(moment)
        nulls.append(np.array([effect_of[other] for other in others]))
    effects = np.array([effect_of[m] for m in measured]).reshape(-1, values.shape[1])
    low, high = np.zeros_like(effects), np.zeros_like(effects)
    for stream in dict.fromkeys(m.stream for m in measured):
        own = [k for k, m in enumerate(measured) if m.stream == stream]
        low[own], high[own] = _intervals(effects[own], [nulls[k] for k in own])
    reasons = dict.fromkeys(whole, WHOLE) | {
        at: f"only {count} other moments of the same length can be compared with one; at least "
        f"{LEAST} are needed to tell an effect from chance"
        for at, count in few.items()
        if not any((m.answer, m.stream) == at for m in measured)
    }
    small = SMALLEST * scale
    return MomentEffects(
        tuple(measured), effects, np.minimum(low, -small), np.maximum(high, small), reasons
    )


def _random_moments(
    interviews: InterviewSet, row: int, stretches: Sequence[Stretch], rng: np.random.Generator
) -> list[Stretch]:
    """Random moments of every length that occurs in a stream of an answer, each once."""
    result = []
    for answer, stream, length in dict.fromkeys((m.answer, m.stream, len(m)) for m in stretches):
        starts = np.arange(len(interviews.streams[stream][row][answer]) - length + 1)
        if len(starts) == 1:
            continue
        if len(starts) > DRAWS:
            starts = np.sort(rng.choice(starts, DRAWS, replace=False))
        result += [Stretch(answer, stream, int(s), int(s) + length - 1) for s in starts]
    return result


def _steps(interviews: InterviewSet, row: int, moment: Stretch) -> int:
    """All steps of the stream of the answer that a moment is of."""
    return len(interviews.streams[moment.stream][row][moment.answer])


def _compared(moment: Stretch, random: Sequence[Stretch]) -> list[Stretch]:
    """The random moments that one is held against."""
    alike = [
        other
        for other in random
        if other.stream == moment.stream
        and len(other) == len(moment)
        and not other.overlaps(moment)
    ]
    own = [other for other in alike if other.answer == moment.answer]
    return own if len(own) >= LEAST else alike


def _intervals(effects: np.ndarray, nulls: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Ends (M, K) of the intervals of random moments, (n, K) each, see the module."""
    counts = np.array([len(null) for null in nulls])[:, None]  # (M, 1)
    mean = np.array([null.mean(0) for null in nulls])
    spread = np.array([null.std(0, ddof=1) for null in nulls]) * np.sqrt(1 + 1 / counts)
    distance = np.abs(effects - mean) / np.maximum(spread, 1e-9)
    chance = np.sort(2 * student.sf(distance, counts - 1), axis=None)
    line = CHANCE * np.arange(1, chance.size + 1) / chance.size
    below = np.flatnonzero(chance <= line)
    level = line[below[-1]] if len(below) else line[0]
    reach = student.isf(level / 2, counts - 1) * spread
    return mean - reach, mean + reach
