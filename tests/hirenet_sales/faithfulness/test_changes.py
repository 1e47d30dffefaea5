"""Changes of estimates under masks, in standard deviations."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.faithfulness.donors import Donors
from tests.hirenet_sales.toy_explained import planted_text, subject_of, word_reader


@pytest.fixture(scope="module")
def data():
    return planted_text(8)


def test_removing_the_moment_removes_all_that_it_did(data) -> None:
    subject = subject_of(word_reader(data), data)
    rows = [i for i, q in enumerate(data.planted.question) if len(data.streams["text"][i][q])]
    rows = [*rows, *rows[::-1]]  # in any order, and more than once
    masks = [
        {(int(q), "text"): np.array([data.planted.moments[i][q]])}
        for i in rows
        for q in [data.planted.question[i]]
    ]
    change = subject.masked_changes(rows, masks)
    assert change == pytest.approx(
        np.abs(subject.estimates[rows] - 0.5).mean(1) / subject.spread.mean()
    )
    assert change[0] > 0


def test_a_mask_of_nothing_changes_nothing(data) -> None:
    subject = subject_of(word_reader(data), data)
    rows = list(range(len(data)))
    nothing = [{}] * len(rows)
    donors = Donors.of(data, "text")
    assert subject.masked_changes(rows, nothing) == pytest.approx(0)
    assert subject.replaced_changes(rows, nothing, donors, 0) == pytest.approx(0)


def test_rows_of_others_change_what_rests_on_the_words(data) -> None:
    subject = subject_of(word_reader(data), data)
    rows = list(range(len(data)))
    whole = [{(q, "text"): None for q in range(3)} for _ in rows]
    removed = subject.masked_changes(rows, whole)
    assert (removed > 0).any()
    assert subject.replaced_changes(rows, whole, Donors.of(data, "text"), 0).max() > 0
