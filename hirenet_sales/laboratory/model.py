"""What every model of the laboratory can do, however it does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from hirenet_sales.datasets.interview_set import InterviewSet
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
