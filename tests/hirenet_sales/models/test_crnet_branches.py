"""Frames are drawn as the paper says; training finds what is planted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from hirenet_sales.errors import ConfigError
from hirenet_sales.models.crnet_inputs import FrameInputs, VectorInputs, read_clips
from hirenet_sales.networks.crnet import CrNetConfig, build_branch
from hirenet_sales.training.crnet import Stage, TwoStageConfig, fit_branch
from hirenet_sales.training.options import MachineOptions

SIDE, CLIPS = 32, 60
FACE = CrNetConfig(targets=2, depth=18, width=4, input_px=SIDE, segments=1)
QUIET = MachineOptions(loggers=(), progress=False)
STAGES: dict[Stage, TwoStageConfig] = {
    stage: TwoStageConfig(
        classification_epochs=1, regression_epochs=3, batch=10, learning_rate=0.01, decay_every=2
    )
    for stage in (1, 2)
}


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As cells run; layers this small lose time to a second one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def planted() -> tuple[FrameInputs, np.ndarray]:
    """Clips of three frames whose brightness is the first label; the second is its opposite."""
    rng = np.random.default_rng(0)
    level = rng.uniform(0.1, 0.9, CLIPS)
    noise = rng.integers(-20, 21, (3 * CLIPS, SIDE, SIDE, 3))
    frames = np.clip(255 * np.repeat(level, 3)[:, None, None, None] + noise, 0, 255)
    pictures = np.split(frames.astype(np.uint8), CLIPS)
    pictures[-1] = pictures[-1][:0]  # nothing was seen of the last
    return FrameInputs(pictures, SIDE, 1, 3), np.stack([level, 1 - level], 1)


def fit(folder: Path, stages: dict[Stage, TwoStageConfig] = STAGES) -> np.ndarray:
    inputs, labels = planted()
    torch.manual_seed(0)
    net = build_branch(FACE)
    rows = np.arange(CLIPS)
    run = {"options": QUIET, "seed": 0, "folder": folder, "arguments": {"a": 1}}
    fit_branch(net, inputs, labels, rows, stages, **run)
    return read_clips(net, inputs, rows).estimates


def test_what_is_planted_is_found(tmp_path: Path) -> None:
    _, labels = planted()
    longer: dict[Stage, TwoStageConfig] = {
        stage: TwoStageConfig(
            classification_epochs=2, regression_epochs=8, batch=10, learning_rate=0.01
        )
        for stage in (1, 2)
    }
    found = fit(tmp_path, longer)
    assert np.isnan(found[-1]).all()
    for k in range(2):
        assert np.corrcoef(found[:-1, k], labels[:-1, k])[0, 1] > 0.8


def test_a_folder_holds_one_fit(tmp_path: Path) -> None:
    (tmp_path / "arguments.json").write_text("{}\n")
    with pytest.raises(ConfigError, match="holds a fit of another a;"):
        fit(tmp_path)


def test_nothing_to_learn_from(tmp_path: Path) -> None:
    inputs, labels = planted()
    net = build_branch(FACE)
    run = {"options": QUIET, "seed": 0, "folder": tmp_path, "arguments": {}}
    with pytest.raises(ConfigError, match="none of 1 clips"):
        fit_branch(net, inputs, labels, np.array([CLIPS - 1]), STAGES, **run)


def test_frames_of_segments() -> None:
    frames = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)
    inputs = FrameInputs([frames[:8], frames[[9, 11]], frames[:0]], 2, 4, 3)
    assert inputs.present.tolist() == [True, True, False]
    seen = set()
    for seed in range(20):
        [drawn] = inputs.training(np.array([0, 1]), np.random.default_rng(seed))
        assert drawn.shape == (2, 4, 2, 2, 3)
        first = drawn[0, :, 0, 0, 0].tolist()
        assert [place // 2 for place in first] == [0, 1, 2, 3]  # one of each quarter
        assert set(drawn[1, :, 0, 0, 0].tolist()) <= {9, 11}
        seen.add(tuple(first))
    assert len(seen) > 1
    read, valid = inputs.reading(np.array([0, 1, 2]))
    assert valid.tolist() == [[True] * 3, [True, True, False], [False] * 3]
    assert read[1, :2, 0, 0, 0].tolist() == [9, 11]
    assert read[0, :, 0, 0, 0].tolist() == [1, 4, 6]


def test_vectors() -> None:
    audio, text = np.ones((2, 3), np.float32), np.zeros((2, 5), np.float32)
    inputs = VectorInputs(audio, text, np.array([True, False]))
    net = build_branch(CrNetConfig(branch="audio-text", depth=18, width=4))
    found = read_clips(net, inputs, np.array([0, 1]))
    assert np.isfinite(found.estimates[0]).all() and np.isnan(found.estimates[1]).all()
    assert not found.features[1].any()
