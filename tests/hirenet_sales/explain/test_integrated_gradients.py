"""Integrated gradients add up to what they explain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from hirenet_sales.errors import ConfigError
from hirenet_sales.explain.integrated_gradients import integrated_gradients, without_gradients
from tests.hirenet_sales.toy_explained import WordReader, planted_text
from tests.hirenet_sales.toy_model import ensemble, interview_set

pytest.importorskip("captum", reason="captum is not installed: pip install captum")


def test_attributions_add_up_to_the_estimate() -> None:
    model = ensemble()
    data = interview_set(np.random.default_rng(1), 11)
    attributions = integrated_gradients(model, data)
    sums = np.stack(
        [sum(own[i].sum(0) for own in attributions.values()) for i in range(len(data))]
    )  # (N, K)
    estimates = np.zeros_like(sums)
    for indices, batch in model.batches(data):
        zeros = {n: s._replace(values=torch.zeros_like(s.values)) for n, s in batch.streams.items()}
        with torch.inference_mode():
            ends = [
                model.network(b).logits.sigmoid() for b in (batch, batch._replace(streams=zeros))
            ]
        estimates[indices] = (ends[0] - ends[1]).double().numpy()
    assert sums == pytest.approx(estimates, abs=2e-4)
    assert np.abs(estimates).max() > 10 * 2e-4  # so that the sum says something


def test_every_step_has_one_attribution_a_target() -> None:
    model, data = ensemble(), interview_set(np.random.default_rng(2), 4)
    for name, by_interview in integrated_gradients(model, data).items():
        for own, answers in zip(by_interview, data.streams[name], strict=True):
            assert own.shape == (sum(map(len, answers)), 5)


def test_streams_that_nobody_has_are_no_obstacle() -> None:
    data = interview_set(np.random.default_rng(3), 3)
    silent = {"audio": [[rows[:0] for rows in own] for own in data.streams["audio"]]}
    alone = replace(data, streams={"text": data.streams["text"], **silent})
    attributions = integrated_gradients(ensemble(), alone)
    assert all(own.shape == (0, 5) for name in ("audio", "visual") for own in attributions[name])
    assert any(np.abs(own).sum() > 0 for own in attributions["text"])


def test_a_model_without_gradients_is_named() -> None:
    assert without_gradients(ensemble()) == ""
    with pytest.raises(ConfigError, match="word_reader is no network of interviews"):
        integrated_gradients(WordReader(), planted_text(2))
