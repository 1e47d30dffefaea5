"""The CNNs of Table III: published parameter counts, shapes, freezing, weights from files."""

from __future__ import annotations

import copy
import importlib.util
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from extractors.errors import BackendError, WeightsError
from hirenet_sales.errors import ConfigError
from hirenet_sales.networks import keras_backbone
from hirenet_sales.networks.backbone import Backbone, parameter_count
from hirenet_sales.networks.backbones import BACKBONES, LITE, build_backbone
from hirenet_sales.networks.keras_backbone import KERAS

needs_keras = pytest.mark.skipif(
    importlib.util.find_spec("keras") is None, reason="needs the extra keras"
)

# Without the classifier, as Keras's own summary counts them, and the channels of the last maps.
PUBLISHED = {
    "VGG16": (14_714_688, 512),
    "VGG19": (20_024_384, 512),
    "ResNet50V2": (23_564_800, 2048),
    "ResNet101V2": (42_626_560, 2048),
    "EfficientNetB1": (6_575_239, 1280),
    "EfficientNetB2": (7_768_569, 1408),
    "EfficientNetB3": (10_783_535, 1536),
    "EfficientNetB4": (17_673_823, 1792),
    "EfficientNetB5": (28_513_527, 2048),
}
INPUT_STATISTICS = 7  # mean, variance and count of EfficientNet's first layer, which is left out
# One cheap network of every kind: those that are numbered, those that are not, and no Keras at all.
KINDS = [
    LITE,
    pytest.param("VGG16", marks=needs_keras),
    pytest.param("EfficientNetB1", marks=needs_keras),
]


def pictures(count: int = 2, side: int = 64) -> torch.Tensor:
    return torch.rand(count, side, side, 3, generator=torch.Generator().manual_seed(0))


def test_table_three_has_nine_and_ours_is_the_tenth() -> None:
    assert set(BACKBONES) == {*PUBLISHED, LITE}
    assert set(KERAS) == set(PUBLISHED)


@needs_keras
@pytest.mark.parametrize("name", PUBLISHED)
def test_counts_and_shapes_are_the_published_ones(name: str) -> None:
    cnn = build_backbone(name)
    published, width = PUBLISHED[name]
    own = INPUT_STATISTICS if name.startswith("EfficientNet") else 0
    assert cnn.network.count_params() == published
    assert parameter_count(cnn) == published - own
    assert cnn.width == width
    cnn.eval()
    out = cnn(pictures(1))
    assert out.shape == (1, width)
    out.square().sum().backward()
    learnt = [p for p in cnn.parameters() if p.requires_grad]
    assert all(torch.isfinite(p.grad).all() for p in learnt)
    assert sum(bool(p.grad.abs().sum() > 0) for p in learnt) > 0.9 * len(learnt)


def test_lite_has_its_size() -> None:
    cnn = build_backbone(LITE)
    assert cnn.width == 1280
    # 6,092,072 weights as published, of which the classifier has 1280 x 1000 + 1000
    assert sum(p.numel() for p in cnn.parameters()) == 6_092_072 - 1_281_000


@pytest.mark.parametrize("name", KINDS)
def test_flattened_maps_average_to_the_pooled_ones(name: str) -> None:
    torch.manual_seed(0)
    pooled = build_backbone(name).eval()
    flat = build_backbone(name, pool="flatten").eval()
    flat.load_state_dict(pooled.state_dict())
    with torch.inference_mode():
        maps = flat(pictures())
        assert maps.shape == (2, flat.width) == (2, 4 * pooled.width)
        shape = (2, pooled.width, 4) if name == LITE else (2, 4, pooled.width)
        average = maps.view(shape).mean(2 if name == LITE else 1)
        torch.testing.assert_close(average, pooled(pictures()), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", KINDS)
def test_a_state_fits_the_same_network_built_later(name: str, tmp_path: Path) -> None:
    """Keras numbers variables by what was built before; the state must not know."""
    first, second = build_backbone(name).eval(), build_backbone(name).eval()
    assert list(first.state_dict()) == list(second.state_dict())
    with torch.inference_mode():
        assert not torch.equal(first(pictures()), second(pictures()))
        save_file(dict(first.state_dict()), tmp_path / "cnn.safetensors")
        second.load_state_dict(first.state_dict())
        torch.testing.assert_close(first(pictures()), second(pictures()), rtol=0, atol=0)
        copied = copy.deepcopy(first)
        torch.testing.assert_close(first(pictures()), copied(pictures()), rtol=0, atol=0)


def statistics(cnn: Backbone) -> dict[str, torch.Tensor]:
    """What a network keeps, but for counters."""
    return {k: v.clone() for k, v in cnn.state_dict().items() if v.is_floating_point()}


@pytest.mark.parametrize("name", KINDS)
def test_frozen_layers_keep_weights_and_statistics(name: str) -> None:
    torch.manual_seed(0)
    cnn = build_backbone(name).train()
    before = cnn.points[len(cnn.points) // 2]
    cnn.freeze(before)
    remaining = cnn.points[: cnn.points.index(before)]
    optimizer = torch.optim.SGD([p for p in cnn.parameters() if p.requires_grad], 0.1)
    old = statistics(cnn)
    for _ in range(3):
        cnn(pictures(4)).square().mean().backward()
    optimizer.step()
    changed = {key for key, value in statistics(cnn).items() if not torch.equal(value, old[key])}

    def frozen(key: str) -> bool:
        layer = key.removeprefix("network.").removeprefix("_torch_params.")
        return any(layer.startswith((f"{p}.", f"{p}/")) for p in remaining)

    assert changed
    assert not [key for key in changed if frozen(key)]
    assert [key for key in old if frozen(key)]


@pytest.mark.parametrize("name", KINDS)
def test_all_or_nothing_can_be_frozen(name: str) -> None:
    cnn = build_backbone(name)
    every = sum(p.requires_grad for p in cnn.parameters())
    cnn.freeze("all")
    assert not any(p.requires_grad for p in cnn.parameters())
    cnn.freeze(None)
    assert sum(p.requires_grad for p in cnn.parameters()) == every
    with pytest.raises(ConfigError, match="no layer 'block9'"):
        cnn.freeze("block9")


@pytest.mark.parametrize("name", KINDS)
def test_inputs_are_converted(name: str) -> None:
    torch.manual_seed(0)
    to_imagenet = build_backbone(name, weights="imagenet" if name == LITE else None).eval()
    to_unit = build_backbone(name, inputs="unit").eval()
    to_unit.load_state_dict(to_imagenet.state_dict())
    with torch.inference_mode():
        assert not torch.allclose(to_imagenet(pictures()), to_unit(pictures()))


@needs_keras
@pytest.mark.parametrize(("name", "module"), [("VGG16", "vgg16"), ("ResNet50V2", "resnet_v2")])
def test_imagenet_inputs_are_those_of_keras(name: str, module: str) -> None:
    keras = keras_backbone.load_keras(name)
    theirs = getattr(keras.applications, module).preprocess_input(255 * pictures().numpy()).copy()
    ours = KERAS[name].imagenet(pictures())
    torch.testing.assert_close(ours, torch.as_tensor(theirs), rtol=1e-5, atol=1e-4)


@needs_keras
@pytest.mark.parametrize("name", ["VGG16", "EfficientNetB1"])
def test_keras_weights_are_read_from_a_file(name: str, tmp_path: Path) -> None:
    source = build_backbone(name).eval()
    path = tmp_path / "cnn.weights.h5"
    source.network.save_weights(path)
    read = build_backbone(name, weights=path).eval()
    with torch.inference_mode():
        torch.testing.assert_close(source(pictures()), read(pictures()), rtol=0, atol=0)
    other = "VGG19" if name == "VGG16" else "EfficientNetB2"
    with pytest.raises(WeightsError, match=f"not the weights of {other}"):
        build_backbone(other, weights=path)


@needs_keras
def test_a_download_that_fails_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    keras = keras_backbone.load_keras("VGG16")
    build = keras.applications.VGG16

    def offline(*, weights, **options):
        if weights == "imagenet":
            raise Exception("URL fetch failure")  # what Keras raises
        return build(weights=weights, **options)

    monkeypatch.setattr(keras.applications, "VGG16", offline)
    with pytest.raises(WeightsError, match=r"VGG16: .*not be fetched \(URL fetch failure\); give"):
        build_backbone("VGG16", weights="imagenet")


def test_lite_reads_safetensors_and_nothing_else(tmp_path: Path) -> None:
    source = build_backbone(LITE, weights="imagenet").eval()
    path = tmp_path / "cnn.safetensors"
    state = {key: value.contiguous() for key, value in source.network.state_dict().items()}
    save_file(state, path)
    read = build_backbone(LITE, weights=path).eval()
    with torch.inference_mode():
        torch.testing.assert_close(source(pictures()), read(pictures()), rtol=0, atol=0)
    with pytest.raises(WeightsError, match=r"none\.pth: no such file; give .* \.safetensors file"):
        build_backbone(LITE, weights=tmp_path / "none.pth")
    torch.save(state, tmp_path / "cnn.pth")
    with pytest.raises(WeightsError, match=r"cnn\.pth: expected a \.safetensors file"):
        build_backbone(LITE, weights=tmp_path / "cnn.pth")
    save_file({"conv": torch.zeros(3)}, path)
    with pytest.raises(WeightsError, match=f"not the weights of {LITE}"):
        build_backbone(LITE, weights=path)


def test_without_keras_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras_backbone, "find_spec", lambda name: None)
    with pytest.raises(BackendError, match=r"VGG16 needs Keras.*hirenet-sales\[keras\]"):
        build_backbone("VGG16")


@needs_keras
def test_another_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    keras = keras_backbone.load_keras("VGG16")
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(BackendError, match="backend jax; expected torch"):
        keras_backbone.load_keras("VGG16")
