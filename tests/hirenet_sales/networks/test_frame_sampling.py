"""Frames of a clip: as many as asked for, in order, one of every segment."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.errors import DatasetError
from hirenet_sales.networks.frame_sampling import segment_frames


@pytest.mark.parametrize("count", [1, 3, 59, 60, 61, 450, 1000])
@pytest.mark.parametrize("random", [None, np.random.default_rng(0)])
def test_every_frame_lies_in_its_segment(count: int, random) -> None:
    for segments in (1, 32, 60):
        frames = segment_frames(count, segments, random)
        edges = np.arange(segments + 1) * count / segments
        assert frames.shape == (segments,)
        assert (np.diff(frames) >= 0).all()
        assert (frames >= np.floor(edges[:-1])).all()
        assert (frames <= np.ceil(edges[1:]) - 1).all()


def test_sixty_frames_of_fifteen_seconds_are_evenly_spread() -> None:
    frames = segment_frames(450, 60)
    assert len(set(frames)) == 60
    assert set(np.diff(frames)) <= {7, 8}


def test_as_many_frames_as_there_are_is_each_once() -> None:
    np.testing.assert_array_equal(segment_frames(60, 60), np.arange(60))
    np.testing.assert_array_equal(segment_frames(32, 32, np.random.default_rng(1)), np.arange(32))


def test_training_draws_anew_and_reaches_every_frame() -> None:
    random = np.random.default_rng(2)
    draws = np.stack([segment_frames(96, 32, random) for _ in range(100)])
    assert set(draws.ravel()) == set(range(96))


def test_a_clip_without_frames_is_refused() -> None:
    with pytest.raises(DatasetError, match="without frames"):
        segment_frames(0, 60)
