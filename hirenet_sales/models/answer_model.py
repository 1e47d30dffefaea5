"""Base of the models that read pictures or sound: every answer is a sample.

An answer is learnt from its own label where it has one, else from that of its interview; the
estimate of an interview is the mean over its answers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import distinct_answers
from hirenet_sales.data.network_inputs import from_unit
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.prediction import Prediction, training_means
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.network_model import PREFIX, NetworkModel, restore_weights, weights_of
from hirenet_sales.training.answers import AnswerBatch, Answers, AnswerTask, Sample, answer_batch
from hirenet_sales.training.loop import train_net
from hirenet_sales.training.options import TrainingOptions
from hirenet_sales.training.task import Optimised

Net = TypeVar("Net", bound=nn.Module)


class AnswerModel(NetworkModel[Net]):
    """A model of one network, trained on the mean squared error until held-out answers stop it.

    Attributes
    ----------
    inference_batch : answers read at once in inference
    needs : of an answer, as a message calls it
    """

    inference_batch: int
    needs: str
    options: TrainingOptions

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        self._check(train)
        learnt = self._training(train, seed)
        held_out = Answers(validation, self._samples(validation))
        if not len(learnt) or not len(held_out):
            raise DatasetError(
                f"{train.dataset}: {len(learnt)} answers with {self.needs} and a label to learn "
                f"from, {len(held_out)} to choose by; expected some of both"
            )
        self._targets, self._mean = train.targets, training_means(train, "interview")
        task = AnswerTask(
            learnt,
            held_out,
            estimate=self._estimate,
            optimise=self._optimise,
            options=self.options,
            inference_batch=self.inference_batch,
            seed=seed,
        )
        arguments = self._arguments(
            train.targets, seed, train=learnt.digest(), validation=held_out.digest()
        )
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = self._start()
            train_net(
                net, [task], options=self.options, seed=seed, folder=folder, arguments=arguments
            )
        self._learnt = net.eval()

    def predict(self, interviews: InterviewSet) -> Prediction:
        net = self._fitted()
        distinct, numbers = distinct_answers(interviews, self.streams)
        estimates = np.full((len(distinct), len(self._targets)), np.nan)
        parts = list(self._parts(distinct))
        unit: dict[int, list[np.ndarray]] = {}
        unlabelled = np.zeros(len(self._targets))
        for begin in range(0, len(parts), self.inference_batch):
            some = parts[begin : begin + self.inference_batch]
            batch = answer_batch([(sample, unlabelled) for _, _, sample in some])
            with torch.inference_mode():
                rows = self._estimate(net, batch).double().numpy()
            for (i, _, _), row in zip(some, rows, strict=True):
                unit.setdefault(i, []).append(row)
        for i, of_parts in unit.items():
            estimates[i] = from_unit(np.mean(of_parts, axis=0), self._targets)
        return Prediction.of_answers([estimates[own] for own in numbers], self._mean)

    def state(self) -> ModelState:
        return ModelState(self._metadata(), weights_of(self._fitted()))

    def restore(self, state: ModelState) -> None:
        targets, mean = state.targets_and_means()
        net = self._empty(len(targets))
        restore_weights(net, state.part(PREFIX))
        self._learnt, self._targets, self._mean = net, targets, mean

    @abstractmethod
    def _check(self, train: InterviewSet) -> None:
        """Refuse streams that the model cannot read, or that the set lacks."""

    @abstractmethod
    def _samples(self, interviews: InterviewSet) -> Iterator[tuple[int, int, Sample]]:
        """Interview, answer and sample of each answer that has anything to read."""

    def _training(self, train: InterviewSet, seed: int) -> Answers:
        """Training samples."""
        return Answers(train, self._samples(train))

    def _parts(self, interviews: InterviewSet) -> Iterator[tuple[int, int, Sample]]:
        """Samples in inference; an answer's estimate is the mean over its parts."""
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
