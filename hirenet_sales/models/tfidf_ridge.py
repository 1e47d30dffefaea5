"""Ridge regression on the words of an interview: what text gives without any network.

TF-IDF of words and pairs of words, and of 3 to 5 letters within a word (Salton and Buckley 1988,
with sublinear term frequency), of all answers as one text. The penalty of every target is chosen by
leave-one-out error on the training interviews (Golub, Heath and Wahba 1979).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import Field
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline, make_union

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.model import Model
from hirenet_sales.training.options import Options

TEXT = "text"


class TfidfRidgeOptions(Options):
    """Which terms are counted, and the penalties to choose from."""

    letters: bool = Field(True, description="whether letters within words count, too")
    penalties: tuple[float, ...] = Field(
        (0.3, 1.0, 3.0, 10.0, 30.0, 100.0), description="to choose from", min_length=1
    )


class TfidfRidge:
    """Estimates of interviews from all words of their answers."""

    name = "tfidf_ridge"

    def __init__(self, streams: tuple[str, ...], options: TfidfRidgeOptions) -> None:
        self.streams, self.options = streams, options
        self._weights = 0

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Fit anew, which takes seconds, so an interrupted call just runs again.

        Raises
        ------
        DatasetError
            if the set has no words, or no interview has all labels.
        """
        labelled = np.flatnonzero(np.isfinite(train.labels).all(1))
        if not train.words or not len(labelled):
            missing = "words" if not train.words else "interview with all labels"
            raise DatasetError(f"{train.dataset}: no {missing}, which {self.name} learns from")
        part = train.take(labelled)
        terms = [TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)]
        if self.options.letters:
            letters = {"analyzer": "char_wb", "ngram_range": (3, 5), "min_df": 3}
            terms.append(TfidfVectorizer(sublinear_tf=True, **letters))
        ridge = RidgeCV(self.options.penalties, alpha_per_target=part.labels.shape[1] > 1)
        self._pipeline = make_pipeline(make_union(*terms), ridge)
        self._pipeline.fit(_texts(part), part.labels)
        self._weights = int(np.size(ridge.coef_))

    def predict(self, interviews: InterviewSet) -> Prediction:
        """Estimates of interviews, within the scales of the targets."""
        low = [target.low for target in interviews.targets]
        high = [target.high for target in interviews.targets]
        values = self._pipeline.predict(_texts(interviews)).reshape(len(interviews), len(low))
        return Prediction(np.clip(values, low, high))

    def parameters(self) -> int:
        """Weights of terms; 0 before `fit`."""
        return self._weights


def _texts(interviews: InterviewSet) -> list[str]:
    return [" ".join(word for words in answers for word in words) for answers in interviews.words]


def build(streams: tuple[str, ...], options: Options) -> Model:
    """An unfitted ridge.

    Raises
    ------
    ConfigError
        if it shall read anything but words.
    """
    assert isinstance(options, TfidfRidgeOptions)
    if streams != (TEXT,):
        raise ConfigError(f"model 'tfidf_ridge' reads {TEXT}, found {', '.join(streams)}")
    return TfidfRidge(streams, options)


ENTRIES = (
    Entry(
        "tfidf_ridge",
        "Salton and Buckley 1988; Hoerl and Kennard 1970",
        "a ridge regression on TF-IDF of words and letters, all answers as one text",
        TfidfRidgeOptions,
        build,
    ),
)
