"""Replaced steps are other people's, and nothing else of a copy changes."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.faithfulness.donors import Donors, with_donated_steps
from hirenet_sales.faithfulness.step_order import Steps
from tests.hirenet_sales.toy_explained import as_one_person, planted_text


@pytest.fixture(scope="module")
def data():
    return planted_text(8)


def copies_of(data, seed=0):
    masks = [own.mask(range(0, len(own), 3)) for own in Steps.of(data, "text")]
    donors = Donors.of(data, "text")
    return masks, donors, with_donated_steps(data, range(len(data)), masks, donors, seed)


def test_only_the_masked_steps_change(data) -> None:
    masks, _, copies = copies_of(data)
    for i, mask in enumerate(masks):
        for q, rows in enumerate(data.streams["text"][i]):
            goes = mask.get((q, "text"), np.zeros(0, int))
            stays = np.setdiff1d(
                np.arange(len(rows)), np.arange(len(rows)) if goes is None else goes
            )
            assert np.array_equal(copies.streams["text"][i][q][stays], rows[stays])
            assert len(copies.words[i][q]) == len(rows)
            assert all(copies.words[i][q][t] == data.words[i][q][t] for t in stays)


def test_words_and_rows_are_of_one_donor(data) -> None:
    _, donors, copies = copies_of(data)
    vector = {word: row.tobytes() for word, row in zip(donors.words, donors.rows, strict=True)}
    for answers, words in zip(copies.streams["text"], copies.words, strict=True):
        for rows, spoken in zip(answers, words, strict=True):
            assert [row.tobytes() for row in rows] == [vector[word] for word in spoken]


def test_donors_are_other_people(data) -> None:
    donors, rng = Donors.of(data, "text"), np.random.default_rng(0)
    drawn = donors.draw(str(data.people[0]), 200, rng)
    assert data.people[0] not in donors.people[drawn]
    alone = Donors.of(as_one_person(data), "text")
    assert len(alone.draw("someone", 5, rng)) == 5


def test_the_seed_decides_the_rows(data) -> None:
    same = [copies_of(data, seed)[2].words for seed in (0, 0, 1)]
    assert same[0] == same[1] != same[2]


def test_a_mask_of_another_stream_is_refused(data) -> None:
    with pytest.raises(ValueError, match="a mask of audio, expected one of text"):
        with_donated_steps(data, [0], [{(0, "audio"): None}], Donors.of(data, "text"), 0)
