"""What every model of the laboratory can do, however it does it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from hirenet_sales.datasets.interview_set import InterviewSet

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Prediction:
    """Estimates of interviews on the scale of their targets.

    Attributes
    ----------
    interviews : float (N, K); for a binary target the probability of 1
    answers : one (Q, K) an interview, NaN where an answer lacks every stream that the model reads;
        None where the model gives none
    """

    interviews: np.ndarray
    answers: list[np.ndarray] | None = None


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
