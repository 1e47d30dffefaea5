"""The reference that ships is whole, and says percents of the sample it was made from."""

from __future__ import annotations

import json

import numpy as np
import pytest

from extractors.words.contextual_words import PACKAGE_SHA256
from hirenet_sales.errors import CheckpointError
from hirenet_sales.relevance import reference as module
from hirenet_sales.relevance.reference import (
    OFF,
    ON,
    Reference,
    load_reference,
    percent_below,
    percentiles,
)


def test_the_reference_that_ships():
    reference = load_reference()
    assert reference.encoder_sha256 == PACKAGE_SHA256
    assert reference.matcher.sentence_mean.shape == reference.matcher.question_mean.shape == (384,)
    for sample in (reference.answers_own, reference.answers_other, reference.sentences_other):
        assert sample.shape == (101,) and (np.diff(sample) >= 0).all()
        assert -1 <= sample[0] < sample[-1] <= 1
    low, half, high = reference.sentences_other[[10, 50, 99]]
    assert reference.topics(np.array([low, low, half + 1e-4, high, high])) == [
        OFF,
        OFF,
        None,
        ON,
        ON,
    ]
    assert reference.topics(np.array([high, low, high]))[1] is None  # its neighbours do not decide
    assert {source["part"] for source in reference.sources} == {"train"}
    low, high = reference.answers_other[10], reference.answers_own[90]
    assert reference.better_than_answers(low) < 20 < reference.better_than_answers(high)
    assert reference.better_than_others(low) < reference.better_than_others(high)


def test_a_reference_survives_json():
    reference = load_reference()
    again = Reference.from_dict(json.loads(json.dumps(reference.to_dict())))
    assert again.to_dict() == reference.to_dict()


def test_a_damaged_reference_is_named(monkeypatch):
    monkeypatch.setattr(module, "FILE", "no_such.json")
    load_reference.cache_clear()
    with pytest.raises(CheckpointError, match=r"relevance/no_such\.json: cannot be read"):
        load_reference()


@pytest.mark.parametrize(("value", "percent"), [(-1.0, 0.0), (0.5, 50.0), (2.0, 100.0)])
def test_percent_below(value, percent):
    sample = percentiles(np.linspace(0, 1, 1001), np.ones(1001))
    assert percent_below(sample, value) == pytest.approx(percent, abs=0.2)


def test_percentiles_count_by_weight():
    sample = percentiles([0.0, 1.0], [1.0, 3.0])
    assert (sample[:25] == 0).all() and (sample[26:] == 1).all()
