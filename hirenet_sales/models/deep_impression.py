"""Deep Impression (Gucluturk et al. 2016, 2017) as a model of the catalogue: pictures and sound.

In training a sample is one random crop of one random frame and one random piece of the sound, drawn
anew in every epoch; an answer is judged by the whole of its sound and all of its frames.

The poster says nothing of how the network is trained. Ours: Adam at a constant rate, the mean
squared error, and a start at the mean label.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor
from torch.optim import Adam

from hirenet_sales.data.frame_interviews import PICTURES, WAVEFORM
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.models.answer_model import AnswerModel
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.network_model import EDGE
from hirenet_sales.networks.deep_impression import DeepImpression, DeepImpressionConfig, random_clip
from hirenet_sales.training.answers import AnswerBatch, Answers, Sample
from hirenet_sales.training.options import TrainingOptions
from hirenet_sales.training.task import Optimised
from hirenet_sales.traits import TRAITS

SHORTEST_SAMPLES = 1025  # the auditory stream makes one value of 1024 samples


class DeepImpressionOptions(TrainingOptions):
    """The network, see DeepImpressionConfig, and how it is trained.

    Batch normalisation needs more than one value of a sample: so `crop_px` is more than 32, more
    than 8 with `small_input`, and `crop_samples` more than 1024.
    """

    width: int = Field(32, ge=1)
    small_input: bool = False
    crop_px: int = 224
    crop_samples: int = Field(224**2, ge=SHORTEST_SAMPLES)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)

    @field_validator("crop_px")
    @classmethod
    def _large_enough(cls, side: int, info: ValidationInfo) -> int:
        least = 9 if info.data.get("small_input") else 33
        if side < least:
            raise ValueError(f"{side} px, expected {least} or more; from 9 on with small_input")
        return side

    def network(self, targets: int) -> DeepImpressionConfig:
        """Sizes of the network."""
        return DeepImpressionConfig(
            targets, self.width, self.small_input, self.crop_px, self.crop_samples
        )


class DeepImpressionModel(AnswerModel[DeepImpression]):
    """The network with its targets.

    Parameters
    ----------
    streams : "frames" or "scenes", alone or with "waveform"; see `frame_interviews`
    """

    name, needs = "deep_impression", "a picture or sound"
    inference_batch = 4  # whole answers, up to 60 pictures each
    options: DeepImpressionOptions

    def parameters(self) -> int:
        """Numbers that are learnt, for five targets if not fitted."""
        net = self._learnt or self._empty(len(TRAITS))  # nothing is put into memory to count it
        return sum(p.numel() for p in net.parameters())

    def _samples(self, interviews: InterviewSet) -> Iterator[tuple[int, int, Sample]]:
        """Pictures uint8 (T, H, W, 3) and sound float32 (S,) of each answer; one may be empty.

        A stream that the set lacks is as if no answer had it.
        """
        side_px = self.options.crop_px
        blank, silence = np.zeros((0, side_px, side_px, 3), np.uint8), np.zeros(0, np.float32)
        for i, questions in enumerate(interviews.questions):
            for q in range(len(questions)):
                frames, waveform = blank, silence
                for stream in {*self.streams} & {*interviews.streams}:
                    values = interviews.streams[stream][i][q]
                    if stream == WAVEFORM:
                        waveform = values[:, 0]
                    else:
                        frames = values
                height, width = frames.shape[1:3]
                if min(height, width) < side_px:
                    raise DatasetError(
                        f"{interviews.dataset}: pictures of {width} x {height} px, expected sides "
                        f"of crop_px = {side_px} or more; load larger ones, or give a smaller "
                        "crop_px"
                    )
                if len(frames) or len(waveform):
                    yield i, q, (frames, waveform)

    def _training(self, train: InterviewSet, seed: int) -> Answers:
        """A new part of each answer in every epoch."""
        return Answers(train, self._samples(train), self._draw, seed)

    def _draw(self, sample: Sample, random: np.random.Generator) -> Sample:
        """See `random_clip`; a stream that the answer lacks stays empty."""
        frames, waveform = sample
        config = self.options.network(len(TRAITS))
        blank = np.zeros((1, config.crop_px, config.crop_px, 3), np.uint8)
        crop, piece = random_clip(frames if len(frames) else blank, waveform, config, random)
        return crop[: len(frames)], piece if len(waveform) else waveform

    def _start(self) -> DeepImpression:
        net = DeepImpression(self.options.network(len(self._targets)))
        mean = np.nan_to_num(to_unit(self._mean, self._targets), nan=0.5)
        start = np.arctanh(2 * np.clip(mean, EDGE, 1 - EDGE) - 1)
        net.fusion.bias.data = torch.from_numpy(start).float()
        return net

    def _empty(self, targets: int) -> DeepImpression:
        with torch.device("meta"):
            return DeepImpression(self.options.network(targets))

    def _estimate(self, net: torch.nn.Module, batch: AnswerBatch) -> Tensor:
        (frames, valid), (waveform, sampled) = batch.streams
        result: Tensor = net(frames, waveform, valid=valid, samples=sampled.sum(1))
        return result

    def _optimise(self, net: torch.nn.Module, steps: int) -> Optimised:
        o = self.options
        return Optimised(Adam(net.parameters(), o.learning_rate, weight_decay=o.weight_decay))

    def _check(self, train: InterviewSet) -> None:
        pictures = [stream for stream in self.streams if stream in PICTURES]
        if len(pictures) != 1 or {*self.streams} - {*pictures, WAVEFORM}:
            raise ConfigError(
                f"model '{self.name}' reads stream {' or '.join(PICTURES)} of frame_interviews, "
                f"alone or with {WAVEFORM}; found {', '.join(self.streams) or 'none'}"
            )
        for stream in self.streams:
            if stream not in train.streams:
                raise DatasetError(
                    f"{train.dataset}: no stream {stream}; load it by frame_interviews"
                )


ENTRIES = (
    Entry(
        "deep_impression",
        "Gucluturk et al. 2017, Deep Impression",
        "17-layer auditory and visual residual streams, fused late",
        DeepImpressionOptions,
        DeepImpressionModel,
        fuses=True,
        reads="frames and sound",
    ),
)
