"""The ensemble: means over members that are still weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from toy_model import WIDTHS, batch_of, ensemble, fused, interview, interview_set

from hirenet_sales.models.ensemble import FusedEnsemble
from hirenet_sales.networks.ensemble import NetworkEnsemble


def test_estimates_are_the_mean_over_members() -> None:
    members = [fused(seed) for seed in range(3)]
    batch = batch_of(interview(np.random.default_rng(0), 3))
    with torch.no_grad():
        each = [member(batch) for member in members]
        whole = NetworkEnsemble(members)(batch)
    for name in ("logits", "answer_logits"):
        mean = torch.stack([getattr(own, name).sigmoid() for own in each]).mean(0)
        np.testing.assert_allclose(getattr(whole, name).sigmoid(), mean, rtol=1e-6)
    np.testing.assert_allclose(whole.beta, torch.stack([own.beta for own in each]).mean(0))
    for name, stream in whole.streams.items():
        alphas = [own.streams[name].alpha for own in each]
        np.testing.assert_allclose(stream.alpha, torch.stack(alphas).mean(0))


def test_order_of_members_changes_nothing() -> None:
    members = [fused(seed) for seed in range(3)]
    batch = batch_of(interview(np.random.default_rng(0), 3))
    with torch.no_grad():
        one, other = NetworkEnsemble(members)(batch), NetworkEnsemble(members[::-1])(batch)
    np.testing.assert_allclose(one.logits, other.logits, rtol=1e-5)


def test_mean_weights_still_sum_to_one() -> None:
    steps = ensemble().attentions(interview_set(np.random.default_rng(0), 8))
    answers = steps.groupby(["interview", "stream", "answer"])
    np.testing.assert_allclose(answers["alpha"].sum(), 1, rtol=1e-5)
    beta = answers["beta_stream"].first().groupby(["interview", "stream"]).sum()
    np.testing.assert_allclose(beta, 1, rtol=1e-5)
    assert set(steps["stream"]) == set(WIDTHS)


def test_what_is_restored_is_the_same_model() -> None:
    one, other = ensemble(), ensemble(members=2)
    other.restore(one.state())
    some = interview_set(np.random.default_rng(1), 5)
    np.testing.assert_array_equal(one.predict(some).interviews, other.predict(some).interviews)
    assert one.parameters() == other.parameters() > 0


def test_a_member_is_trained_in_one_thread_and_only_that(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads, seeds = [], []

    def noting(net, *_, seed: int, **__) -> None:
        threads.append(torch.get_num_threads())
        seeds.append(seed)

    monkeypatch.setattr("hirenet_sales.training.loop.train_net", noting)
    monkeypatch.setattr("hirenet_sales.models.ensemble.JOBS", 1)
    model, rng = ensemble(), np.random.default_rng(0)
    assert isinstance(model, FusedEnsemble)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        model.fit(interview_set(rng, 4), interview_set(rng, 2), seed=3, folder=tmp_path)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert threads == [1, 1] and seeds == [3, 4]
