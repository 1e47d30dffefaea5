"""CNN-LSTM: Table III to the letter, and a network that learns what is planted in frames."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hirenet_sales.networks.backbone import parameter_count
from hirenet_sales.networks.backbones import LITE
from hirenet_sales.networks.cnn_lstm import CONFIGS, TABLE_III, CnnLstm, CnnLstmConfig
from tests.hirenet_sales.networks.test_backbones import PUBLISHED, needs_keras

# Table III as printed: layers and units of the LSTM, layers and units of the dense part.
PRINTED = {
    "VGG16": (2, 64, 1, 32),
    "VGG19": (2, 64, 1, 32),
    "ResNet50V2": (2, 128, 1, 64),
    "ResNet101V2": (2, 128, 1, 64),
    "EfficientNetB1": (1, 512, 1, 256),
    "EfficientNetB2": (2, 64, 1, 32),
    "EfficientNetB3": (2, 64, 1, 32),
    "EfficientNetB4": (2, 128, 1, 64),
    "EfficientNetB5": (1, 1024, 1, 256),
}
# Parameters with those sizes, as Keras counts them: one bias an LSTM, the input statistics of
# EfficientNet; ours has a second bias of four times the units in every LSTM.
TOTAL = {
    "VGG16": 14_897_669,
    "VGG19": 20_207_365,
    "ResNet50V2": 24_819_589,
    "ResNet101V2": 43_881_349,
    "EfficientNetB1": 10_379_916,
    "EfficientNetB2": 8_180_926,
    "EfficientNetB3": 11_228_660,
    "EfficientNetB4": 18_797_540,
    "EfficientNetB5": 41_364_220,
}


def frames(clips: int, steps: int, side: int = 64) -> torch.Tensor:
    random = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (clips, steps, side, side, 3), dtype=torch.uint8, generator=random)


def test_sizes_are_those_of_table_three() -> None:
    assert set(TABLE_III) == set(PRINTED)
    for name, (layers, units, denses, dense) in PRINTED.items():
        config = TABLE_III[name]
        assert (config.backbone, config.input_px) == (name, 64)
        assert config.lstm == (units,) * layers
        assert config.dense == (dense,) * denses
        assert config.targets == 5


def lstm_weights(width: int, units: int) -> int:
    return 4 * units * (width + units + 1)


@pytest.mark.parametrize("name", PRINTED)
def test_counts_follow_from_the_sizes(name: str) -> None:
    """Worked out by hand from Table III, without building anything."""
    cnn, width = PUBLISHED[name]
    layers, units, _, dense = PRINTED[name]
    total = cnn + dense * units + dense + 5 * dense + 5
    total += sum(lstm_weights(w, units) for w in (width, units)[:layers])
    assert total == TOTAL[name]


@needs_keras
@pytest.mark.parametrize("name", PRINTED)
def test_every_published_size_runs_forward_and_backward(name: str) -> None:
    torch.manual_seed(0)
    model = CnnLstm(TABLE_III[name])
    own_statistics = 7 if name.startswith("EfficientNet") else 0
    second_biases = 4 * sum(TABLE_III[name].lstm)
    assert parameter_count(model) == TOTAL[name] - own_statistics + second_biases
    estimates = model(frames(1, 2))
    assert estimates.shape == (1, 5)
    assert ((estimates > 0) & (estimates < 1)).all()
    nn.functional.mse_loss(estimates, torch.full((1, 5), 0.7)).backward()
    learnt = [p for p in model.parameters() if p.requires_grad]
    assert all(torch.isfinite(p.grad).all() for p in learnt if p.grad is not None)
    # a block that stochastic depth leaves out has no gradient this time
    assert sum(p.grad is not None and bool(p.grad.any()) for p in learnt) > 0.6 * len(learnt)


@needs_keras
@pytest.mark.slow  # sixty frames through nine networks
@pytest.mark.parametrize("name", PRINTED)
def test_the_paper_s_tensors(name: str) -> None:
    """(None, 60, 64, 64, 3) in, (None, 5) out."""
    model = CnnLstm(TABLE_III[name])
    out = model(frames(1, 60))
    assert out.shape == (1, 5)
    out.sum().backward()


def test_the_paper_s_tensors_without_an_extra() -> None:
    model = CnnLstm(CONFIGS[LITE]).eval()
    with torch.inference_mode():
        assert model(frames(1, 60)).shape == (1, 5)


def small(**options) -> CnnLstm:
    torch.manual_seed(0)
    return CnnLstm(CnnLstmConfig(lstm=(16, 16), dense=(16,), input_px=48, **options))


def test_uint8_is_rescaled_to_the_unit_range() -> None:
    model, x = small().eval(), frames(2, 3, 48)
    with torch.inference_mode():
        torch.testing.assert_close(model(x), model(x.float() / 255))


def test_frames_that_are_not_valid_change_nothing() -> None:
    model, x = small().eval(), frames(3, 4, 48)
    valid = torch.tensor([[1, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0]], dtype=torch.bool)
    other = x.clone()
    other[~valid] = 255 - other[~valid]
    longer = torch.cat([x, x], 1)
    padded = torch.cat([valid, torch.zeros_like(valid)], 1)
    with torch.inference_mode():
        out = model(x, valid)
        torch.testing.assert_close(model(other, valid), out)
        torch.testing.assert_close(model(longer, padded), out)
        torch.testing.assert_close(model(x[:1, [0, 1, 3]]), out[:1], rtol=1e-4, atol=1e-5)
    assert torch.isfinite(out).all()


def test_training_leaves_statistics_of_invalid_frames_aside() -> None:
    one, other, x = small().train(), small().train(), frames(2, 4, 48)
    valid = torch.tensor([[1, 1, 0, 1], [1, 1, 1, 0]], dtype=torch.bool)
    changed = x.clone()
    changed[~valid] = 0
    for model, observed in ((one, x), (other, changed)):
        torch.manual_seed(1)
        model(observed, valid)
    for key, value in one.state_dict().items():
        torch.testing.assert_close(value, other.state_dict()[key])


def test_the_order_of_frames_matters() -> None:
    model, x = small(weights="imagenet").eval(), frames(1, 4, 48)
    with torch.inference_mode():
        assert not torch.allclose(model(x), model(x.flip(1)))


def planted(clips: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Clips that get brighter (1) or darker (0), which no single frame tells."""
    random = torch.Generator().manual_seed(seed)
    label = torch.randint(0, 2, (clips, 1), generator=random).float()
    ramp = torch.linspace(-0.3, 0.3, 4) * (2 * label - 1)  # (N, T)
    noise = 0.1 * torch.rand(clips, 4, 48, 48, 3, generator=random)
    return 0.45 + ramp[:, :, None, None, None] + noise, label


def test_learns_a_change_over_time() -> None:
    model = small(weights="imagenet", targets=1, freeze_before="all")
    x, y = planted(48, 0)
    optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 0.005)
    model.train()
    with torch.no_grad():
        features = model.cnn(x.flatten(0, 1)).view(48, 4, -1)
    model.cnn.forward = lambda seen: features.flatten(0, 1)  # frozen: read once
    for _ in range(60):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
    del model.cnn.forward
    model.eval()
    unseen, truth = planted(24, 1)
    with torch.inference_mode():
        assert float(((model(unseen) > 0.5) == (truth > 0.5)).float().mean()) > 0.9
