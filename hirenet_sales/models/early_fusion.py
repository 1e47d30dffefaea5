"""Early fusion (Hemamou et al. 2019, section Multimodal models).

One network a stream is trained by itself; the last layers z of all streams, concatenated, go into
the same learners as the non-sequential baselines. Where single answers are labelled, the states g
of the answers are learnt from instead, as the tables then count answers. Additions: a stream that
is missing has its mean training state in its place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
from pydantic import Field
from sklearn.preprocessing import StandardScaler

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.classic_head import ClassicHead, Unit, Vectors
from hirenet_sales.models.classifiers import Classifier
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.hirenet_family import ENTRIES as NETWORKS
from hirenet_sales.models.model import Model, ModelState, SaveableModel
from hirenet_sales.models.neural import AttentionNeuralModel
from hirenet_sales.training.options import Options

MEMBERS = {entry.name: entry for entry in NETWORKS}


class EarlyFusionOptions(Options):
    """The network of every stream and its options, and the learner on top of them.

    unit : "auto" learns from answers where answers are labelled, else from interviews
    """

    model: Literal["hirenet", "hn_satt", "hn_avg"] = "hirenet"
    model_options: dict[str, Any] = Field(default_factory=dict)
    classifier: Classifier = "best"
    unit: Literal["auto", "answer", "interview"] = "auto"


class EarlyFusion(SaveableModel):
    """Last layers of one network a stream into SVM, ridge or random forest."""

    name = "early_fusion"

    def __init__(self, members: list[AttentionNeuralModel], options: EarlyFusionOptions) -> None:
        self.members, self.options = members, options
        self.streams = tuple(stream for member in members for stream in member.streams)
        self.head: ClassicHead | None = None
        self.fill: list[np.ndarray] = []

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Train every stream's network in a folder of its own, then the learner.

        A network that is finished there is not trained again.
        """
        for member in self.members:
            member.fit(train, validation, seed=seed, folder=folder / member.streams[0])
        self.head = None
        layers = [member.last_layer(train) for member in self.members]
        self.fill = [np.nanmean(whole, axis=0) for whole, _ in layers]
        unit = self.options.unit
        if unit == "auto":
            unit = "answer" if train.answer_labels is not None else "interview"
        head = self._new_head(unit)
        parts = [(part, self._vectors(part)) for part in (train, validation)]
        head.fit(*parts, seed=seed, folder=folder)
        self.head = head

    def predict(self, interviews: InterviewSet) -> Prediction:
        assert self.head is not None, "fit comes first"
        return self.head.predict(self._vectors(interviews))

    def parameters(self) -> int:
        own = 0 if self.head is None else self.head.parameters()
        return own + sum(member.parameters() for member in self.members)

    def state(self) -> ModelState:
        if self.head is None:
            raise ConfigError(f"model '{self.name}' is not fitted; call fit first")
        fill = dict(zip(self.streams, self.fill, strict=True))
        return ModelState.joined(
            {
                **{member.streams[0]: member.state() for member in self.members},
                "fill": ModelState({"unit": self.head.unit}, fill),
                "head": self.head.state(),
            }
        )

    def restore(self, state: ModelState) -> None:
        fill = state.of("fill")
        if (unit := fill.metadata["unit"]) not in get_args(Unit):
            raise ValueError(f"unit is {unit!r:.80}, expected one of {', '.join(get_args(Unit))}")
        for member in self.members:
            member.restore(state.of(member.streams[0]))
        self.fill = [fill.arrays[stream] for stream in self.streams]
        for member, layer in zip(self.members, self.fill, strict=True):
            if layer.shape != (member.last_width,):
                raise ValueError(
                    f"fill of {member.streams[0]} has shape {layer.shape}, expected "
                    f"({member.last_width},)"
                )
        self.head = self._new_head(unit)
        self.head.restore(state.of("head"), sum(layer.size for layer in self.fill))

    def _new_head(self, unit: Unit) -> ClassicHead:
        steps = [("scale", StandardScaler())]
        return ClassicHead(self.options.classifier, unit, steps, f"{self.name}|{self.options!r}")

    def _vectors(self, interviews: InterviewSet) -> Vectors:
        layers = [member.last_layer(interviews) for member in self.members]
        answers = [
            _side_by_side([rows[i] for _, rows in layers], self.fill)
            for i in range(len(interviews))
        ]
        return Vectors(answers, _side_by_side([whole for whole, _ in layers], self.fill))


def _side_by_side(parts: list[np.ndarray], fill: list[np.ndarray]) -> np.ndarray:
    """(R, sum of F): parts that are missing filled, all NaN where every part is."""
    empty = np.all([np.isnan(part).any(1) for part in parts], axis=0)
    filled = [np.where(np.isnan(p), f, p) for p, f in zip(parts, fill, strict=True)]
    return np.where(empty[:, None], np.nan, np.concatenate(filled, axis=1))


def build(streams: tuple[str, ...], options: EarlyFusionOptions) -> Model:
    """An unfitted early fusion."""
    entry = MEMBERS[options.model]
    members = [entry.make((stream,), options.model_options) for stream in streams]
    return EarlyFusion(cast(list[AttentionNeuralModel], members), options)


ENTRIES = (
    Entry(
        "early_fusion",
        "Hemamou et al. 2019, Multimodal models",
        "last layers of one network a stream, side by side, into SVM, ridge or random forest",
        EarlyFusionOptions,
        build,
        fuses=True,
    ),
)
