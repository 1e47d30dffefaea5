"""What an analysis asks of a model, however it was trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from extractors.answer.extract import AnswerFeatures
from extractors.recipe import Recipe
from hirenet_sales.assessment import StreamName
from hirenet_sales.data.stream_inputs import StreamTable
from hirenet_sales.errors import CheckpointError
from hirenet_sales.interview import Answer, Interview
from hirenet_sales.models.conclusion import Conclusion
from hirenet_sales.uncertainty import AGAIN, Calibration


@dataclass(frozen=True, eq=False)
class Reading:
    """What a model read of one interview, and what it concluded.

    Attributes
    ----------
    answers : those that were read, in order; the rows of `conclusion` are theirs
    tables : answer id to visual, audio and text to the rows that have a place in time
    conclusion : its streams are visual, audio and text, those that the model reads

    Raises
    ------
    CheckpointError
        if an estimate of the interview is not a number: weights that are finite may still overflow.
    """

    answers: tuple[Answer, ...]
    tables: dict[str, dict[str, StreamTable]]
    conclusion: Conclusion

    def __post_init__(self) -> None:
        if not np.isfinite(self.conclusion.estimates).all():
            raise CheckpointError(
                "the model's estimates are no finite numbers: its weights are damaged, although "
                f"each is a number; {AGAIN}"
            )


class Assessor(Protocol):
    """A finished model.

    Attributes
    ----------
    name, sha256 : of the checkpoint and its weights
    training_data, sampling : what it was trained on, and what of an answer it sees, in words
    streams : those of visual, audio and text that it reads
    recipe : what is to be extracted of every answer
    calibration : half widths of its intervals
    voice_by_slice : whether a row of the voice stands for its whole slice
    """

    name: str
    sha256: str
    training_data: str
    calibration: Calibration
    voice_by_slice: bool

    @property
    def sampling(self) -> str: ...

    @property
    def streams(self) -> tuple[StreamName, ...]: ...

    @property
    def recipe(self) -> Recipe: ...

    @property
    def notices(self) -> list[str]:
        """What a reader of any assessment by this model must know, whole sentences."""
        ...

    def read(
        self,
        interview: Interview,
        features: Mapping[str, AnswerFeatures],
        streams: Sequence[str],
    ) -> Reading | None:
        """Read the answers that have any of these streams; None if none has.

        Parameters
        ----------
        features : answer id to what `recipe` extracted; answers that cannot be used are left out
        streams : some of visual, audio and text; nothing else is looked at
        """
        ...
