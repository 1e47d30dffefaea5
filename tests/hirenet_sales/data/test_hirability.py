"""Votes of recruiters: the majority decides, a tie is hirable."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from toy_tables import write_csv, write_hirability

from hirenet_sales.data.catalogue import load_dataset
from hirenet_sales.data.completeness import summarised
from hirenet_sales.data.sets.hirability import hirable
from hirenet_sales.errors import DatasetError


def load(root: Path):
    return load_dataset("hirability", root, streams=("text",), cache=root / "cache")


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ({"a": ["like"]}, 1),
        ({"a": ["dislike"]}, 0),
        ({"a": ["shortlist"], "b": ["dislike"]}, 1),  # a tie
        ({"a": ["like"], "b": ["dislike"], "c": ["dislike"]}, 0),
        ({"a": ["like"], "b": ["shortlist"], "c": ["dislike"]}, 1),
        ({"a": ["dislike", "like", "shortlist"]}, 1),  # one recruiter has one vote
        ({"a": ["like", "like", "like"], "b": ["dislike"], "c": ["dislike"]}, 0),
    ],
)
def test_majority(votes: dict[str, list[str]], expected: int) -> None:
    assert hirable(votes) == expected


def test_labels_are_those_of_the_votes(tmp_path: Path) -> None:
    write_hirability(tmp_path)
    found = load(tmp_path)
    with (tmp_path / "votes.csv").open() as file:
        rows = list(csv.DictReader(file))
    for name, label, position in zip(found.ids, found.labels, found.positions, strict=True):
        ayes = [r["vote"] != "dislike" for r in rows if r["candidate"] == name]
        assert label == (2 * sum(ayes) >= len(ayes))
        assert position == f"job {int(name[1:]) % 2}"
    assert found.targets[0].kind == "binary"
    assert set(found.labels[:, 0]) == {0, 1}


def test_candidates_without_votes_and_votes_without_candidates(tmp_path: Path) -> None:
    write_hirability(tmp_path)
    write_csv(
        tmp_path / "votes.csv",
        [
            {"candidate": "c0", "recruiter": "r", "vote": "Like"},
            {"candidate": "nobody", "recruiter": "r", "vote": "like"},
        ],
    )
    found = load(tmp_path)
    assert np.isfinite(found.labels[:, 0]).tolist() == [name == "c0" for name in found.ids]
    assert summarised(found.completeness.shortfalls) == [
        "votes.csv: nobody: candidate with votes, but without an answer.",
        "9 times: candidate without a vote, so without a label: c1 (votes.csv), c2 (votes.csv), "
        "c3 (votes.csv) and 6 more.",
    ]


def test_bad_votes_at_once(tmp_path: Path) -> None:
    write_hirability(tmp_path)
    rows = [
        {"candidate": "c0", "recruiter": "r", "vote": "shortlisted"},
        {"candidate": "c0", "recruiter": "", "vote": "like"},
    ]
    write_csv(tmp_path / "votes.csv", rows)
    with pytest.raises(DatasetError, match="2 problems") as error:
        load(tmp_path)
    assert "votes.csv, line 2: vote is 'shortlisted'; did you mean 'shortlist'?" in str(error.value)
    assert "line 3: a vote without its candidate or its recruiter" in str(error.value)


def test_no_votes(tmp_path: Path) -> None:
    write_hirability(tmp_path)
    (tmp_path / "votes.csv").unlink()
    with pytest.raises(DatasetError, match=r"no votes\.csv or votes\.jsonl"):
        load(tmp_path)
    write_csv(tmp_path / "votes.csv", [{"candidate": "c0", "vote": "like"}])
    with pytest.raises(DatasetError, match="no column recruiter; found candidate, vote"):
        load(tmp_path)
