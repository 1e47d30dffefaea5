"""Effects of the moments of an answer: the signed change of the estimates when one is masked.

Masking anything changes an estimate a little. So the effect of a moment is held against those of
other moments of the same length in the same answer and stream that do not overlap it, random ones
and those that are measured besides; where an answer has fewer than `LEAST`, against those of all
answers of the interview. A moment that is all of an answer's stream is not measured: its effect is
the stream's. An effect is measurable, and may be shown, where it passes three bars, which together
are its interval about zero:

- chance: the ends of a normal distribution with the mean and spread of the others, at such a level
  that of all effects beyond theirs 5 % are expected there by chance: the false discovery rate over
  all moments and estimates of a stream (Benjamini and Hochberg 1995), since of forty moments two
  would stand out at the usual 5 %;
- size: `TIMES` times the mean absolute effect of the others;
- sight: `SMALLEST` of the scale of an estimate, since less would not be seen in it.
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
HIGHLIGHTS = 3  # of a stream of an answer
WHOLE = "the answer is a single moment of this stream, whose effect is the stream's contribution"
TIMES = 3
SMALLEST = 0.001  # effect that counts, as a share of an estimate's scale


@dataclass(frozen=True, eq=False)
class MomentEffects:
    """Effects of M moments on K estimates.

    Attributes
    ----------
    stretches : the M that were measured
    effects : (M, K), estimate minus estimate without the moment: above zero, it raises it
    low, high : (M, K), of other moments, low <= 0 <= high: what lies outside is measurable
    times : (M,), how often the mean of the other moments' effects, over all estimates, each is
    unmeasured : (answer, stream) to the reason why none of it was measured, in words
    scale : (K,), from the lowest to the highest possible value of each estimate
    """

    stretches: tuple[Stretch, ...]
    effects: np.ndarray
    low: np.ndarray
    high: np.ndarray
    times: np.ndarray
    unmeasured: dict[tuple[int, str], str]
    scale: np.ndarray

    @property
    def signs(self) -> np.ndarray:
        """(M, K): 1 raises, -1 lowers, 0 has no measurable effect."""
        signs: np.ndarray = (self.effects > self.high) * 1 - (self.effects < self.low) * 1
        return signs

    def strongest(self, answer: int, stream: str, most: int = HIGHLIGHTS) -> list[int]:
        """Numbers of the moments of a stream of an answer that are shown, the strongest first.

        They are measurable and, over all estimates, `TIMES` times as strong as others.
        """
        size = np.abs(self.effects / self.scale).sum(1)
        chosen = [
            k
            for k, m in enumerate(self.stretches)
            if (m.answer, m.stream) == (answer, stream)
            if self.times[k] >= TIMES and self.signs[k].any()
        ]
        return sorted(chosen, key=lambda k: -size[k])[:most]


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
    whole = {(m.answer, m.stream) for m in stretches if len(m) == _steps(interviews, row, m)}
    parts = [m for m in stretches if (m.answer, m.stream) not in whole]
    distinct = list(dict.fromkeys([*parts, *random]))
    masks = [{}, *({(m.answer, m.stream): m.steps} for m in distinct)]
    values = masked_estimates(estimate, interviews, row, masks)
    effect_of = dict(zip(distinct, values[0] - values[1:], strict=True))
    measured: list[Stretch] = []
    nulls: list[np.ndarray] = []
    few: dict[tuple[int, str], int] = {}
    for moment in parts:
        others = _compared(moment, distinct)
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
    means = np.array([np.abs(null).mean(0) for null in nulls]).reshape(effects.shape)
    least = np.maximum(SMALLEST * scale, TIMES * means)
    times = np.abs(effects / scale).sum(1) / np.maximum((means / scale).sum(1), 1e-9)
    return MomentEffects(
        tuple(measured),
        effects,
        np.minimum(low, -least),
        np.maximum(high, least),
        times,
        reasons,
        scale,
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


def _compared(moment: Stretch, moments: Sequence[Stretch]) -> list[Stretch]:
    """Those of the moments that one is held against."""
    alike = [
        other
        for other in moments
        if other.stream == moment.stream
        and len(other) == len(moment)
        and not other.overlaps(moment)
    ]
    own = [other for other in alike if other.answer == moment.answer]
    return own if len(own) >= LEAST else alike


def _intervals(effects: np.ndarray, nulls: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Ends (M, K) of what chance reaches, of the effects (n, K) of other moments each."""
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
