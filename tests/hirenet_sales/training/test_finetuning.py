"""Fine-tuning of the face CNN learns what is planted, and goes on where it was broken off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from hirenet_sales.training import finetuning
from hirenet_sales.training.finetuning import FinetuningConfig, finetune

CONFIG = FinetuningConfig(epochs=3, input_px=64, batch=4, ema=0.5)
CLIPS = 8


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def tuned(folder: Path) -> dict[str, torch.Tensor]:
    """Two portraits of every clip, as bright as its label."""
    rng = np.random.default_rng(0)
    labels = rng.uniform(0.1, 0.9, (CLIPS, 1))
    bright = 255 * np.repeat(labels[:, 0], 2)[:, None, None, None]
    crops = np.clip(bright + rng.normal(0, 20, (2 * CLIPS, 72, 72, 3)), 0, 255).astype(np.uint8)
    rows = list(np.arange(2 * CLIPS).reshape(CLIPS, 2))
    embeddings = rng.normal(0, 1, (2 * CLIPS, 1280)).astype(np.float32)
    return dict(finetune(crops, rows, labels, embeddings, CONFIG, seed=0, folder=folder))


def test_an_interrupted_fit_ends_with_the_same_numbers(tmp_path: Path, monkeypatch) -> None:
    state = torch.get_rng_state()
    whole = tuned(tmp_path / "whole")
    assert torch.equal(torch.get_rng_state(), state)
    left, loss = iter(range(5)), finetuning._Tuning.loss

    def breaks(*arguments):
        if next(left, None) is None:  # in the third epoch
            raise InterruptedError
        return loss(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(finetuning._Tuning, "loss", breaks)
        with pytest.raises(InterruptedError):
            tuned(tmp_path / "broken")
    again = tuned(tmp_path / "broken")
    assert again.keys() == whole.keys()
    for name, value in whole.items():
        assert torch.equal(again[name], value), name
    fresh = finetuning.TunedCnn(1).state_dict()
    assert not torch.equal(whole["network._conv_head.weight"], fresh["network._conv_head.weight"])
    assert torch.equal(whole["network._bn1.running_mean"], fresh["network._bn1.running_mean"])
