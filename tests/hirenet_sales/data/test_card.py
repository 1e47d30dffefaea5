"""Data cards: polarity, and splits that share no source video."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.data.card import DataCard, load_card
from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import TRAITS, flip_polarity

SOURCES = [f"video{n}" for n in range(4000)]


@pytest.fixture(scope="module")
def card() -> DataCard:
    return load_card("first-impressions-v2")


def test_neuroticism_is_turned_round_and_nothing_else(card: DataCard) -> None:
    assert tuple(card.traits) == TRAITS
    turned = [trait for trait, column in card.traits.items() if column.polarity == "reversed"]
    assert turned == ["neuroticism"]


def test_polarity_turned_twice_is_the_identity() -> None:
    values = np.random.default_rng(0).uniform(0, 1, 100)
    np.testing.assert_allclose(flip_polarity(flip_polarity(values)), values, atol=1e-15)
    assert flip_polarity(np.array([0.0, 0.25, 1.0])).tolist() == [1.0, 0.75, 0.0]
    assert flip_polarity([[1, 2], [5, 4]], 1, 5, where=[True, False]).tolist() == [[5, 2], [1, 4]]


def test_every_source_is_in_exactly_one_split_of_the_promised_size(card: DataCard) -> None:
    found = [card.source_split(s) for s in SOURCES]
    assert found == [card.source_split(s) for s in SOURCES]
    bounds = {n: card.source_splits[n] for n in card.split_names}
    covered = sorted(place for low, high in bounds.values() for place in range(low, high))
    assert covered == list(range(card.source_splits["modulus"]))
    for name, (low, high) in bounds.items():
        share = (high - low) / card.source_splits["modulus"]
        assert found.count(name) / len(found) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    ("source", "split"),
    [
        ("video0", "source-train"),
        ("video3", "source-validation"),
        ("video31", "source-calibration"),
    ],
)
def test_splits_never_change(card: DataCard, source: str, split: str) -> None:
    """The hash is part of what was published: another one would leak training videos."""
    assert card.source_split(source) == split


def test_unknown_card() -> None:
    with pytest.raises(
        DatasetError, match="no data card 'nowhere'; there are first-impressions-v2"
    ):
        load_card("nowhere")


def test_a_gap_between_splits_is_said(card: DataCard) -> None:
    holed = card.model_copy(update={"source_splits": {"modulus": 20, "source-train": (19, 20)}})
    with pytest.raises(DatasetError, match="source_splits leave out"):
        for source in SOURCES[:100]:
            holed.source_split(source)
