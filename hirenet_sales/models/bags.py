"""Bag of text, audio or video words (Hemamou et al. 2019, section Baselines, after Chen et al.).

K-means on the training steps of a stream; an answer is then a document whose words are the clusters
of its steps. For text the steps are word vectors, so a word of the codebook is a field of meaning.
Counts of codebook words, weighted by TF-IDF, go into the same learners as the non-sequential
baselines.
"""

from __future__ import annotations

import numpy as np
from pydantic import Field
from sklearn.cluster import MiniBatchKMeans
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.metrics import pairwise_distances_argmin

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.stream_inputs import INPUT_PARTS, StreamInput
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Model, ModelState
from hirenet_sales.models.step_statistics import COMPONENTS, all_rows
from hirenet_sales.models.vector_model import AnswerVectors, ClassicOptions, VectorModel

BATCH = 4096
STARTS = 3
MOST_ROWS = 500_000  # k-means reads a sample of so many: frames of the voice are millions


class CodebookCounts(AnswerVectors):
    """How often each word of a codebook occurs in an answer.

    Parameters
    ----------
    stream : name of the stream
    size : number of clusters; fewer training steps give fewer
    """

    def __init__(self, stream: str, size: int) -> None:
        self.stream, self.size = stream, size
        self._centres = np.zeros((0, 0), np.float32)  # (C, R)

    def fit(self, train: InterviewSet, seed: int) -> None:
        """Learn the codebook from all steps, standardised."""
        rows = all_rows(train, self.stream)
        if len(rows) > MOST_ROWS:
            rng = np.random.default_rng(seed)
            rows = rows[np.sort(rng.choice(len(rows), MOST_ROWS, replace=False))]
            self.notes = (f"the codebook is learnt from {MOST_ROWS} of all training steps",)
        self._input = StreamInput.fit(rows, train.columns[self.stream], COMPONENTS)
        rows = self._input.apply(rows)
        size = min(self.size, len(np.unique(rows, axis=0)))
        clusters = MiniBatchKMeans(size, batch_size=BATCH, n_init=STARTS, random_state=seed)
        self._centres = clusters.fit(rows).cluster_centers_

    def of(self, interviews: InterviewSet) -> list[np.ndarray]:
        interviews.require_width(self.stream, len(self._input.mean))
        return [self._count(answers) for answers in interviews.streams[self.stream]]

    def parameters(self) -> int:
        return self._centres.size

    @property
    def width(self) -> int:
        return len(self._centres)

    def state(self) -> ModelState:
        parts = {name: getattr(self._input, name) for name in INPUT_PARTS}
        return ModelState({}, {**parts, "centres": self._centres})

    def restore(self, state: ModelState) -> None:
        self._input = StreamInput(**{name: state.arrays[name] for name in INPUT_PARTS})
        self._centres = state.arrays["centres"]
        expected = (len(self._centres), self._input.width)
        if not expected[0] or self._centres.shape != expected:
            raise ValueError(f"centres of shape {self._centres.shape}, expected {expected}")

    def _count(self, answers: list[np.ndarray]) -> np.ndarray:
        size = self.width
        counts = np.full((len(answers), size), np.nan)
        present = [q for q, rows in enumerate(answers) if len(rows)]
        if present:  # all answers at once: the call costs more than the sums
            rows = self._input.apply(np.concatenate([answers[q] for q in present]))
            word = pairwise_distances_argmin(rows, self._centres)
            borders = np.cumsum([len(answers[q]) for q in present])[:-1]
            for q, some in zip(present, np.split(word, borders), strict=True):
                counts[q] = np.bincount(some, minlength=size)
        return counts


class BagOptions(ClassicOptions):
    """Learner, unit, and how many words the codebook has."""

    codebook: int = Field(200, ge=2)


def build(streams: tuple[str, ...], options: BagOptions) -> Model:
    """An unfitted bag of words of one stream."""
    vectors = CodebookCounts(streams[0], options.codebook)
    steps = [("tf_idf", TfidfTransformer(sublinear_tf=False))]
    return VectorModel("bag_of_words", streams, vectors, steps, options)


ENTRIES = (
    Entry(
        "bag_of_words",
        "Hemamou et al. 2019, Baselines",
        "steps counted by k-means cluster, TF-IDF, into SVM, ridge or random forest",
        BagOptions,
        build,
    ),
)
