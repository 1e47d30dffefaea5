"""Deep Impression (Gucluturk et al. 2016, 2017) as a model of the laboratory: pictures and sound.

Every answer is a sample: it is learnt from its own label where it has one, else from that of its
interview; the estimate of an interview is the mean over its answers. In training a sample is one
random crop of one random frame and one random piece of the sound, drawn anew in every epoch; an
answer is judged by the whole of its sound and all of its frames.

The poster says nothing of how the network is trained. Ours: Adam at a constant rate, the mean
squared error, and a start at the mean label.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from pydantic import Field, ValidationInfo, field_validator
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from hirenet_sales.data.frame_interviews import PICTURES
from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.network_inputs import from_unit, to_unit
from hirenet_sales.data.waveforms import STREAM as WAVEFORM
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction, training_means
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.weights import PREFIX, take_weights, weights_of
from hirenet_sales.networks.deep_impression import DeepImpression, DeepImpressionConfig
from hirenet_sales.training.deep_impression_training import (
    ClipOrder,
    Clips,
    ClipTraining,
    clip_batch,
    clips_of,
    estimates_of,
)
from hirenet_sales.training.loop import (
    WEIGHTS,
    is_done,
    train_module,
)
from hirenet_sales.training.options import NOT_IN_NUMBERS, Options, TrainingOptions
from hirenet_sales.traits import TRAITS

READING = 4  # whole answers read at once, up to 60 pictures each
VERSION = 1  # of the way of training: a fit of another version is not taken for this one
EDGE = 0.02  # a first guess stays this far from the ends, where tanh is flat
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
            raise ValueError(f"found {side}, expected {least} or more; from 9 on with small_input")
        return side

    def network(self, targets: int) -> DeepImpressionConfig:
        """Sizes of the network."""
        return DeepImpressionConfig(
            targets, self.width, self.small_input, self.crop_px, self.crop_samples
        )


class DeepImpressionModel:
    """The network with its targets; a laboratory `KeptModel`.

    Parameters
    ----------
    streams : "frames" or "scenes", alone or with "waveform"; see `frame_interviews`
    """

    name = "deep_impression"

    def __init__(self, streams: tuple[str, ...], options: DeepImpressionOptions) -> None:
        self.streams, self.options = streams, options
        self._net: DeepImpression | None = None
        self._targets: tuple[Target, ...] = ()
        self._mean = np.zeros(0)

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model.

        Raises
        ------
        DatasetError
            if a stream or labels are missing, or pictures are smaller than `crop_px`.
        ConfigError
            if it shall read other streams, or `folder` holds a fit of other arguments.
        """
        self._check(train)
        config = self.options.network(len(train.targets))
        learnt = Clips(train, self.streams, config, drawn=seed)
        held_out = Clips(validation, self.streams, config)
        if not len(learnt) or not len(held_out):
            raise DatasetError(
                f"{train.dataset}: {len(learnt)} answers with a picture or sound and a label to "
                f"learn from, {len(held_out)} to choose by; expected some of both"
            )
        self._targets, self._mean = train.targets, training_means(train, "interview")
        arguments = self._arguments(learnt, held_out, seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._net = net = self._build(config)
            if is_done(folder, arguments):
                net.load_state_dict(load_file(folder / WEIGHTS))
            else:
                o = self.options
                train_module(
                    ClipTraining(net, o, seed),
                    DataLoader(
                        learnt, o.batch, sampler=ClipOrder(learnt, seed), collate_fn=clip_batch
                    ),
                    DataLoader(held_out, READING, collate_fn=clip_batch),
                    monitor="validation_loss",
                    options=o,
                    folder=folder,
                    arguments=arguments,
                )
        net.eval()

    def predict(self, interviews: InterviewSet) -> Prediction:
        """See Model. Answers without a picture and without sound are left open.

        Raises
        ------
        DatasetError
            if pictures are smaller than `crop_px`.
        ConfigError
            if the model is not fitted.
        """
        net = self._fitted()
        answers = [np.full((len(q), len(self._targets)), np.nan) for q in interviews.questions]
        there = list(clips_of(interviews, self.streams, self.options.crop_px))
        nothing = np.zeros(len(self._targets))
        for begin in range(0, len(there), READING):
            some = there[begin : begin + READING]
            batch = clip_batch([(clip, nothing) for _, _, clip in some])
            with torch.inference_mode():
                unit = estimates_of(net, batch).double().numpy()
            for (i, q, _), row in zip(some, unit, strict=True):
                answers[i][q] = from_unit(row, self._targets)
        return Prediction.of_answers(answers, self._mean)

    def parameters(self) -> int:
        """Numbers that are learnt, for five targets if not fitted."""
        if self._net is not None:
            return sum(p.numel() for p in self._net.parameters())
        with torch.device("meta"):  # nothing is put into memory to count it
            net = DeepImpression(self.options.network(len(TRAITS)))
        return sum(p.numel() for p in net.parameters())

    def state(self) -> ModelState:
        """See KeptModel."""
        net = self._fitted()
        said = {
            "targets": [asdict(target) for target in self._targets],
            "mean": self._mean.tolist(),
        }
        return ModelState(said, weights_of(net))

    def restore(self, state: ModelState) -> None:
        """See KeptModel."""
        targets, mean = state.learnt()
        with torch.device("meta"):
            net = DeepImpression(self.options.network(len(targets)))
        take_weights(net, state.part(PREFIX))
        self._net, self._targets, self._mean = net, targets, mean

    def _fitted(self) -> DeepImpression:
        if self._net is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        return self._net

    def _build(self, config: DeepImpressionConfig) -> DeepImpression:
        """The network before it is trained: it gives about the mean label."""
        net = DeepImpression(config)
        mean = np.nan_to_num(to_unit(self._mean, self._targets), nan=0.5)
        start = np.arctanh(2 * np.clip(mean, EDGE, 1 - EDGE) - 1)
        net.fusion.bias.data = torch.from_numpy(start).float()
        return net

    def _check(self, train: InterviewSet) -> None:
        seen = [stream for stream in self.streams if stream in PICTURES]
        if len(seen) != 1 or {*self.streams} - {*seen, WAVEFORM}:
            raise ConfigError(
                f"model '{self.name}' reads stream {' or '.join(PICTURES)} of frame_interviews, "
                f"alone or with {WAVEFORM}; found {', '.join(self.streams) or 'none'}"
            )
        for stream in self.streams:
            if stream not in train.streams:
                raise DatasetError(
                    f"{train.dataset}: no stream {stream}; load it by frame_interviews"
                )

    def _arguments(self, learnt: Clips, held_out: Clips, seed: int) -> dict[str, Any]:
        return {
            "version": VERSION,
            "model": self.name,
            "streams": list(self.streams),
            "options": self.options.model_dump(mode="json", exclude=NOT_IN_NUMBERS),
            "targets": [asdict(target) for target in self._targets],
            "seed": seed,
            "train": learnt.digest(),
            "validation": held_out.digest(),
        }


def _deep_impression(streams: tuple[str, ...], options: Options) -> DeepImpressionModel:
    return DeepImpressionModel(streams, cast(DeepImpressionOptions, options))


ENTRIES = (
    Entry(
        "deep_impression",
        "Gucluturk et al. 2017, Deep Impression",
        "17-layer auditory and visual residual streams, fused late",
        DeepImpressionOptions,
        _deep_impression,
        fuses=True,
        reads="frames and sound",
    ),
)
