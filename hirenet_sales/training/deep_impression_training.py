"""Training of Deep Impression on single answers: a new part of each in every epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import lightning
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from hirenet_sales.data.frame_interviews import PICTURES
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.data.waveforms import STREAM as WAVEFORM
from hirenet_sales.errors import DatasetError
from hirenet_sales.networks.deep_impression import DeepImpression, DeepImpressionConfig, random_clip
from hirenet_sales.training.cnn_lstm_training import FrameOrder
from hirenet_sales.training.options import TrainingOptions


class Clip(NamedTuple):
    """An answer, or a part of it: uint8 (T, H, W, 3) and float32 (S,); one of them may be empty."""

    frames: np.ndarray
    waveform: np.ndarray


@dataclass(frozen=True, eq=False)
class ClipBatch:
    """Answers.

    Attributes
    ----------
    frames, valid : uint8 (B, T, H, W, 3), bool (B, T)
    waveform, samples : float32 (B, S), int (B,), how many of them are real
    targets : (B, K) on [0, 1] or NaN
    """

    frames: Tensor
    valid: Tensor
    waveform: Tensor
    samples: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> ClipBatch:
        """Lightning calls it."""
        return ClipBatch(*(part.to(device) for part in vars(self).values()))


def clips_of(
    interviews: InterviewSet, streams: Sequence[str], side_px: int
) -> Iterator[tuple[int, int, Clip]]:
    """Interview, answer and clip of every answer that has a picture or sound.

    Parameters
    ----------
    streams : those that are read; one that the set lacks is as if no answer had it
    side_px : pictures have at least these sides

    Raises
    ------
    DatasetError
        if pictures are smaller.
    """
    nothing = Clip(np.zeros((0, side_px, side_px, 3), np.uint8), np.zeros(0, np.float32))
    for i, questions in enumerate(interviews.questions):
        for q in range(len(questions)):
            clip = nothing
            for stream in streams:
                if stream not in interviews.streams:
                    continue
                values = interviews.streams[stream][i][q]
                if stream == WAVEFORM:
                    clip = clip._replace(waveform=values[:, 0])
                elif stream in PICTURES:
                    clip = clip._replace(frames=values)
            height, width = clip.frames.shape[1:3]
            if min(height, width) < side_px:
                raise DatasetError(
                    f"{interviews.dataset}: pictures of {width} x {height} px, expected sides of "
                    f"crop_px = {side_px} or more; load larger ones, or give a smaller crop_px"
                )
            if len(clip.frames) or len(clip.waveform):
                yield i, q, clip


class Clips(Dataset):
    """The answers of a set that have a picture or sound and a label: its own, else its interview's.

    Parameters
    ----------
    streams : see `clips_of`
    config : what is cut out
    drawn : seed of the parts that each epoch sees; None = answers are whole

    Attributes
    ----------
    targets : (R, K) on [0, 1], NaN = unknown
    """

    def __init__(
        self,
        interviews: InterviewSet,
        streams: Sequence[str],
        config: DeepImpressionConfig,
        drawn: int | None = None,
    ) -> None:
        self.config, self.drawn, self.epoch = config, drawn, 0
        self.clips: list[Clip] = []
        labels = []
        own = interviews.answer_labels
        for i, q, clip in clips_of(interviews, streams, config.crop_px):
            label = interviews.labels[i] if own is None else own[i][q]
            if np.isfinite(label).any():
                self.clips.append(clip)
                labels.append(label)
        none = np.zeros((0, len(interviews.targets)))
        self.targets = to_unit(np.array(labels) if labels else none, interviews.targets)

    def digest(self) -> str:
        """sha256 of all that is learnt from."""
        state = hashlib.sha256(np.ascontiguousarray(self.targets).tobytes())
        for clip in self.clips:
            for values in clip:
                state.update(repr(values.shape).encode())
                state.update(np.ascontiguousarray(values).tobytes())
        return state.hexdigest()

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, row: int) -> tuple[Clip, np.ndarray]:
        clip = self.clips[row]
        if self.drawn is not None:
            random = np.random.default_rng([self.drawn, self.epoch, row])
            clip = drawn_part(clip, self.config, random)
        return clip, self.targets[row]


def drawn_part(clip: Clip, config: DeepImpressionConfig, random: np.random.Generator) -> Clip:
    """See `random_clip`; what an answer lacks, its part lacks too."""
    blank = np.zeros((1, config.crop_px, config.crop_px, 3), np.uint8)
    frames = clip.frames if len(clip.frames) else blank
    crop, piece = random_clip(frames, clip.waveform, config, random)
    return Clip(crop[: len(clip.frames)], piece if len(clip.waveform) else clip.waveform)


class ClipOrder(FrameOrder):
    """The order of an epoch; the clips are told the epoch, too."""

    def __init__(self, clips: Clips, seed: int) -> None:
        super().__init__(len(clips), seed)
        self.clips = clips

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls it before every epoch."""
        super().set_epoch(epoch)
        self.clips.epoch = epoch


def clip_batch(answers: Sequence[tuple[Clip, np.ndarray]]) -> ClipBatch:
    """Clips and their targets, padded to the longest."""
    counts = [len(clip.frames) for clip, _ in answers]
    samples = [len(clip.waveform) for clip, _ in answers]
    like = answers[int(np.argmax(counts))][0].frames
    frames = np.zeros((len(answers), max(counts), *like.shape[1:]), np.uint8)
    waveform = np.zeros((len(answers), max(samples)), np.float32)
    for row, (clip, _) in enumerate(answers):
        if counts[row]:
            frames[row, : counts[row]] = clip.frames
        waveform[row, : samples[row]] = clip.waveform
    return ClipBatch(
        torch.from_numpy(frames),
        torch.arange(max(counts)) < torch.tensor(counts).unsqueeze(1),
        torch.from_numpy(waveform),
        torch.tensor(samples),
        torch.from_numpy(np.stack([target for _, target in answers]).astype(np.float32)),
    )


class ClipTraining(lightning.LightningModule):
    """Mean squared error over the labels that are known; Adam.

    Parameters
    ----------
    seed : of what is random in every step, were there anything
    """

    def __init__(self, net: DeepImpression, options: TrainingOptions, seed: int) -> None:
        super().__init__()
        self.net, self.options, self.seed = net, options, seed

    def training_step(self, batch: ClipBatch, _: int) -> Tensor:
        loss = self._loss(batch)
        self.log("loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.valid))
        return loss

    def validation_step(self, batch: ClipBatch, _: int) -> None:
        self.log("validation_loss", self._loss(batch), batch_size=len(batch.valid), prog_bar=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        o = self.options
        return torch.optim.Adam(self.net.parameters(), o.learning_rate, weight_decay=o.weight_decay)

    def _loss(self, batch: ClipBatch) -> Tensor:
        known = ~batch.targets.isnan()
        errors = estimates_of(self.net, batch)[known] - batch.targets[known]
        return errors.square().mean()


def estimates_of(net: DeepImpression, batch: ClipBatch) -> Tensor:
    """Estimates (B, K) on [0, 1]."""
    return net(batch.frames, batch.waveform, valid=batch.valid, samples=batch.samples)
