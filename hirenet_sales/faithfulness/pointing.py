"""Planted interviews as ground truth: whether contributions point at what was planted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.explain.contributions import Contributions
from hirenet_sales.faithfulness.ratio import mean_of
from hirenet_sales.faithfulness.step_order import Steps
from hirenet_sales.traits import TRAITS


def pointing(
    interviews: InterviewSet,
    contributions: Sequence[Contributions],
    scores: Mapping[str, Sequence[np.ndarray]],
) -> dict[str, Any]:
    """How often contributions are highest, and have the right sign, where the signal is planted.

    Interviews whose deciding answer is missing are left out: nothing is planted in them.

    Parameters
    ----------
    interviews : with their planted truth
    contributions : of each interview, to the traits and perhaps more
    scores : stream to one array (S,) an interview, how important each step is

    Returns
    -------
    dict with `planted_n` interviews; `pointing_accuracy`, in how many the question with the
    highest mean absolute contribution over traits is the one that decides; `sign_accuracy`, of how
    many traits the contribution of that question has the sign of what is planted; and
    `step_accuracy`, by stream, in how many the highest score within the deciding answer is that of
    the planted step. Each as value, low and high.

    Raises
    ------
    ValueError
        if nothing is known to be planted in the interviews.
    """
    truth = interviews.planted
    if truth is None:
        raise ValueError(f"{interviews.dataset}: nothing is planted in these interviews")
    some = next(iter(interviews.streams.values()))
    rows = [i for i, q in enumerate(truth.question) if len(some[i][q])]
    people = interviews.people[rows]
    hits, signs = [], []
    for i in rows:
        own = contributions[i]
        shares = np.zeros((len(interviews.questions[i]), len(TRAITS)))
        np.add.at(shares, [answer for answer, _ in own.players], own.effects[:, : len(TRAITS)])
        hits.append(np.abs(shares).mean(1).argmax() == truth.question[i])
        raised = np.full(len(TRAITS), truth.worth[i] > 0)
        raised[TRAITS.index("neuroticism")] ^= True
        signs.append(np.mean((shares[truth.question[i]] > 0) == raised))
    return {
        "planted_n": len(rows),
        "pointing_accuracy": mean_of(np.array(hits, float), people),
        "sign_accuracy": mean_of(np.array(signs), people),
        "step_accuracy": {
            stream: mean_of(np.array([_step_hit(interviews, stream, own, i) for i in rows]), people)
            for stream, own in scores.items()
        },
    }


def _step_hit(interviews: InterviewSet, stream: str, scores: Sequence[np.ndarray], i: int) -> float:
    assert interviews.planted is not None
    question = interviews.planted.question[i]
    lengths = tuple(map(len, interviews.streams[stream][i]))
    within = Steps(i, stream, lengths).by_answer(scores[i])[question]
    return float(within.argmax() == interviews.planted.moments[i][question])
