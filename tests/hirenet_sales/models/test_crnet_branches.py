"""Frames of a clip are drawn as the paper says."""

from __future__ import annotations

import numpy as np

from hirenet_sales.training.crnet import FrameInputs


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
    read, valid = inputs.inference(np.array([0, 1, 2]))
    assert valid.tolist() == [[True] * 3, [True, True, False], [False] * 3]
    assert read[1, :2, 0, 0, 0].tolist() == [9, 11]
    assert read[0, :, 0, 0, 0].tolist() == [1, 4, 6]
