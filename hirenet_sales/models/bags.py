"""Bag of text, audio or video words (Hemamou et al. 2019, section Baselines, after Chen et al.).

Counts of codebook words, weighted by TF-IDF, into the same learners as the non-sequential
baselines.
"""

from __future__ import annotations

from typing import cast

from pydantic import Field
from sklearn.feature_extraction.text import TfidfTransformer

from hirenet_sales.models.codebook import CodebookCounts
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Model
from hirenet_sales.models.vector_model import ClassicOptions, VectorModel
from hirenet_sales.training.options import Options


class BagOptions(ClassicOptions):
    """Learner, unit, and how many words the codebook has."""

    codebook: int = Field(200, ge=2)


def build(streams: tuple[str, ...], options: Options) -> Model:
    """An unfitted bag of words of one stream."""
    chosen = cast(BagOptions, options)
    vectors = CodebookCounts(streams[0], chosen.codebook)
    steps = [("tf_idf", TfidfTransformer(sublinear_tf=False))]
    return VectorModel("bag_of_words", streams, vectors, steps, chosen)


ENTRIES = (
    Entry(
        "bag_of_words",
        "Hemamou et al. 2019, Baselines",
        "steps counted by k-means cluster, TF-IDF, into SVM, ridge or random forest",
        BagOptions,
        build,
    ),
)
