"""Printed numbers of CR-Net, CNN-LSTM and Deep Impression: complete, and true to themselves."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from hirenet_sales.experiment.published import Published, PublishedRow, read_published
from hirenet_sales.models.crnet_options import CrnetOptions
from hirenet_sales.models.final_regressor import BRANCH_WEIGHTS
from hirenet_sales.networks.cnn_lstm import TABLE_III
from hirenet_sales.networks.losses import GAMMA, SIGMA
from hirenet_sales.networks.trait_classes import CUT_POINTS
from hirenet_sales.traits import TRAITS


@pytest.fixture(scope="module")
def crnet() -> Published:
    return read_published("crnet2020")


def by_trait(row: PublishedRow) -> list[float]:
    return [row.values[f"one_minus_mae_{trait}"] for trait in TRAITS]


def test_crnet_s_tables_are_whole(crnet: Published) -> None:
    found = Counter(re.match(r"Table (\d)", row.source)[1] for row in crnet.rows)
    assert found == {"1": 2, "3": 6, "4": 12, "5": 15, "6": 9, "7": 9}


@pytest.mark.parametrize("name", ["crnet2020", "deep_impression2017"])
def test_averages_are_those_of_the_five_traits(name: str) -> None:
    """A digit read wrongly would not fit its row's average."""
    for row in read_published(name).rows:
        assert sum(by_trait(row)) / 5 == pytest.approx(row.values["one_minus_mae"], abs=1.2e-4)


def test_one_setting_has_one_result_in_every_table(crnet: Published) -> None:
    seen: dict[tuple, dict[str, float]] = {}
    for row in crnet.rows:
        key = tuple(sorted(row.match.items()))
        assert seen.setdefault(key, row.values) == row.values, row.source
    assert len(seen) < len(crnet.rows)


def test_rows_stand_beside_ours(crnet: Published) -> None:
    keys: dict[str, Any] = {
        "split": "official",
        "streams": "frames",
        "head": "plain",
        "losses": "l1+mse",
        "classes": 4,
        "seed": 0,
    }
    assert crnet.beside("first-impressions-v2", keys)["one_minus_mae"] == 0.8999
    keys |= {"head": "cr-block", "losses": "l1+mse+bell"}
    assert crnet.beside("first-impressions-v2", keys)["one_minus_mae"] == 0.9133
    assert crnet.beside("first-impressions-v2", keys | {"split": "source-disjoint"}) == {}


def test_crnet_s_settings_are_the_code_s(crnet: Published) -> None:
    facts = crnet.facts
    for classes, cuts in CUT_POINTS.items():
        assert tuple(facts[f"cut_points_{classes}"]) == cuts
    assert (facts["sigma"], facts["gamma"]) == (SIGMA, GAMMA)
    assert facts["fusion_weights"].items() <= BRANCH_WEIGHTS.items()
    assert facts["extra_trees"] == {"trees": 1000, "features": CrnetOptions().features}


def test_table_three_says_the_sizes_that_are_built() -> None:
    rows = read_published("kassab2022").rows
    assert [row.match["backbone"] for row in rows] == list(TABLE_III)
    for row in rows:
        config = TABLE_III[row.match["backbone"]]
        layers, units, dense = len(config.lstm), config.lstm[0], config.dense[0]
        lstm = f"one LSTM layer of {units}" if layers == 1 else f"two LSTM layers of {units}"
        assert row.source == f"Table III, {lstm} units, one dense layer of {dense}"
        assert 0.01 < row.values["mse"] < 0.02
        # the mean absolute error cannot exceed the root of the mean squared one
        assert 1 - row.values["one_minus_mae"] <= row.values["mse"] ** 0.5


def test_quoted_averages_fit_their_traits() -> None:
    quoted = read_published("kassab2022").facts["table_2"]
    assert len(quoted) == 6
    for name, values in quoted.items():
        mean = sum(values[trait] for trait in TRAITS) / 5
        assert mean == pytest.approx(values["mean"], abs=1.2e-3), name
