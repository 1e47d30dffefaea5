"""Contributions point at what is planted, and those of a model that looks away do not."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.explain.contributions import contributions
from hirenet_sales.faithfulness.additivity import additivity
from hirenet_sales.faithfulness.pointing import pointing
from hirenet_sales.faithfulness.step_order import Steps, effect_scores
from tests.hirenet_sales.toy_explained import planted_text, subject_of, word_reader
from tests.hirenet_sales.toy_model import interview_set


def pointed(*, looks_away: bool):
    data = planted_text(30)
    model = word_reader(data, looks_away=looks_away)
    subject = subject_of(model, data)
    made = [contributions(subject.estimate, data, model.intake.senses, i) for i in range(len(data))]
    scores = {"text": effect_scores(subject, Steps.of(data, "text"))}
    return pointing(data, made, scores), additivity(made, subject)


def test_a_model_that_reads_the_moment_is_explained_by_it() -> None:
    result, sums = pointed(looks_away=False)
    for name in ("pointing_accuracy", "sign_accuracy"):
        assert result[name]["value"] == result[name]["low"] == result[name]["high"] == 1
    assert result["step_accuracy"]["text"]["value"] == 1
    assert 15 < result["planted_n"] < 30  # without those whose deciding answer is missing
    assert sums["largest_gap"] < 1e-9
    assert sums["exact"] == 30 and sums["mean_error"] is None


def test_a_model_that_looks_away_is_not_explained_by_the_moment() -> None:
    result, sums = pointed(looks_away=True)
    assert result["pointing_accuracy"]["value"] < 0.8
    assert result["sign_accuracy"]["value"] < 0.8
    assert result["step_accuracy"]["text"]["value"] < 0.5
    assert sums["largest_gap"] < 1e-9


def test_interviews_without_a_truth_are_refused() -> None:
    data = interview_set(np.random.default_rng(0), 2)
    with pytest.raises(ValueError, match="nothing is planted"):
        pointing(data, [], {})
