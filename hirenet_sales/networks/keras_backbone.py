"""The nine CNNs of Kassab et al. 2022, Table III, from `keras.applications` on the torch backend.

Keras is the extra `keras`; nothing here imports it before it is asked for.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import torch
from torch import Tensor, nn

from extractors.errors import BackendError, WeightsError
from hirenet_sales.networks.backbone import Backbone

IMAGENET_MEAN, IMAGENET_SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE_MEAN = (103.939, 116.779, 123.68)  # BGR, 0..255: what VGG was trained with


def _caffe(x: Tensor) -> Tensor:
    return 255 * x.flip(-1) - x.new_tensor(CAFFE_MEAN)


def _symmetric(x: Tensor) -> Tensor:
    return 2 * x - 1


def _standardised(x: Tensor) -> Tensor:
    return _as_bytes((x - x.new_tensor(IMAGENET_MEAN)) / x.new_tensor(IMAGENET_SD))


def _as_bytes(x: Tensor) -> Tensor:
    return 255 * x  # Keras's EfficientNet begins with a division by 255


def _as_is(x: Tensor) -> Tensor:
    return x


# From pictures on [0, 1] to what the first layer takes: with inputs "imagenet", and with "unit".
Conversions = tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]
KERAS: dict[str, Conversions] = {
    **dict.fromkeys(("VGG16", "VGG19"), (_caffe, _as_is)),
    **dict.fromkeys(("ResNet50V2", "ResNet101V2"), (_symmetric, _as_is)),
    **{f"EfficientNetB{n}": (_standardised, _as_bytes) for n in range(1, 6)},
}


class KerasBackbone(Backbone):
    """A network of `keras.applications`; see `build_backbone` for the parameters.

    Keras numbers some of its variables by what the process has built before. Their names are left
    out of the state dict, so that a state fits the same network in any process: the seeds of
    dropout, and the input statistics of EfficientNet, which `inputs` replaces.
    """

    def __init__(
        self, name: str, weights: str | Path | None, inputs: str, pool: str, input_px: int
    ) -> None:
        super().__init__()
        keras = load_keras(name)
        self.name = name
        build = getattr(keras.applications, name)
        shape = {"include_top": False, "input_shape": (input_px, input_px, 3)}
        self.network = build(weights=None, pooling="avg" if pool == "average" else None, **shape)
        if weights == "imagenet":
            try:
                pretrained = build(weights="imagenet", **shape)
            except Exception as error:  # Keras raises no narrower one where a download fails
                raise WeightsError(
                    f"{name}: the ImageNet weights could not be fetched ({error}); give a file "
                    "that holds them, without the top"
                ) from error
            self.network.set_weights(pretrained.get_weights())
        elif weights is not None:
            _load_keras_weights(self.network, name, Path(weights))
        for layer in self.network.layers:
            if isinstance(layer, keras.layers.Normalization):
                for variable, value in ((layer.adapt_mean, 0.0), (layer.adapt_variance, 1.0)):
                    variable.assign(keras.ops.full(variable.shape, value))
                layer.finalize_state()
        imagenet, unit = KERAS[name]
        self.convert = unit if inputs == "unit" else imagenet
        self.points = tuple(layer.name for layer in self.network.layers if layer.weights)
        self.points = tuple(p for p in self.points if not p.startswith("normalization"))
        self.width = int(torch.Size(self.network.output_shape[1:]).numel())
        self.register_state_dict_post_hook(_without_numbered)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_with_numbered)  # type: ignore[no-untyped-call]

    def forward(self, pictures: Tensor) -> Tensor:
        # Keras moves everything to its own device, which need not be the one that torch was told.
        with load_keras(self.name).device(str(pictures.device)):
            maps: Tensor = self.network(self.convert(pictures), training=self.training)
        return maps.flatten(1)

    def _freeze(self, points: tuple[str, ...]) -> None:
        for layer in self.network.layers:
            if layer.name in self.points:
                layer.trainable = layer.name not in points


def load_keras(name: str) -> ModuleType:
    """Keras on the torch backend.

    Parameters
    ----------
    name : what needs it, for the message

    Raises
    ------
    BackendError
        if it is not installed, or was imported with another backend before.
    """
    if find_spec("keras") is None:
        raise BackendError(
            f"{name} needs Keras, which is not installed; pip install 'hirenet-sales[keras]' with "
            f"the constraints file, or use EfficientNet-Lite2"
        )
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "torch"  # Keras reads it once, when it is imported
    import keras

    if keras.backend.backend() != "torch":
        raise BackendError(
            f"{name}: Keras was imported with the backend {keras.backend.backend()}; expected "
            "torch, so set KERAS_BACKEND=torch before anything imports keras"
        )
    return cast(ModuleType, keras)


def _load_keras_weights(network: Any, name: str, path: Path) -> None:
    if not path.is_file():
        raise WeightsError(f"{path}: no such file; expected the weights of {name} without its top")
    weights = [w for w in network.weights if w.dtype == "float32"]
    for weight in weights:
        weight.assign(weight.value * torch.nan)  # Keras skips what a file lacks: make that seen
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Skipping nested container")
            network.load_weights(path)
    except (ValueError, OSError, KeyError) as error:
        raise WeightsError(
            f"{path}: not the weights of {name} without its top: {str(error).splitlines()[0]}"
        ) from error
    missing = [w.path for w in weights if torch.isnan(w.value).any()]
    if missing:
        raise WeightsError(
            f"{path}: not the weights of {name} without its top: no {', '.join(missing[:3])}"
        )


def _numbered(key: str) -> bool:
    return "seed_generator" in key or "._torch_params.normalization" in key


def _without_numbered(module: nn.Module, state: dict[str, Any], prefix: str, _: Any) -> None:
    for key in [key for key in state if key.startswith(prefix) and _numbered(key)]:
        del state[key]


def _with_numbered(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Add the entries that the state leaves out for `load_state_dict`: the present values."""
    for key, value in module.named_parameters():
        if _numbered(key):
            state[prefix + key] = value.detach()
