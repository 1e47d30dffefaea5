"""Moments that a report would show as highlights, against random slices of the same length.

A moment is shown because masking it changes the estimates at least `TIMES` times as much as masking
other moments. So that it does so here, on slices that are drawn anew, is mostly right by
construction: the rule of display is checked, no more. Whether it still does when rows of other
people stand in for it is another question, which was not looked at when it was chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.explain.moment_effects import TIMES, MomentEffects
from hirenet_sales.explain.stretches import Stretch
from hirenet_sales.faithfulness.changes import Subject
from hirenet_sales.faithfulness.donors import Donors
from hirenet_sales.faithfulness.ratio import ratio_of_means

SLICES = 10  # random ones for each moment


@dataclass(frozen=True, eq=False)
class _Slices:
    """A shown moment and the random slices that it is held against."""

    interview: int
    moment: Stretch
    random: list[Stretch]


def shown_moments(effects: MomentEffects, stream: str) -> list[Stretch]:
    """The moments of a stream that a report shows of one interview, answer by answer."""
    answers = dict.fromkeys(m.answer for m in effects.stretches if m.stream == stream)
    return [effects.stretches[k] for q in answers for k in effects.strongest(q, stream)]


def shown_ratios(
    subject: Subject,
    stream: str,
    effects: Sequence[MomentEffects],
    *,
    seed: int,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """How much more the shown moments of a stream change the estimates than random slices.

    Slices are of the same answer, or of the interview's other answers where it has no other slice
    of that length; they may be shown moments themselves, but do not overlap the one that they are
    compared with.

    Parameters
    ----------
    effects : of each interview
    seed : of the slices, and of the rows that stand in

    Returns
    -------
    dict with `moments`, how many of the stream were measured; `shown`, how many of them are;
    `compared`, how many have a slice to be compared with; `shown_ratio`, mean change when they are
    removed by that when slices are, and `shown_ratio_replaced`, when rows of other people stand in,
    each value, low and high, None without any or where slices change nothing at all; and `holds`,
    whether the shown moments that are removed change the estimates 3 times as much.
    """
    rng = np.random.default_rng([seed, 1])
    counted = sum(m.stream == stream for one in effects for m in one.stretches)
    own = [shown_moments(one, stream) for one in effects]
    drawn = [
        _Slices(i, moment, slices)
        for i, moments in enumerate(own)
        for moment in moments
        if (slices := _random_slices(subject.interviews, i, moment, rng))
    ]
    result: dict[str, Any] = {
        "moments": counted,
        "shown": sum(map(len, own)),
        "compared": len(drawn),
        "shown_ratio": None,
        "shown_ratio_replaced": None,
        "holds": False,
    }
    if not drawn:
        return result
    stretches = [(d.interview, m) for d in drawn for m in (d.moment, *d.random)]
    rows = [i for i, _ in stretches]
    masks = [{(m.answer, m.stream): m.steps} for _, m in stretches]
    ends = np.cumsum([1 + len(d.random) for d in drawn])[:-1]
    people = subject.interviews.people[[d.interview for d in drawn]]
    donors = Donors.of(subject.interviews, stream)
    stage = f"shown moments, {stream}"
    for name, changes in (
        ("shown_ratio", subject.masked_changes(rows, masks, progress, stage)),
        ("shown_ratio_replaced", subject.replaced_changes(rows, masks, donors, seed)),
    ):
        groups = np.split(changes, ends)
        moment = np.array([group[0] for group in groups])
        random = np.array([group[1:].mean() for group in groups])
        result[name] = ratio_of_means(moment, random, people)
        if name == "shown_ratio":
            result["holds"] = bool(moment.mean() >= TIMES * random.mean() and moment.any())
    return result


def _random_slices(
    interviews: InterviewSet, row: int, moment: Stretch, rng: np.random.Generator
) -> list[Stretch]:
    """Slices as long as a moment, without it, at random; [] where there is no room for one."""
    answers = interviews.streams[moment.stream][row]
    slices = [
        Stretch(answer, moment.stream, first, first + len(moment) - 1)
        for answer, rows in enumerate(answers)
        for first in range(len(rows) - len(moment) + 1)
    ]
    others = [other for other in slices if not other.overlaps(moment)]
    own = [other for other in others if other.answer == moment.answer] or others
    return [own[k] for k in rng.permutation(len(own))[:SLICES]]
