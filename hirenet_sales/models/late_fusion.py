"""Late fusion (Hemamou et al. 2019, section Multimodal models): the mean of the streams' scores.

One model a stream, each trained by itself; the estimate is the mean over the streams that an
interview, or an answer, has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from pydantic import Field

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models import bags, hirenet_family, non_sequential
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Model, ModelState, SaveableModel
from hirenet_sales.training.options import Options

MEMBERS = {
    entry.name: entry for entry in (*hirenet_family.ENTRIES, *non_sequential.ENTRIES, *bags.ENTRIES)
}


class LateFusionOptions(Options):
    """The model of every stream and its options."""

    model: Literal["hirenet", "hn_satt", "hn_avg", "bigru", "non_sequential", "bag_of_words"] = (
        "hirenet"
    )
    model_options: dict[str, Any] = Field(default_factory=dict)


class LateFusion(SaveableModel):
    """The mean score of one model a stream."""

    name = "late_fusion"

    def __init__(self, members: list[SaveableModel]) -> None:
        self.members = members
        self.streams = tuple(stream for member in self.members for stream in member.streams)

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Train every stream's model in a folder of its own; a finished one is recognised there."""
        for member in self.members:
            member.fit(train, validation, seed=seed, folder=folder / member.streams[0])

    def predict(self, interviews: InterviewSet) -> Prediction:
        """Means over the streams that are present; without any, the training mean."""
        predictions = [member.predict(interviews) for member in self.members]
        scores = np.stack([prediction.interviews for prediction in predictions])  # (S, N, K)
        present = np.array(
            [
                [any(map(len, answers)) for answers in interviews.streams[stream]]
                for stream in self.streams
            ]
        )  # (S, N)
        # Without a stream a member gives the training mean, which must not dilute the others.
        weights = np.where(present.any(0), present, 1.0)[..., None]
        whole = (weights * scores).sum(0) / weights.sum(0)
        answers = [prediction.answers for prediction in predictions]
        if any(rows is None for rows in answers):
            return Prediction(whole)
        by_interview = zip(*cast(list[list[np.ndarray]], answers), strict=True)
        return Prediction(whole, [_mean_of_finite(np.stack(rows)) for rows in by_interview])

    def parameters(self) -> int:
        return sum(member.parameters() for member in self.members)

    def state(self) -> ModelState:
        return ModelState.joined({member.streams[0]: member.state() for member in self.members})

    def restore(self, state: ModelState) -> None:
        for member in self.members:
            member.restore(state.of(member.streams[0]))


def _mean_of_finite(scores: np.ndarray) -> np.ndarray:
    """Mean (Q, K) over (S, Q, K), NaN left out; NaN where all are."""
    finite = ~np.isnan(scores)
    count = finite.sum(0)
    return np.where(count > 0, np.where(finite, scores, 0).sum(0) / np.maximum(count, 1), np.nan)


def build(streams: tuple[str, ...], options: LateFusionOptions) -> Model:
    """An unfitted late fusion."""
    entry = MEMBERS[options.model]
    members = [entry.make((stream,), options.model_options) for stream in streams]
    return LateFusion(cast(list[SaveableModel], members))


ENTRIES = (
    Entry(
        "late_fusion",
        "Hemamou et al. 2019, Multimodal models",
        "the mean score of one model a stream",
        LateFusionOptions,
        build,
        fuses=True,
    ),
)
