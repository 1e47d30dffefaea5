"""How much a split reveals about the people of its test part before any model reads an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hirenet_sales.data.card import PARTS, card_names, load_card
from hirenet_sales.data.interview_set import InterviewSet, mean_labels
from hirenet_sales.data.splits import KINDS, make_split
from hirenet_sales.errors import DatasetError


@dataclass(frozen=True, eq=False)
class _Rows:
    """What is labelled: labels (M, K) on [0, 1], people (M,), ids (M,), official parts (M,)."""

    labels: np.ndarray
    people: np.ndarray
    ids: np.ndarray
    official: np.ndarray


def leakage(interviews: InterviewSet) -> dict[str, dict[str, Any]]:
    """What leaks in each kind of split.

    Returns
    -------
    "official" (as distributed, where it exists), "disjoint" (every split that the data card
    fixes, else the default one) and "stratified", each part beside training by its name to

    - n : answers or interviews, whichever are labelled
    - share : of them whose person is in training too
    - look_up : mean 1 - MAE, on targets scaled to [0, 1], of the mean training label of the same
      person, else of all; None without labels
    - mean : the same of the training mean

    A split that cannot be made has a `note` instead.
    """
    rows = _rows(interviews)
    result: dict[str, dict[str, Any]] = {}
    if interviews.official:
        train = rows.official == "train"
        result["official"] = {
            part: _part(rows, train, rows.official == part)
            for part in PARTS[1:]
            if (rows.official == part).any() and train.any()
        }
    card = load_card(interviews.dataset) if interviews.dataset in card_names() else None
    if card is not None and card.disjoint:
        names = np.array([card.source_split(str(person)) for person in rows.people])
        train = names == card.disjoint["train"]
        result["disjoint"] = {
            name: _part(rows, train, names == name)
            for name in card.split_names
            if name != card.disjoint["train"] and (names == name).any() and train.any()
        }
    for kind in KINDS:
        if kind in result or kind in ("official", "questions"):  # the last keeps people apart, too
            continue
        try:
            split = make_split(interviews, kind)
        except DatasetError as error:
            result[kind] = {"note": str(error)}
            continue
        masks = {part: np.isin(rows.ids, getattr(split, part)) for part in PARTS}
        result[kind] = {part: _part(rows, masks["train"], masks[part]) for part in PARTS[1:]}
    return result


def _rows(interviews: InterviewSet) -> _Rows:
    low = np.array([target.low for target in interviews.targets])
    high = np.array([target.high for target in interviews.targets])
    counts = [1] * len(interviews)
    labels = interviews.labels
    official = [parts[:1] for parts in interviews.official] or [("",)] * len(interviews)
    if interviews.answer_labels is not None:
        counts = [len(asked) for asked in interviews.questions]
        labels = np.concatenate(interviews.answer_labels)
        official = list(interviews.official) or [("",) * n for n in counts]
    return _Rows(
        (labels - low) / (high - low),
        np.repeat(interviews.people, counts),
        np.repeat(np.array(interviews.ids), counts),
        np.array([part for parts in official for part in parts]),
    )


def _part(rows: _Rows, train: np.ndarray, part: np.ndarray) -> dict[str, Any]:
    people, labels = rows.people[part], rows.labels[part]
    leaks = np.isin(people, rows.people[train])
    result: dict[str, Any] = {
        "n": int(part.sum()),
        "share": float(leaks.mean()) if len(leaks) else 0.0,
        "look_up": None,
        "mean": None,
    }
    if not _every_target(rows.labels[train]) or not _every_target(labels):
        return result
    mean: np.ndarray = np.nanmean(rows.labels[train], axis=0)
    own = {
        person: mean_labels([rows.labels[train & (rows.people == person)]])[0]
        for person in set(people[leaks].tolist())
    }
    guesses = np.stack([own.get(person, mean) for person in people.tolist()])
    guesses = np.where(np.isnan(guesses), mean, guesses)
    result["look_up"] = _accuracy(guesses, labels)
    result["mean"] = _accuracy(np.broadcast_to(mean, guesses.shape), labels)
    return result


def _every_target(labels: np.ndarray) -> bool:
    """Whether every target has a label."""
    return bool(np.isfinite(labels).any(axis=0).all()) and len(labels) > 0


def _accuracy(guesses: np.ndarray, labels: np.ndarray) -> float:
    """Mean over targets of 1 - MAE."""
    return float(np.mean(1 - np.nanmean(np.abs(guesses - labels), axis=0)))
