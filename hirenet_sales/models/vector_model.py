"""A model that makes one vector of every answer and gives it to a classic learner."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.classic_head import ClassicHead, Unit, Vectors
from hirenet_sales.models.classifiers import Classifier
from hirenet_sales.models.model import ModelState, SaveableModel
from hirenet_sales.training.options import Options


class ClassicOptions(Options):
    """Options of every model with a classic learner.

    classifier : svm, ridge, forest, or the best of the three on validation, as in the paper
    unit : learn from single answers, as in the paper, or from interviews
    """

    classifier: Classifier = "best"
    unit: Unit = "answer"


class AnswerVectors(ABC):
    """From answers to vectors.

    Attributes
    ----------
    notes : deviations from the paper for the training data
    """

    notes: tuple[str, ...] = ()

    @property
    @abstractmethod
    def width(self) -> int:
        """F, values of a vector; of a fitted one."""

    @abstractmethod
    def fit(self, train: InterviewSet, seed: int) -> None:
        """Fit to training interviews, never to their labels."""

    @abstractmethod
    def of(self, interviews: InterviewSet) -> list[np.ndarray]:
        """One (Q, F) an interview; a row of NaN where an answer has nothing to read."""

    def parameters(self) -> int:
        """How many numbers were learnt."""
        return 0

    @abstractmethod
    def state(self) -> ModelState:
        """What `restore` needs."""

    @abstractmethod
    def restore(self, state: ModelState) -> None:
        """The inverse of `state`."""


class VectorModel(SaveableModel):
    """Answer vectors into SVM, ridge or random forest.

    Parameters
    ----------
    name, streams : as in the catalogue
    vectors : what makes vectors of answers
    steps : what stands before the learner, such as a scaler
    options : learner and unit
    """

    def __init__(
        self,
        name: str,
        streams: tuple[str, ...],
        vectors: AnswerVectors,
        steps: Sequence[tuple[str, BaseEstimator]],
        options: ClassicOptions,
    ) -> None:
        self.name, self.streams, self.vectors = name, streams, vectors
        self.head = ClassicHead(options.classifier, options.unit, steps, f"{name}|{options!r}")

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model. The vectors are learnt again in every call, the search is not repeated."""
        self.vectors.fit(train, seed)
        parts = [(part, Vectors.averaged(self.vectors.of(part))) for part in (train, validation)]
        self.head.fit(*parts, seed=seed, folder=folder, notes=self.vectors.notes)

    def predict(self, interviews: InterviewSet) -> Prediction:
        return self.head.predict(Vectors.averaged(self.vectors.of(interviews)))

    def parameters(self) -> int:
        return self.vectors.parameters() + self.head.parameters()

    def state(self) -> ModelState:
        if not self.head.fitted:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        return ModelState.joined({"vectors": self.vectors.state(), "head": self.head.state()})

    def restore(self, state: ModelState) -> None:
        self.vectors.restore(state.of("vectors"))
        self.head.restore(state.of("head"), self.vectors.width)
