"""A model that makes one vector of every answer and gives it to a classic learner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from sklearn.base import BaseEstimator

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.classic_head import ClassicHead, Unit, Vectors
from hirenet_sales.models.classifiers import Classifier
from hirenet_sales.models.model import ModelState
from hirenet_sales.training.options import Options


class ClassicOptions(Options):
    """What every model with a classic learner can be asked.

    classifier : svm, ridge, forest, or the best of the three on validation, as in the paper
    unit : learn from single answers, as in the paper, or from interviews
    """

    classifier: Classifier = "best"
    unit: Unit = "answer"


class AnswerVectors(Protocol):
    """From answers to vectors.

    Attributes
    ----------
    notes : what differs from the paper for the training data
    width : F, values of a vector, once it is fitted
    """

    notes: tuple[str, ...]

    @property
    def width(self) -> int: ...

    def fit(self, train: InterviewSet, seed: int) -> None:
        """Learn what is needed from training interviews, never from labels."""
        ...

    def of(self, interviews: InterviewSet) -> list[np.ndarray]:
        """One (Q, F) an interview; a row of NaN where an answer has nothing to read."""
        ...

    def parameters(self) -> int:
        """How many numbers were learnt."""
        ...

    def state(self) -> ModelState:
        """What `restore` needs."""
        ...

    def restore(self, state: ModelState) -> None:
        """Become what `state` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            if it is damaged.
        """
        ...


class VectorModel:
    """Answer vectors into SVM, ridge or random forest; a `Model`.

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

    @property
    def notes(self) -> tuple[str, ...]:
        """What differs from the paper for this data, as sentences."""
        return self.vectors.notes

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Learn; the vectors again in every call, which is quick, the search never twice.

        Raises
        ------
        DatasetError
            if no answer has the stream, or a target has no training row with a label.
        """
        self.vectors.fit(train, seed)
        parts = [(part, Vectors.averaged(self.vectors.of(part))) for part in (train, validation)]
        self.head.fit(*parts, seed=seed, folder=folder, notes=self.notes)

    def predict(self, interviews: InterviewSet) -> Prediction:
        """Estimates; an interview without anything to read gets the training mean."""
        return self.head.predict(Vectors.averaged(self.vectors.of(interviews)))

    def parameters(self) -> int:
        """Numbers learnt by the vectors and the learners."""
        return self.vectors.parameters() + self.head.parameters()

    def state(self) -> ModelState:
        """See SaveableModel."""
        if not self.head.fitted:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        return ModelState.joined({"vectors": self.vectors.state(), "head": self.head.state()})

    def restore(self, state: ModelState) -> None:
        """See SaveableModel."""
        self.vectors.restore(state.of("vectors"))
        self.head.restore(state.of("head"), self.vectors.width)
