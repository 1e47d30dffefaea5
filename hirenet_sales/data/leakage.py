"""How much a split tells about the people of its test part without anything being looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hirenet_sales.data.card import PARTS, card_names, load_card
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.splits import KINDS, Split, make_split
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
    "official" (as distributed, where there is one), "disjoint" (every split that the data card
    fixes, else the default one) and "stratified", each part beside training by its name to

    - n : answers or interviews, whichever are labelled
    - share : of them whose person is in training too
    - look_up : mean 1 - MAE, on targets scaled to [0, 1], of the mean training label of the same
      person, else of all; None without labels
    - mean : the same of the training mean

    A split that cannot be made has a `note` instead.
    """
    rows = _rows(interviews)
    found: dict[str, dict[str, Any]] = {}
    if interviews.official:
        train = rows.official == "train"
        found["official"] = {
            part: _part(rows, train, rows.official == part)
            for part in PARTS[1:]
            if (rows.official == part).any() and train.any()
        }
    card = load_card(interviews.dataset) if interviews.dataset in card_names() else None
    if card is not None and card.disjoint:
        names = np.array([card.source_split(str(person)) for person in rows.people])
        train = names == card.disjoint["train"]
        found["disjoint"] = {
            name: _part(rows, train, names == name)
            for name in card.split_names
            if name != card.disjoint["train"] and (names == name).any() and train.any()
        }
    for kind in KINDS:
        if kind in found or kind in ("official", "questions"):  # the last keeps people apart, too
            continue
        try:
            split = make_split(interviews, kind)
        except DatasetError as error:
            found[kind] = {"note": str(error)}
            continue
        found[kind] = _parts(rows, split)
    return found


def _parts(rows: _Rows, split: Split) -> dict[str, Any]:
    masks = {part: np.isin(rows.ids, getattr(split, part)) for part in PARTS}
    return {part: _part(rows, masks["train"], masks[part]) for part in PARTS[1:]}


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
    known = set(rows.people[train].tolist())
    leaks = np.array([person in known for person in rows.people[part].tolist()], dtype=bool)
    result: dict[str, Any] = {
        "n": int(part.sum()),
        "share": float(leaks.mean()) if len(leaks) else 0.0,
        "look_up": None,
        "mean": None,
    }
    if not _any(rows.labels[train]) or not _any(rows.labels[part]):
        return result
    mean: np.ndarray = np.nanmean(rows.labels[train], axis=0)
    of_person = {
        person: _known_mean(rows.labels[train & (rows.people == person)], mean)
        for person in set(rows.people[part].tolist()) & known
    }
    people = rows.people[part].tolist()
    guesses = np.stack([of_person.get(p, mean) for p in people])
    result["look_up"] = _accuracy(guesses, rows.labels[part])
    result["mean"] = _accuracy(np.broadcast_to(mean, guesses.shape), rows.labels[part])
    return result


def _known_mean(labels: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    known = np.isfinite(labels)
    sums = np.where(known, labels, 0).sum(axis=0)
    return np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), otherwise)


def _any(labels: np.ndarray) -> bool:
    """Whether every target has a label."""
    return bool(len(labels)) and bool(np.isfinite(labels).any(axis=0).all())


def _accuracy(guesses: np.ndarray, labels: np.ndarray) -> float:
    """Mean over targets of 1 - MAE."""
    return float(np.mean(1 - np.nanmean(np.abs(guesses - labels), axis=0)))
