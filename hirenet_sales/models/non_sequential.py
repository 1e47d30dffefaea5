"""Non-sequential baselines (Hemamou et al. 2019, section Baselines): one vector an answer.

Text: Doc2Vec. Audio: the eGeMAPS functionals. Video: statistics of the descriptors. A data set that
keeps no words, or brings no functionals, has the statistics of the stream's steps instead; the
model says so in `notes` and in choice.json.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from sklearn.preprocessing import StandardScaler

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.models.documents import DocumentVectors
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Model, ModelState
from hirenet_sales.models.step_statistics import FunctionalVectors, StatisticsVectors
from hirenet_sales.models.vector_model import AnswerVectors, ClassicOptions, VectorModel


class NonSequentialOptions(ClassicOptions):
    """Learner, unit, and for text the Doc2Vec: size of its vectors and passes over the answers."""

    document_size: int = Field(100, ge=2)
    document_epochs: int = Field(40, ge=1, le=10_000)  # also of a checkpoint, for each answer


class NonSequentialVectors(AnswerVectors):
    """The paper's vectors of a stream, or statistics where the data lack what they need."""

    def __init__(self, stream: str, options: NonSequentialOptions) -> None:
        self.stream, self.options = stream, options
        self._kind = "statistics"
        self._chosen = self._new(self._kind)

    def fit(self, train: InterviewSet, seed: int) -> None:
        """Choose the kind of vector by the available data, and fit it."""
        self._kind, self.notes = "statistics", ()
        if self.stream == "text":
            if train.words:
                self._kind = "documents"
            else:
                self.notes = (
                    f"{train.dataset} keeps no words: statistics of word vectors, not Doc2Vec",
                )
        elif self.stream == "audio":
            if self.stream in train.functionals:
                self._kind = "functionals"
            else:
                self.notes = (
                    f"{train.dataset} brings no functionals of the voice: statistics of its steps, "
                    "not eGeMAPS functionals",
                )
        self._chosen = self._new(self._kind)
        self._chosen.fit(train, seed)

    def of(self, interviews: InterviewSet) -> list[np.ndarray]:
        return self._chosen.of(interviews)

    def parameters(self) -> int:
        return self._chosen.parameters()

    @property
    def width(self) -> int:
        return self._chosen.width

    def state(self) -> ModelState:
        return ModelState.joined({self._kind: self._chosen.state()})

    def restore(self, state: ModelState) -> None:
        (self._kind,) = state.metadata
        self._chosen = self._new(self._kind)
        self._chosen.restore(state.of(self._kind))

    def _new(self, kind: str) -> AnswerVectors:
        if kind == "documents":
            return DocumentVectors(self.options.document_size, self.options.document_epochs)
        kinds: dict[str, type[StatisticsVectors] | type[FunctionalVectors]] = {
            "statistics": StatisticsVectors,
            "functionals": FunctionalVectors,
        }
        return kinds[kind](self.stream)


def build(streams: tuple[str, ...], options: NonSequentialOptions) -> Model:
    """An unfitted non-sequential baseline of one stream."""
    vectors = NonSequentialVectors(streams[0], options)
    steps = [("scale", StandardScaler())]
    return VectorModel("non_sequential", streams, vectors, steps, options)


ENTRIES = (
    Entry(
        "non_sequential",
        "Hemamou et al. 2019, Baselines",
        "one vector an answer (Doc2Vec, eGeMAPS functionals, video statistics) into SVM, ridge "
        "or random forest",
        NonSequentialOptions,
        build,
    ),
)
