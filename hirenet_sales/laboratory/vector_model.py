"""A model that makes one vector of every answer and gives it to a classic learner.

By answer (the paper): every answer is a row with its own label, or with its interview's where
answers have none, and an interview's estimate is the mean over its answers. By interview: the mean
vector of the answers is one row a candidate, and a single answer is read as an interview of one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from sklearn.base import BaseEstimator

from hirenet_sales.datasets.interview_set import InterviewSet
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.prediction import Prediction, training_means
from hirenet_sales.laboratory.classifiers import Choice, Classifier, Fitted, Rows, fit, search
from hirenet_sales.laboratory.entry import Options

CHOICE_FILE = "choice.json"


class ClassicOptions(Options):
    """What every model with a classic learner can be asked.

    classifier : svm, ridge, forest, or the best of the three on validation, as in the paper
    unit : learn from single answers, as in the paper, or from interviews
    """

    classifier: Classifier = "best"
    unit: Literal["answer", "interview"] = "answer"


class AnswerVectors(Protocol):
    """From answers to vectors; `notes` says what differs from the paper for this data."""

    notes: tuple[str, ...]

    def fit(self, train: InterviewSet, seed: int) -> None:
        """Learn what is needed from training interviews, never from labels."""
        ...

    def of(self, interviews: InterviewSet) -> list[np.ndarray]:
        """One (Q, F) an interview; a row of NaN where an answer has nothing to read."""
        ...

    def parameters(self) -> int:
        """How many numbers were learnt."""
        ...


class VectorModel:
    """Answer vectors into SVM, ridge or random forest; a laboratory `Model`.

    Parameters
    ----------
    name, streams : as in the catalogue
    vectors : what makes vectors of answers
    steps : what stands before the learner, such as a scaler
    options : learner and unit
    """

    def __init__(
        self,
        name: str,
        streams: tuple[str, ...],
        vectors: AnswerVectors,
        steps: Sequence[tuple[str, BaseEstimator]],
        options: ClassicOptions,
    ) -> None:
        self.name, self.streams = name, streams
        self.vectors, self.steps, self.options = vectors, steps, options
        self.fitted: list[Fitted] = []

    @property
    def notes(self) -> tuple[str, ...]:
        """What differs from the paper for this data, as sentences."""
        return self.vectors.notes

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """Learn, and write what was chosen to choice.json.

        A later call with the same data, options and seed finds the choices there and only fits
        them, which gives the same numbers; nothing is unpickled.

        Raises
        ------
        DatasetError
            if a target has no training row with a label.
        """
        self.vectors.fit(train, seed)
        self.blind = training_means(train, "interview")
        known = [self._rows(part) for part in (train, validation)]
        log = _ChoiceLog(folder / CHOICE_FILE, self._key(known, seed), self.notes)
        self.fitted = []
        for k, target in enumerate(train.targets):
            some, held_out = (_of_target(rows, k) for rows in known)
            if not len(some):
                raise DatasetError(
                    f"{train.dataset}: nothing to learn {target.name} from: no training row has "
                    f"both its label and stream {', '.join(self.streams)}"
                )
            if target.name not in log.choices:
                arguments = self.options.classifier, self.steps, seed
                log.add(target.name, search(target, some, held_out, *arguments))
            choice = log.choices[target.name]
            self.fitted.append(fit(target, some, choice, self.steps, seed))

    def predict(self, interviews: InterviewSet) -> Prediction:
        """Estimates; an interview without anything to read gets the training mean."""
        vectors = self.vectors.of(interviews)
        borders = np.cumsum([len(rows) for rows in vectors])[:-1]
        answers = np.split(self._estimates(np.concatenate(vectors)), borders)
        if self.options.unit == "answer":
            whole = np.stack([_mean(rows) for rows in answers])
        else:
            whole = self._estimates(np.stack([_mean(rows) for rows in vectors]))
        return Prediction(np.where(np.isnan(whole), self.blind, whole), answers)

    def parameters(self) -> int:
        """Numbers learnt by the vectors and the learners."""
        return self.vectors.parameters() + sum(fitted.parameters() for fitted in self.fitted)

    def _estimates(self, vectors: np.ndarray) -> np.ndarray:
        """(R, K), NaN where a vector is NaN."""
        readable = ~np.isnan(vectors).any(1)
        values = np.full((len(vectors), len(self.fitted)), np.nan)
        for k, fitted in enumerate(self.fitted):
            values[readable, k] = fitted.predict(vectors[readable])
        return values

    def _rows(self, interviews: InterviewSet) -> Rows:
        """Readable rows of all targets: labels (R, K) with NaN."""
        vectors = self.vectors.of(interviews) if len(interviews) else []
        if self.options.unit == "interview":
            features, owner = [_mean(rows)[None] for rows in vectors], np.arange(len(vectors))
            labels = interviews.labels
        else:
            features, owner = vectors, np.repeat(np.arange(len(vectors)), [len(v) for v in vectors])
            labels = interviews.labels[owner]
            if interviews.answer_labels is not None and len(interviews):
                labels = np.concatenate(interviews.answer_labels)
        if not features:
            return Rows(np.zeros((0, 0)), np.zeros((0, len(interviews.targets))), np.zeros(0))
        values = np.concatenate(features)
        kept = ~np.isnan(values).any(1)
        return Rows(values[kept], labels[kept], interviews.people[owner][kept])

    def _key(self, known: Sequence[Rows], seed: int) -> str:
        digest = hashlib.sha256(f"{self.name}|{self.options!r}|{seed}".encode())
        for rows in known:
            digest.update(np.ascontiguousarray(rows.features).tobytes())
            digest.update(np.ascontiguousarray(rows.labels).tobytes())
        return digest.hexdigest()


class _ChoiceLog:
    """choice.json: what the search chose, target by target, and for which data it did."""

    def __init__(self, path: Path, key: str, notes: tuple[str, ...]) -> None:
        self.path, self.key, self.notes = path, key, notes
        self.choices: dict[str, Choice | None] = {}
        if path.is_file():
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["key"] == key:
                for name, found in content["targets"].items():
                    self.choices[name] = found and Choice(
                        found["classifier"], found["settings"], found["score"]
                    )

    def add(self, target: str, choice: Choice | None) -> None:
        self.choices[target] = choice
        targets = {name: c and c.as_dict() for name, c in self.choices.items()}
        content = {"key": self.key, "notes": list(self.notes), "targets": targets}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        whole = self.path.with_suffix(".part")  # an interrupt leaves no half file
        whole.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        whole.replace(self.path)


def _of_target(rows: Rows, k: int) -> Rows:
    kept = ~np.isnan(rows.labels[:, k])
    return Rows(rows.features[kept], rows.labels[kept, k], rows.people[kept])


def _mean(rows: np.ndarray) -> np.ndarray:
    """Mean over the rows that are known; NaN where none is."""
    kept = rows[~np.isnan(rows).any(1)]
    return kept.mean(0) if len(kept) else np.full(rows.shape[1], np.nan)
