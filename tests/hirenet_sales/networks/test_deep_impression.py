"""Deep Impression: seventeen layers a stream, crops in training, whole clips at test."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from hirenet_sales.networks.deep_impression import (
    DeepImpression,
    DeepImpressionConfig,
    random_clip,
)

SMALL = DeepImpressionConfig(width=4, small_input=True, crop_px=24, crop_samples=400)


@pytest.fixture
def model() -> DeepImpression:
    torch.manual_seed(0)
    return DeepImpression(SMALL).eval()


def clip(rows: int = 3, steps: int = 4, samples: int = 3000) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(1)
    frames = torch.randint(0, 256, (rows, steps, 24, 24, 3), dtype=torch.uint8, generator=random)
    return frames, torch.randn(rows, samples, generator=random)


def test_layers_are_those_of_the_poster() -> None:
    network = DeepImpression(DeepImpressionConfig())
    for stream, kind in ((network.auditory, nn.Conv1d), (network.visual, nn.Conv2d)):
        layers = {
            name: m
            for name, m in stream.named_modules()
            if isinstance(m, kind) and "shortcut" not in name
        }
        assert len(layers) == 17
        assert [m.out_channels for m in layers.values()] == [32] * 5 + [64] * 4 + [128] * 4 + [
            256
        ] * 4
    assert network.auditory.stem[0][0].kernel_size == (49,)
    assert network.visual.stem[0][0].kernel_size == (7, 7)
    assert (network.fusion.in_features, network.fusion.out_features) == (512, 5)


def test_estimates_lie_on_the_unit_range(model) -> None:
    with torch.inference_mode():
        estimates = model(*clip())
    assert estimates.shape == (3, 5)
    assert ((estimates > 0) & (estimates < 1)).all()


def test_padding_of_sound_and_frames_changes_nothing(model) -> None:
    frames, sound = clip()
    samples = torch.tensor([3000, 1700, 0])
    valid = torch.tensor([[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]], dtype=torch.bool)
    noisy, blind = sound.clone(), frames.clone()
    noisy[1, 1700:], noisy[2] = 9, torch.nan
    blind[~valid] = 0
    longer = torch.cat([sound, torch.zeros(3, 500)], 1)
    with torch.inference_mode():
        result = model(frames, sound, valid=valid, samples=samples)
        torch.testing.assert_close(model(blind, noisy, valid=valid, samples=samples), result)
        torch.testing.assert_close(model(frames, longer, valid=valid, samples=samples), result)
        alone = model(frames[1:2, [0, 2]], sound[1:2, :1700])
        torch.testing.assert_close(alone, result[1:2])
        silent = model(frames[:1], torch.zeros(1, 0))
    assert torch.isfinite(result).all()
    assert torch.isfinite(silent).all()


def test_both_streams_are_read_and_learn(model) -> None:
    frames, sound = clip()
    model.train()
    model(frames, sound).sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())
    model.eval()
    with torch.inference_mode():
        whole = model(frames, sound)
        assert not torch.allclose(model(frames.flip(2), sound), whole)
        assert not torch.allclose(model(frames, sound.roll(500, 1).abs()), whole)


def test_pictures_reach_the_network_channels_first(model) -> None:
    """Else oneDNN writes past its memory where a network this small learns."""
    observed = []
    model.visual.stem.register_forward_pre_hook(lambda _, inputs: observed.append(inputs[0]))
    model.train()(*clip())
    assert observed[0].shape == (12, 3, 24, 24)
    assert observed[0].is_contiguous()


def test_crops_are_parts_of_the_clip() -> None:
    random = np.random.default_rng(0)
    frames = random.integers(0, 256, (3, 30, 40, 3), dtype=np.uint8)
    sound = random.normal(size=1000).astype(np.float32)
    positions, mirrored = set(), set()
    for _ in range(60):
        crop, piece = random_clip(frames, sound, SMALL, random)
        assert crop.shape == (1, 24, 24, 3)
        begin = int(np.flatnonzero(sound == piece[0])[0])
        np.testing.assert_array_equal(piece, sound[begin : begin + 400])
        views = np.lib.stride_tricks.sliding_window_view(frames, (24, 24), axis=(1, 2))
        for flip in (False, True):
            wanted = (crop[0, :, ::-1] if flip else crop[0]).transpose(2, 0, 1)
            hits = np.argwhere((views == wanted).all((3, 4, 5)))
            positions |= {tuple(hit) for hit in hits}
            mirrored |= {flip} if len(hits) else set()
    assert mirrored == {False, True}
    assert {position[0] for position in positions} == {0, 1, 2}
    assert len(positions) > 30


def test_a_short_sound_is_followed_by_zeros() -> None:
    frames = np.zeros((1, 24, 24, 3), np.uint8)
    _, piece = random_clip(frames, np.ones(30, np.float32), SMALL, np.random.default_rng(0))
    assert piece.sum() == 30
    assert (piece[:30] == 1).all()
