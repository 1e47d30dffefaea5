"""What every model of the laboratory can do, however it does it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from hirenet_sales.datasets.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError
from hirenet_sales.evaluation.prediction import Prediction

if TYPE_CHECKING:
    import pandas as pd


class Model(Protocol):
    """A model of the laboratory, before and after it is fitted.

    Attributes
    ----------
    name : as in the catalogue, such as "hirenet" or "hn_satt"
    streams : names of the streams that it reads
    """

    name: str
    streams: tuple[str, ...]

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Learn from `train`, choose on `validation`; logs and checkpoints go to `folder`.

        A call after an interrupted one, with the same arguments, goes on and ends with the same
        numbers as an uninterrupted one.
        """
        ...

    def predict(self, interviews: InterviewSet) -> Prediction:
        """Estimates; an interview that lacks every stream gets the training mean."""
        ...

    def parameters(self) -> int:
        """How many numbers were learnt; 0 before `fit` where that decides it."""
        ...


@runtime_checkable
class AttentionModel(Protocol):
    """A model whose attention can be read."""

    def attentions(self, interviews: InterviewSet) -> pd.DataFrame:
        """Attention, tidy: one row a step.

        Columns: interview, person, position, answer (index), question_id, question, stream, step,
        word ("" where there is none), alpha, beta, voi_step (alpha times the number of steps of the
        answer) and voi_question (beta times the number of answers with the stream); 1.0 = average.
        """
        ...


@dataclass(frozen=True, eq=False)
class ModelState:
    """What a fitted model keeps, besides its name, streams and options, so that it can be used.

    Attributes
    ----------
    said : JSON values
    arrays : by name; no two differ in case alone
    """

    said: dict[str, Any]
    arrays: dict[str, np.ndarray]

    def part(self, prefix: str) -> dict[str, np.ndarray]:
        """The arrays whose names begin so, without it."""
        return {
            name.removeprefix(prefix): array
            for name, array in self.arrays.items()
            if name.startswith(prefix)
        }


@runtime_checkable
class KeptModel(Model, Protocol):
    """A model that can be written to a checkpoint and read from one, without pickle."""

    def state(self) -> ModelState:
        """What `restore` needs.

        Raises
        ------
        ConfigError
            if the model is not fitted.
        """
        ...

    def restore(self, state: ModelState) -> None:
        """Make an unfitted model of the same name, streams and options the one that was kept.

        Raises
        ------
        KeyError, TypeError, ValueError, RuntimeError
            if the state is damaged or another model's.
        """
        ...


def kept(model: Model) -> KeptModel:
    """The model, if it can be kept.

    Raises
    ------
    ConfigError
        if it cannot.
    """
    if not isinstance(model, KeptModel):
        raise ConfigError(
            f"model '{model.name}' cannot be kept in a checkpoint: it has nothing that could be "
            "read again without pickle; choose one of the networks of `hirenet-sales models`"
        )
    return model
