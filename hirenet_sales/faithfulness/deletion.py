"""Deletion and insertion curves of the steps of one stream, in several orders, against random ones.

Deletion takes the first steps of an order away and insertion leaves only them; the other streams
stay whole. A change is the mean over traits of the absolute change of the estimates, in standard
deviations of the estimates of the interviews. Comprehensiveness and sufficiency (DeYoung et al.
2020, ERASER, section 4.2) are the means over the shares of the changes by deletion, high where the
order is faithful, and by insertion, low where it is.

An order by what each step changes when it is removed alone is partly right by construction where
removal is the judge, too. So every order is judged a second time by replacement: the chosen steps
become rows of other people, drawn at random, which no order has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.masking import Mask
from hirenet_sales.faithfulness.changes import Subject
from hirenet_sales.faithfulness.donors import Donors
from hirenet_sales.faithfulness.ratio import mean_of, ratio_of_means
from hirenet_sales.faithfulness.step_order import EFFECT, Steps

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
RATIO_SHARE = 0.2  # at which an order is compared with a random one
RANDOM = "random"
DRAWS = 10  # random orders of each interview; their changes are averaged
LEAST_STEPS = 2  # of the stream in an interview: of one step there is no order


def deletion_curves(
    subject: Subject,
    steps: Sequence[Steps],
    scores: Mapping[str, Sequence[np.ndarray]],
    *,
    seed: int,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Curves, comprehensiveness, sufficiency and ratios of every order of one stream.

    Parameters
    ----------
    steps : of the stream, one an interview
    scores : order to one array (S,) an interview; the highest goes first
    seed : of random orders and of the rows that stand in

    Returns
    -------
    dict with `n`, interviews of two steps or more; `steps`, theirs; `shares`; `orders.<name>` with
    `deletion` and `insertion`, a mean for each share, and `comprehensiveness` and `sufficiency`, of
    `random` too; and `ratios.<name>` with `removed` and `replaced`: the change when the first 20 %
    of the steps go, by that when as many random ones do, each value, low and high. {} where no
    interview has two steps.
    """
    usable = [own for own in steps if len(own) >= LEAST_STEPS]
    if not usable:
        return {}
    stream = usable[0].stream
    rng = np.random.default_rng(seed)
    orders: dict[str, list[list[np.ndarray]]] = {
        name: [[np.argsort(-of[own.interview], kind="stable")] for own in usable]
        for name, of in scores.items()
    }
    orders[RANDOM] = [[rng.permutation(len(own)) for _ in range(DRAWS)] for own in usable]
    keys, rows, masks = _masks(usable, orders)
    stage = f"deletion, {stream}"
    by = _table(keys, rows, subject.masked_changes(rows, masks, progress, stage))
    at_ratio = [k for k, key in enumerate(keys) if key[1:] == (RATIO_SHARE, "deletion")]
    keys = [keys[k] for k in at_ratio]
    rows, masks = [rows[k] for k in at_ratio], [masks[k] for k in at_ratio]
    donors, stage = Donors.of(subject.interviews, stream), f"replacement, {stream}"
    replaced = subject.replaced_changes(rows, masks, donors, seed, progress, stage)
    stand_in = _table(keys, rows, replaced)
    people = subject.interviews.people[[own.interview for own in usable]]
    result: dict[str, Any] = {"orders": {}, "ratios": {}}
    for name in orders:
        changes = {
            kind: np.stack([by[name, share, kind] for share in SHARES], axis=1)  # (R, shares)
            for kind in ("deletion", "insertion")
        }
        result["orders"][name] = {
            **{kind: values.mean(0).tolist() for kind, values in changes.items()},
            "comprehensiveness": mean_of(changes["deletion"].mean(1), people),
            "sufficiency": mean_of(changes["insertion"].mean(1), people),
        }
        if name != RANDOM:
            at = (RATIO_SHARE, "deletion")
            result["ratios"][name] = {
                way: ratio_of_means(own[name, *at], own[RANDOM, *at], people)
                for way, own in (("removed", by), ("replaced", stand_in))
            }
    return {
        "n": len(usable),
        "steps": sum(map(len, usable)),
        "shares": list(SHARES),
        **result,
        "deletion_ratio": result["ratios"].get(EFFECT, {}).get("removed"),
        "deletion_ratio_replaced": result["ratios"].get(EFFECT, {}).get("replaced"),
    }


def taken(steps: int, share: float) -> int:
    """How many of the steps a share is: at least one, and never all.

    >>> taken(3, 0.2), taken(40, 0.2), taken(2, 0.9)
    (1, 8, 1)
    """
    return min(max(1, round(share * steps)), steps - 1)


Key = tuple[str, float, str]  # an order, a share, and deletion or insertion


def _masks(
    usable: Sequence[Steps], orders: Mapping[str, Sequence[Sequence[np.ndarray]]]
) -> tuple[list[Key], list[int], list[Mask]]:
    """What every masked copy is, its interview, and its mask."""
    keys, rows, masks = [], [], []
    for name, by_interview in orders.items():
        for own, drawn in zip(usable, by_interview, strict=True):
            for order in drawn:
                for share in SHARES:
                    count = taken(len(own), share)
                    for kind, chosen in (("deletion", order[:count]), ("insertion", order[count:])):
                        keys.append((name, share, kind))
                        rows.append(own.interview)
                        masks.append(own.mask(chosen))
    return keys, rows, masks


def _table(keys: Sequence[Key], rows: Sequence[int], changes: np.ndarray) -> dict[Key, np.ndarray]:
    """Mean change (R,) of every interview in order by key, over the draws of a random order."""
    frame = pd.Series(changes).groupby([pd.Series(keys), pd.Series(rows)], sort=True).mean()
    return {key: own.to_numpy() for key, own in frame.groupby(level=0)}
