"""Values of interest and the moments with the highest weight."""

from __future__ import annotations

import numpy as np

PHRASE_SHARE = 0.5  # a neighbouring word joins a phrase if it weighs at least half of its peak
PHRASE_WORDS = 6


def value_of_interest(weights: np.ndarray) -> np.ndarray:
    """Attention (T,) times the number of steps, so that 1.0 is average whatever the length.

    Hemamou et al. 2019, section "Attention visualization".
    """
    return weights * len(weights)


def strongest_steps(value: np.ndarray, count: int) -> list[int]:
    """At most `count` steps, strongest first; of neighbouring steps only the stronger.

    One step of a stream that has no other is no highlight of it: nothing weighed less.
    """
    if len(value) < 2:
        return []
    chosen: list[int] = []
    for step in np.argsort(-value, kind="stable"):
        if len(chosen) == count or value[step] < 1.0:
            break
        if all(abs(step - other) > 1 for other in chosen):
            chosen.append(int(step))
    return chosen


def strongest_phrases(value: np.ndarray, rows: np.ndarray, count: int) -> list[tuple[int, int]]:
    """At most `count` runs of words about the strongest ones, first and last step of each.

    `value` (T,) is that of the words that were read, `rows` (T,) are their indices in the
    transcript; a word that was not read ends a phrase.
    """
    taken = np.zeros(len(value), dtype=bool)
    phrases: list[tuple[int, int]] = []
    for peak in np.argsort(-value, kind="stable"):
        if len(phrases) == count or len(value) < 2 or value[peak] < 1.0:
            break
        if taken[peak]:
            continue
        first = last = int(peak)
        floor = PHRASE_SHARE * value[peak]
        while last - first + 1 < PHRASE_WORDS:
            left = first - 1 if first > 0 and rows[first] - rows[first - 1] == 1 else -1
            right = last + 1 if last + 1 < len(value) and rows[last + 1] - rows[last] == 1 else -1
            options = [s for s in (left, right) if s >= 0 and not taken[s] and value[s] >= floor]
            if not options:
                break
            best = max(options, key=lambda s: value[s])
            first, last = min(first, best), max(last, best)
        taken[max(0, first - 1) : last + 2] = True
        phrases.append((first, last))
    return phrases
