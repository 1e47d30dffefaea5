"""Where an estimate stands among people: percentages of labels below it."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.models.checkpoint import checkpoint_names, load_checkpoint
from hirenet_sales.models.checkpoint_folder import read_quantiles
from hirenet_sales.standing import FEWEST, label_quantiles, standings
from hirenet_sales.traits import TRAITS, TraitEstimate


def estimates(low: float, value: float, high: float) -> dict[str, TraitEstimate]:
    return dict.fromkeys(TRAITS, TraitEstimate(estimate=value, low=low, high=high))


def test_a_standing_is_the_percentage_of_labels_below() -> None:
    labels = np.random.default_rng(0).beta(4, 4, (500, 5))
    for k, standing in enumerate(
        standings(estimates(0.3, 0.5, 0.6), label_quantiles(labels)).values()
    ):
        for end, value in (("low", 0.3), ("estimate", 0.5), ("high", 0.6)):
            assert getattr(standing, end) == pytest.approx(
                100 * (labels[:, k] < value).mean(), abs=1
            )


def test_beyond_every_label_are_none_and_all() -> None:
    quantiles = label_quantiles(np.random.default_rng(0).uniform(0.2, 0.8, (50, 5)))
    standing = standings(estimates(0.0, 0.1, 0.9), quantiles)["openness"]
    assert (standing.low, standing.estimate, standing.high) == (0, 0, 100)


def test_few_people_are_not_summed_up() -> None:
    assert label_quantiles(np.full((FEWEST - 1, 5), 0.5)) is None
    assert standings(estimates(0.3, 0.5, 0.6), None) == {}


@pytest.mark.parametrize("name", checkpoint_names())
def test_models_that_ship_have_them(name: str) -> None:
    checkpoint = load_checkpoint(name)
    assert checkpoint.label_quantiles is not None
    middle = checkpoint.label_quantiles[50]
    assert np.abs(middle - checkpoint.training_mean).max() < 0.03


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda values: values[:-1], "shape"),
        (lambda values: values[::-1], "ascending"),
        (lambda values: [v + 1 for v in values], "ascending from 0 to 1"),
    ],
)
def test_damaged_quantiles_are_refused(change, message: str) -> None:
    values = np.linspace(0, 1, 101).tolist()
    assert read_quantiles(dict.fromkeys(TRAITS, values)) is not None
    with pytest.raises(ValueError, match=message):
        read_quantiles(dict.fromkeys(TRAITS, change(values)))
