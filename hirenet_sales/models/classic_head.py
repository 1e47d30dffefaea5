"""The learners on top of vectors: one classic learner a target, by answer or by interview.

By answer (the paper): every answer is a row with its own label, or with its interview's where
answers have none, and an interview's estimate is the mean over its answers. By interview: one row a
candidate, and a single answer is read as an interview of one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from sklearn.base import BaseEstimator

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import DatasetError
from hirenet_sales.evaluation.prediction import Prediction, training_means
from hirenet_sales.models.classifiers import Choice, Classifier, FittedLearner, Rows, fit, search
from hirenet_sales.models.model import ModelState
from hirenet_sales.persist import digest, write_json

CHOICE_FILE = "choice.json"
Unit = Literal["answer", "interview"]


@dataclass(frozen=True, eq=False)
class Vectors:
    """One (Q, F) an interview, and (N, F) of the interviews; NaN where nothing could be read."""

    answers: list[np.ndarray]
    interviews: np.ndarray

    @classmethod
    def averaged(cls, answers: list[np.ndarray]) -> Vectors:
        """An interview's vector is the mean over its answers."""
        return cls(answers, _means(answers))


class ClassicHead:
    """SVM, ridge or random forest on vectors, searched and fitted target by target.

    Parameters
    ----------
    classifier, unit : see ClassicOptions
    steps : what stands before the learner, such as a scaler
    model : name and options of the model, which identify a finished search
    """

    def __init__(
        self,
        classifier: Classifier,
        unit: Unit,
        steps: Sequence[tuple[str, BaseEstimator]],
        model: str,
    ) -> None:
        self.classifier, self.unit, self.steps, self.model = classifier, unit, steps, model
        self.fitted: list[FittedLearner] = []
        self.blind = np.zeros(0)

    def fit(
        self,
        train: tuple[InterviewSet, Vectors],
        validation: tuple[InterviewSet, Vectors],
        *,
        seed: int,
        folder: Path,
        notes: Sequence[str] = (),
    ) -> None:
        """Learn, and write the choices and the notes to choice.json.

        A later call with the same vectors, options and seed reads the choices and only fits them,
        which gives the same numbers; nothing is unpickled.

        Raises
        ------
        DatasetError
            if a target has no training row with a label.
        """
        interviews = train[0]
        self.blind = training_means(interviews, "interview")
        parts = [self._rows(*part) for part in (train, validation)]
        log = _ChoiceLog(folder / CHOICE_FILE, self._key(parts, seed), notes)
        self.fitted = []
        for k, target in enumerate(interviews.targets):
            some, held_out = (_of_target(rows, k) for rows in parts)
            if not len(some):
                raise DatasetError(
                    f"{interviews.dataset}: nothing to learn {target.name} from: no training row "
                    f"has both its label and {', '.join(interviews.streams)}"
                )
            if target.name not in log.choices:
                best = search(target, some, held_out, self.classifier, self.steps, seed)
                log.add(target.name, best)
            choice = log.choices[target.name]
            self.fitted.append(fit(target, some, choice, self.steps, seed))

    def predict(self, vectors: Vectors) -> Prediction:
        """An interview without anything to read gets the training mean."""
        borders = np.cumsum([len(rows) for rows in vectors.answers])[:-1]
        flat = self._estimates(np.concatenate([*vectors.answers, vectors.interviews[:0]]))
        answers = np.split(flat, borders)
        by_answer = self.unit == "answer"
        whole = _means(answers) if by_answer else self._estimates(vectors.interviews)
        return Prediction(np.where(np.isnan(whole), self.blind, whole), answers)

    def parameters(self) -> int:
        """Numbers learnt by the learners."""
        return sum(fitted.parameters() for fitted in self.fitted)

    def state(self) -> ModelState:
        """What `restore` needs."""
        learners = ModelState.joined({str(k): own.state() for k, own in enumerate(self.fitted)})
        metadata = {
            "targets": [asdict(own.target) for own in self.fitted],
            "mean": self.blind.tolist(),
            "learners": learners.metadata,
        }
        return ModelState(metadata, learners.arrays)

    def restore(self, state: ModelState, width: int) -> None:
        """Become what `state` gave, for vectors of `width` values."""
        targets, self.blind = state.targets_and_means()
        learners = ModelState(state.metadata["learners"], state.arrays)
        self.fitted = [
            FittedLearner.of_state(target, learners.of(str(k)), width)
            for k, target in enumerate(targets)
        ]

    def _estimates(self, vectors: np.ndarray) -> np.ndarray:
        """(R, K), NaN where a vector is NaN."""
        readable = ~np.isnan(vectors).any(1)
        values = np.full((len(vectors), len(self.fitted)), np.nan)
        for k, fitted in enumerate(self.fitted):
            values[readable, k] = fitted.predict(vectors[readable])
        return values

    def _rows(self, interviews: InterviewSet, vectors: Vectors) -> Rows:
        """Readable rows of all targets: labels (R, K) with NaN."""
        if self.unit == "interview":
            values, labels = vectors.interviews, interviews.labels
            owner = np.arange(len(interviews))
        else:
            owner = np.repeat(np.arange(len(interviews)), [len(v) for v in vectors.answers])
            values = np.concatenate([*vectors.answers, vectors.interviews[:0]])
            labels = interviews.labels[owner]
            if interviews.answer_labels is not None:
                labels = np.concatenate([*interviews.answer_labels, interviews.labels[:0]])
        valid = ~np.isnan(values).any(1)
        return Rows(values[valid], labels[valid], interviews.people[owner][valid])

    def _key(self, parts: Sequence[Rows], seed: int) -> str:
        read = [(rows.features, rows.labels) for rows in parts]
        return digest(self.model, self.classifier, self.unit, seed, read)


class _ChoiceLog:
    """choice.json: the choice of the search for each target, and a digest of the data."""

    def __init__(self, path: Path, key: str, notes: Sequence[str]) -> None:
        self.path, self.key, self.notes = path, key, notes
        self.choices: dict[str, Choice | None] = {}
        if path.is_file():
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["key"] == key:
                for name, own in content["targets"].items():
                    self.choices[name] = own and Choice(
                        own["classifier"], own["settings"], own["score"]
                    )

    def add(self, target: str, choice: Choice | None) -> None:
        self.choices[target] = choice
        targets = {name: c and c.to_dict() for name, c in self.choices.items()}
        write_json(self.path, {"key": self.key, "notes": list(self.notes), "targets": targets})


def _of_target(rows: Rows, k: int) -> Rows:
    labelled = ~np.isnan(rows.labels[:, k])
    return Rows(rows.features[labelled], rows.labels[labelled, k], rows.people[labelled])


def _means(answers: list[np.ndarray]) -> np.ndarray:
    """(N, F), means over the rows that are not NaN; NaN where all are."""
    means = []
    for rows in answers:
        valid = rows[~np.isnan(rows).any(1)]
        means.append(valid.mean(0) if len(valid) else np.full(rows.shape[1], np.nan))
    return np.stack(means) if means else np.zeros((0, 0))
