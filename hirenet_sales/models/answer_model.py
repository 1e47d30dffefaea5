"""What models that read pictures or sound share: every answer is a sample.

An answer is learnt from its own label where it has one, else from that of its interview; the
estimate of an interview is the mean over its answers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.data.network_inputs import from_unit
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction, training_means
from hirenet_sales.models.model import ModelState, fit_arguments
from hirenet_sales.models.weights import PREFIX, take_weights, weights_of
from hirenet_sales.training.answers import AnswerBatch, Answers, AnswerTask, Sample, answer_batch
from hirenet_sales.training.loop import train_net
from hirenet_sales.training.options import Options, TrainingOptions
from hirenet_sales.training.task import Optimised

Learnt = TypeVar("Learnt")  # what a fit leaves: a network, or several with what joins them
Net = TypeVar("Net", bound=nn.Module)
EDGE = 0.02  # a first guess stays this far from the ends, where sigmoid and tanh are flat


class AnswerModel(ABC, Generic[Learnt]):
    """A `SaveableModel`, before and after it is fitted.

    Attributes
    ----------
    version : of the way of training: a fit of another version is not taken for this one
    """

    name: str
    version = 1

    def __init__(self, streams: tuple[str, ...], options: Options) -> None:
        self.streams, self.options = streams, options
        self._learnt: Learnt | None = None
        self._targets: tuple[Target, ...] = ()
        self._mean = np.zeros(0)

    @abstractmethod
    def _check(self, train: InterviewSet) -> None:
        """Refuse streams that the model cannot read, or that the set lacks."""

    def _fitted(self) -> Learnt:
        if self._learnt is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        return self._learnt

    def _content(self) -> dict[str, Any]:
        """What `ModelState.learnt` reads, as JSON values."""
        targets = [asdict(target) for target in self._targets]
        return {"targets": targets, "mean": self._mean.tolist()}

    def _arguments(self, targets: Sequence[Target], seed: int, **digests: Any) -> dict[str, Any]:
        """JSON values of all that decides a fit."""
        further = {"version": self.version, "seed": seed, **digests}
        return fit_arguments(self.name, self.streams, self.options, targets, **further)


class AnswerNetModel(AnswerModel[Net]):
    """A model of one network, trained on the mean squared error until held-out answers stop it.

    Attributes
    ----------
    reading : answers read at once, where nothing is learnt
    what : an answer has to have, as a message calls it
    """

    reading: int
    what: str
    options: TrainingOptions

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model.

        Raises
        ------
        DatasetError
            if a stream or labels are missing, or what is in them cannot be read.
        ConfigError
            if the model cannot read its streams, or `folder` holds a fit of other arguments.
        """
        self._check(train)
        learnt, held_out = (
            self._training(train, seed),
            Answers(validation, self._samples(validation)),
        )
        if not len(learnt) or not len(held_out):
            raise DatasetError(
                f"{train.dataset}: {len(learnt)} answers with {self.what} and a label to learn "
                f"from, {len(held_out)} to choose by; expected some of both"
            )
        self._targets, self._mean = train.targets, training_means(train, "interview")
        task = AnswerTask(
            learnt,
            held_out,
            estimate=self._estimate,
            optimise=self._optimise,
            options=self.options,
            reading=self.reading,
            seed=seed,
        )
        digests = {"train": learnt.digest(), "validation": held_out.digest()}
        arguments = self._arguments(train.targets, seed, **digests)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = self._start()
            train_net(
                net, [task], options=self.options, seed=seed, folder=folder, arguments=arguments
            )
        self._learnt = net.eval()

    def predict(self, interviews: InterviewSet) -> Prediction:
        """See Model. Answers with nothing to read are left open.

        Raises
        ------
        DatasetError
            if what is in the streams cannot be read.
        ConfigError
            if the model is not fitted.
        """
        net = self._fitted()
        answers = [np.full((len(q), len(self._targets)), np.nan) for q in interviews.questions]
        parts = list(self._parts(interviews))
        unit: dict[tuple[int, int], list[np.ndarray]] = {}
        unlabelled = np.zeros(len(self._targets))
        for begin in range(0, len(parts), self.reading):
            some = parts[begin : begin + self.reading]
            batch = answer_batch([(sample, unlabelled) for _, _, sample in some])
            with torch.inference_mode():
                rows = self._estimate(net, batch).double().numpy()
            for (i, q, _), row in zip(some, rows, strict=True):
                unit.setdefault((i, q), []).append(row)
        for (i, q), of_parts in unit.items():
            answers[i][q] = from_unit(np.mean(of_parts, axis=0), self._targets)
        return Prediction.of_answers(answers, self._mean)

    def state(self) -> ModelState:
        """See SaveableModel."""
        return ModelState(self._content(), weights_of(self._fitted()))

    def restore(self, state: ModelState) -> None:
        """See SaveableModel."""
        targets, mean = state.learnt()
        net = self._empty(len(targets))
        take_weights(net, state.part(PREFIX))
        self._learnt, self._targets, self._mean = net, targets, mean

    @abstractmethod
    def _samples(self, interviews: InterviewSet) -> Iterator[tuple[int, int, Sample]]:
        """Interview, answer and sample of each answer that has anything to read."""

    def _training(self, train: InterviewSet, seed: int) -> Answers:
        """What is learnt from."""
        return Answers(train, self._samples(train))

    def _parts(self, interviews: InterviewSet) -> Iterator[tuple[int, int, Sample]]:
        """What is read of each answer; the mean over its parts is its estimate."""
        return self._samples(interviews)

    @abstractmethod
    def _start(self) -> Net:
        """The network before it is trained: it gives about the mean label."""

    @abstractmethod
    def _empty(self, targets: int) -> Net:
        """The network without weights, on the meta device where it can be."""

    @abstractmethod
    def _estimate(self, net: nn.Module, batch: AnswerBatch) -> Tensor:
        """Estimates (B, K) on [0, 1]."""

    @abstractmethod
    def _optimise(self, net: nn.Module, steps: int) -> Optimised:
        """How the loss is minimised."""
