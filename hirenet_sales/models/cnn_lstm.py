"""CNN-LSTM of Kassab et al. 2022 as a model of the laboratory: it reads pictures.

Every answer is a sample: it is learnt from its own label where it has one, else from that of its
interview; the estimate of an interview is the mean over its answers.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from pydantic import Field, ValidationInfo, field_validator
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from hirenet_sales.data.frame_interviews import COLUMNS, STREAM
from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.network_inputs import from_unit
from hirenet_sales.data.values import require_width
from hirenet_sales.errors import CheckpointError, ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.weights import PREFIX, take_weights, weights_of
from hirenet_sales.networks.backbone import parameter_count
from hirenet_sales.networks.backbones import BACKBONES, LITE
from hirenet_sales.networks.cnn_lstm import CONFIGS, PARAMETERS, CnnLstm, CnnLstmConfig
from hirenet_sales.training.cnn_lstm_training import (
    FrameAnswers,
    FrameOrder,
    FrameTraining,
    estimates_of,
    frame_batch,
)
from hirenet_sales.training.loop import WEIGHTS, is_done, train_module
from hirenet_sales.training.options import Options, TrainingOptions
from hirenet_sales.yaml_model import did_you_mean

FROZEN_STREAM = "frame_features"  # the frozen CNN's vectors in place of pictures
ABOUT = "cnn_lstm.json"
READING = 16  # answers read at once, where nothing is learnt
VERSION = 1  # of the way of training: a fit of another version is not taken for this one
EDGE = 0.02  # a first guess stays this far from the ends, where the sigmoid is flat
PAPER = "Kassab et al. 2022, IV.C and Table III"


class CnnLstmOptions(TrainingOptions):
    """The network, whose LSTM and dense sizes are those of its backbone's row of Table III.

    backbone : one of the nine of Table III, which need the extra `keras`, or EfficientNet-Lite2
    weights : "imagenet", a file, or null for random ones
    freeze_before : the first layer of the CNN that is trained, "all" = none of it, null = all
    inputs, pool, input_px : see `build_backbone`
    norm_momentum : how much of the running statistics of batch normalisation a step keeps; null =
        the library's own (Keras: 0.99, which from random weights needs some hundred steps)
    start : folder of a finished fit to go on from, the paper's second phase; null = none
    """

    backbone: str = LITE
    weights: str | None = "imagenet"
    freeze_before: str | None = None
    inputs: str = "imagenet"
    pool: str = "average"
    input_px: int = Field(64, ge=48)
    dropout: float = Field(0.2, ge=0, lt=1)
    norm_momentum: float | None = Field(None, ge=0, lt=1)
    start: str | None = None
    epochs: int = Field(10, ge=1)
    patience: int = Field(3, ge=1, description="epochs without a better monitor before the end")
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)

    @field_validator("backbone")
    @classmethod
    def _known(cls, name: str) -> str:
        by_lower = {known.lower(): known for known in BACKBONES}
        by_lower["efficientnet_lite2"] = LITE
        if name.lower() not in by_lower:
            raise ValueError(f"no backbone '{name}'{did_you_mean(name, list(BACKBONES))}")
        return by_lower[name.lower()]

    @field_validator("freeze_before")
    @classmethod
    def _worth_keeping(cls, layer: str | None, info: ValidationInfo) -> str | None:
        if layer is not None and "weights" in info.data and info.data["weights"] is None:
            raise ValueError("a CNN with random weights cannot stay frozen; give weights")
        return layer

    def network(self, targets: int) -> CnnLstmConfig:
        """Sizes and switches of the network."""
        sizes = CONFIGS[self.backbone]
        return CnnLstmConfig(
            self.backbone,
            sizes.lstm,
            sizes.dense,
            targets,
            input_px=self.input_px,
            weights=self.weights,
            inputs=self.inputs,
            pool=self.pool,
            freeze_before=self.freeze_before,
            dropout=self.dropout,
        )


class CnnLstmModel:
    """The network with its targets; a laboratory `Model`.

    Parameters
    ----------
    streams : "frames", or "frame_features" where the CNN is frozen and `frozen_features` has read
        the pictures
    """

    name = "cnn_lstm"

    def __init__(self, streams: tuple[str, ...], options: CnnLstmOptions) -> None:
        self.streams, self.options = streams, options
        self._net: CnnLstm | None = None
        self._targets: tuple[Target, ...] = ()
        self._mean = np.zeros(0)
        self._longest: int | None = None  # steps of an answer in training

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model. The folder can be read by `load_cnn_lstm`, or be another fit's `start`.

        Raises
        ------
        DatasetError
            if there are no pictures or labels.
        ConfigError
            if `folder` holds a fit of other arguments, or vectors are read of a CNN that is tuned.
        CheckpointError
            if `start` is no fit of this network.
        """
        self._check(train)
        stream, self._targets = self.streams[0], train.targets
        learnt, held_out = FrameAnswers(train, stream), FrameAnswers(validation, stream)
        if not len(learnt) or not len(held_out):
            raise DatasetError(
                f"{train.dataset}: {len(learnt)} answers with a picture and a label to learn from, "
                f"{len(held_out)} to choose by; expected some of both"
            )
        self._mean = np.nanmean(train.labels, axis=0)
        self._longest = max(map(len, learnt.steps))
        arguments = self._arguments(learnt, held_out, seed)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._net = net = self._build()
            if is_done(folder, arguments):
                net.load_state_dict(load_file(folder / WEIGHTS))
            else:
                order = FrameOrder(len(learnt), seed)
                o = self.options
                train_module(
                    FrameTraining(net, o, self._reads_features, seed),
                    DataLoader(learnt, o.batch, sampler=order, collate_fn=frame_batch),
                    DataLoader(held_out, READING, collate_fn=frame_batch),
                    monitor="validation_loss",
                    options=o,
                    folder=folder,
                    arguments=arguments,
                )
        net.eval()
        about = {
            "version": VERSION,
            "options": self.options.model_dump(mode="json"),
            "targets": [asdict(target) for target in self._targets],
            "mean": self._mean.tolist(),
        }
        (folder / ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, streams: tuple[str, ...] = (STREAM,)) -> CnnLstmModel:
        """The fitted model that `fit` left in a folder.

        Raises
        ------
        CheckpointError
            if there is none.
        """
        try:
            about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
            model = cls(streams, CnnLstmOptions.model_validate(about["options"]))
            model._targets = tuple(Target(**target) for target in about["targets"])
            model._mean = np.array(about["mean"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{folder}: no fit of model cnn_lstm ({error})") from error
        model._net = loaded(folder, model.options, len(model._targets)).eval()
        return model

    def predict(self, interviews: InterviewSet) -> Prediction:
        """See Model. Answers without a picture are left open.

        An answer with more steps than any in training is read in parts, and the mean is taken: the
        LSTM never learnt to go on for so long.
        """
        if self._net is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        width = self._net.cnn.width if self._reads_features else len(COLUMNS)
        require_width(interviews, self.streams[0], width)
        answers = [np.full((len(q), len(self._targets)), np.nan) for q in interviews.questions]
        there = [
            (i, q, part)
            for i, found in enumerate(interviews.streams[self.streams[0]])
            for q, steps in enumerate(found)
            if len(steps)
            for part in np.array_split(steps, -(-len(steps) // (self._longest or len(steps))))
        ]
        parts: dict[tuple[int, int], list[np.ndarray]] = {}
        nothing = np.zeros(len(self._targets))
        for begin in range(0, len(there), READING):
            some = there[begin : begin + READING]
            batch = frame_batch([(np.asarray(steps), nothing) for _, _, steps in some])
            with torch.inference_mode():
                unit = estimates_of(self._net, batch, self._reads_features).double().numpy()
            for (i, q, _), row in zip(some, unit, strict=True):
                parts.setdefault((i, q), []).append(row)
        for (i, q), rows in parts.items():
            answers[i][q] = from_unit(np.mean(rows, axis=0), self._targets)
        return Prediction.of_answers(answers, self._mean)

    def parameters(self) -> int:
        """Numbers that the network keeps, the CNN's included, for five targets if not fitted."""
        if self._net is None and self.options.pool == "average":
            return PARAMETERS[self.options.backbone]
        return parameter_count(self._net or CnnLstm(self.options.network(5)))

    def state(self) -> ModelState:
        """See KeptModel; pictures are read by it, whatever stream the fit read."""
        if self._net is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        said = {
            "targets": [asdict(target) for target in self._targets],
            "mean": self._mean.tolist(),
            "longest": self._longest,
        }
        return ModelState(said, weights_of(self._net))

    def restore(self, state: ModelState) -> None:
        """See KeptModel."""
        targets, mean = state.learnt()
        longest = state.said["longest"]
        if not (longest is None or (isinstance(longest, int) and longest > 0)):
            raise ValueError(f"longest {longest!r:.80}, expected a whole number of steps, or null")
        config = replace(self.options.network(len(targets)), weights=None)
        with torch.device("meta") if config.backbone == LITE else nullcontext():  # not Keras's
            net = CnnLstm(config)
        take_weights(net, state.part(PREFIX))
        self._net, self._targets, self._mean = net, targets, mean
        self._longest = longest

    def _build(self) -> CnnLstm:
        """The network before it is trained: of `start`, else with the mean label for an answer."""
        if self.options.start is not None:
            return loaded(Path(self.options.start), self.options, len(self._targets))
        net = CnnLstm(self.options.network(len(self._targets)))
        if self.options.norm_momentum is not None:
            _keep_of_statistics(net, self.options.norm_momentum)
        low, high = np.array([(t.low, t.high) for t in self._targets]).T
        mean = np.clip((self._mean - low) / (high - low), EDGE, 1 - EDGE)
        cast(torch.nn.Linear, net.dense[-1]).bias.data = torch.from_numpy(
            np.log(mean / (1 - mean))
        ).float()
        return net

    @property
    def _reads_features(self) -> bool:
        return self.streams == (FROZEN_STREAM,)

    def _check(self, train: InterviewSet) -> None:
        (stream,) = self.streams
        if stream not in (STREAM, FROZEN_STREAM):
            raise ConfigError(
                f"model '{self.name}' reads pictures, stream {STREAM} of frame_interviews; found "
                f"{stream}"
            )
        if self._reads_features and self.options.freeze_before != "all":
            raise ConfigError(
                f"stream {FROZEN_STREAM} is of a CNN that stays as it is; give freeze_before: all, "
                f"or read {STREAM}"
            )
        if stream not in train.streams:
            raise DatasetError(f"{train.dataset}: no stream {stream}; load it by frame_interviews")

    def _arguments(self, learnt: FrameAnswers, held_out: FrameAnswers, seed: int) -> dict[str, Any]:
        start = self.options.start
        changes_nothing = {"loggers", "progress", "start"}
        return {
            "version": VERSION,
            "model": self.name,
            "streams": list(self.streams),
            "options": self.options.model_dump(mode="json", exclude=changes_nothing),
            "start": None if start is None else _digest(Path(start) / WEIGHTS),
            "targets": [asdict(target) for target in self._targets],
            "seed": seed,
            "train": learnt.digest(),
            "validation": held_out.digest(),
        }


def loaded(folder: Path, options: CnnLstmOptions, targets: int) -> CnnLstm:
    """The network of a finished fit, frozen and dropping out as `options` say.

    Raises
    ------
    CheckpointError
        if there is none, or it is another network.
    """
    net = CnnLstm(replace(options.network(targets), weights=None))
    try:
        net.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{folder}: no {WEIGHTS} of a finished fit ({error})") from error
    except RuntimeError as error:
        found = str(error).splitlines()[1].strip()
        raise CheckpointError(
            f"{folder}: not a CNN-LSTM with {options.backbone} for {targets} targets: {found}"
        ) from error
    return net


def _keep_of_statistics(net: torch.nn.Module, share: float) -> None:
    layer: Any  # Keras layers are modules, too
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1 - share  # torch counts what is new
        elif type(layer).__name__ == "BatchNormalization":  # Keras's, which need not be installed
            layer.momentum = share


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _cnn_lstm(streams: tuple[str, ...], options: Options) -> CnnLstmModel:
    return CnnLstmModel(streams, cast(CnnLstmOptions, options))


ENTRIES = (
    Entry(
        "cnn_lstm",
        PAPER,
        "a CNN reads face crops one by one, LSTMs what it saw in them",
        CnnLstmOptions,
        _cnn_lstm,
        variants={name: {"backbone": name} for name in CONFIGS},
        reads="pictures",
    ),
)
