"""CNN-LSTM of Kassab et al. 2022 as a model of the catalogue: it reads pictures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from pydantic import Field, ValidationInfo, field_validator
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from hirenet_sales.data.frame_interviews import COLUMNS, STREAM
from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.errors import CheckpointError, ConfigError, DatasetError
from hirenet_sales.models.answer_model import AnswerModel
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.network_model import EDGE
from hirenet_sales.networks.backbone import parameter_count
from hirenet_sales.networks.backbones import BACKBONES, LITE, SMALLEST_PX
from hirenet_sales.networks.cnn_lstm import CONFIGS, PARAMETERS, CnnLstm, CnnLstmConfig
from hirenet_sales.persist import sha256_of, write_json
from hirenet_sales.training.answers import AnswerBatch, Answers, Sample
from hirenet_sales.training.loop import WEIGHTS
from hirenet_sales.training.options import TrainingOptions
from hirenet_sales.training.task import Optimised, one_cycle
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_model import did_you_mean

FROZEN_STREAM = "frame_features"  # the frozen CNN's vectors in place of pictures
ABOUT = "cnn_lstm.json"
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
    inputs: Literal["imagenet", "unit"] = "imagenet"
    pool: Literal["average", "flatten"] = "average"
    input_px: int = Field(64, ge=SMALLEST_PX)
    dropout: float = Field(0.2, ge=0, lt=1)
    norm_momentum: float | None = Field(None, ge=0, lt=1)
    start: str | None = None
    epochs: int = Field(10, ge=1)
    patience: int = Field(3, ge=1, description="epochs without a better monitor before the end")
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)

    @field_validator("backbone")
    @classmethod
    def _canonical(cls, name: str) -> str:
        by_lower = {backbone.lower(): backbone for backbone in BACKBONES}
        by_lower["efficientnet_lite2"] = LITE
        if name.lower() not in by_lower:
            raise ValueError(f"no backbone '{name}'{did_you_mean(name, list(BACKBONES))}")
        return by_lower[name.lower()]

    @field_validator("freeze_before")
    @classmethod
    def _pretrained(cls, layer: str | None, info: ValidationInfo) -> str | None:
        if layer is not None and "weights" in info.data and info.data["weights"] is None:
            raise ValueError("a CNN with random weights cannot stay frozen; give weights")
        return layer

    def network(self, targets: int) -> CnnLstmConfig:
        """Sizes and switches of the network."""
        switches = self.model_dump(include={*CnnLstmConfig.__dataclass_fields__})
        return replace(CONFIGS[self.backbone], targets=targets, **switches)


class CnnLstmModel(AnswerModel[CnnLstm]):
    """The network with its targets.

    Parameters
    ----------
    streams : "frames", or "frame_features" where the CNN is frozen and `frozen_features` has read
        the pictures
    """

    name, inference_batch, needs = "cnn_lstm", 16, "a picture"
    options: CnnLstmOptions

    def __init__(self, streams: tuple[str, ...], options: CnnLstmOptions) -> None:
        super().__init__(streams, options)
        self._longest: int | None = None  # steps of an answer in training

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model. The folder can be read by `load`, or be another fit's `start`."""
        super().fit(train, validation, seed=seed, folder=folder)
        options = self.options.model_dump(mode="json")
        write_json(
            folder / ABOUT, {"version": self.version, "options": options, **self._metadata()}
        )

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
        model._learnt = load_network(folder, model.options, len(model._targets)).eval()
        return model

    def parameters(self) -> int:
        """Numbers that the network keeps, the CNN's included, for five targets if not fitted."""
        if self._learnt is None and self.options.pool == "average":
            return PARAMETERS[self.options.backbone]
        return parameter_count(self._learnt or CnnLstm(self.options.network(len(TRAITS))))

    def state(self) -> ModelState:
        """See SaveableModel; pictures are read by it, whatever stream the fit read."""
        state = super().state()
        return replace(state, metadata={**state.metadata, "longest": self._longest})

    def restore(self, state: ModelState) -> None:
        longest = state.metadata["longest"]
        if not (longest is None or (isinstance(longest, int) and longest > 0)):
            raise ValueError(f"longest {longest!r:.80}, expected a whole number of steps, or null")
        super().restore(state)
        self._longest = longest

    def _samples(self, interviews: InterviewSet) -> Iterator[tuple[int, int, Sample]]:
        for i, answers in enumerate(interviews.streams[self.streams[0]]):
            for q, steps in enumerate(answers):
                if len(steps):
                    yield i, q, (np.asarray(steps),)

    def _training(self, train: InterviewSet, seed: int) -> Answers:
        learnt = super()._training(train, seed)
        self._longest = max((len(steps) for (steps,) in learnt.samples), default=None)
        return learnt

    def _parts(self, interviews: InterviewSet) -> Iterator[tuple[int, int, Sample]]:
        """An answer with more steps than any in training is read in parts.

        The LSTM never learnt to go on for so long.
        """
        width = self._fitted().cnn.width if self._reads_features else len(COLUMNS)
        interviews.require_width(self.streams[0], width)
        for i, q, (steps,) in self._samples(interviews):
            for part in np.array_split(steps, -(-len(steps) // (self._longest or len(steps)))):
                yield i, q, (part,)

    def _start(self) -> CnnLstm:
        """Of `start`, else a new one with the mean label for an answer."""
        if self.options.start is not None:
            return load_network(Path(self.options.start), self.options, len(self._targets))
        net = CnnLstm(self.options.network(len(self._targets)))
        if self.options.norm_momentum is not None:
            _set_norm_momentum(net, self.options.norm_momentum)
        mean = np.clip(to_unit(self._mean, self._targets), EDGE, 1 - EDGE)
        start = torch.from_numpy(np.log(mean / (1 - mean))).float()
        cast(torch.nn.Linear, net.dense[-1]).bias.data = start
        return net

    def _empty(self, targets: int) -> CnnLstm:
        config = replace(self.options.network(targets), weights=None)
        with torch.device("meta") if config.backbone == LITE else nullcontext():  # not Keras's
            return CnnLstm(config)

    def _estimate(self, net: torch.nn.Module, batch: AnswerBatch) -> Tensor:
        [(steps, valid)] = batch.streams
        estimate = cast(CnnLstm, net).estimate if self._reads_features else net
        return estimate(steps, valid)

    def _optimise(self, net: torch.nn.Module, steps: int) -> Optimised:
        learnt = [p for p in net.parameters() if p.requires_grad]
        return one_cycle([(learnt, self.options.learning_rate)], self.options.weight_decay, steps)

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

    def _arguments(self, targets: Sequence[Target], seed: int, **digests: Any) -> dict[str, Any]:
        """As of every model, with the digest of `start` in place of its folder."""
        arguments = super()._arguments(targets, seed, **digests)
        start = arguments["options"].pop("start")
        path = Path(start or "") / WEIGHTS
        return {**arguments, "start": sha256_of(path) if start and path.is_file() else None}


def load_network(folder: Path, options: CnnLstmOptions, targets: int) -> CnnLstm:
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
        mismatch = str(error).splitlines()[1].strip()
        raise CheckpointError(
            f"{folder}: not a CNN-LSTM with {options.backbone} for {targets} targets: {mismatch}"
        ) from error
    return net


def _set_norm_momentum(net: torch.nn.Module, share: float) -> None:
    layer: Any  # Keras layers are modules, too
    for layer in net.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = 1 - share  # torch counts what is new
        elif type(layer).__name__ == "BatchNormalization":  # Keras's, which need not be installed
            layer.momentum = share


ENTRIES = (
    Entry(
        "cnn_lstm",
        PAPER,
        "a CNN reads face crops one by one, LSTMs what it saw in them",
        CnnLstmOptions,
        CnnLstmModel,
        variants={name: {"backbone": name} for name in CONFIGS},
        reads="pictures",
    ),
)
