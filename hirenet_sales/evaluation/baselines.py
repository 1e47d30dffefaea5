"""Trivial baselines: estimates for an interview without watching, hearing or reading it.

mean predictor
    the mean training label.
person look-up
    the mean label of the same person (or source video) in the training set. What it scores above
    the mean predictor is what a split that shares people leaks; it is useless for a new person.
answer length only
    a ridge regression (logistic for two classes) on how many words and steps were observed, in
    logarithms. InterviewSet has no times: steps at a fixed rate stand for the duration.
job position only
    the mean label of the same job title in training, drawn towards the overall mean the fewer
    interviews a position has (empirical Bayes, scikit-learn's TargetEncoder).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, TargetEncoder

from hirenet_sales.data.interview_set import InterviewSet, Level, Target
from hirenet_sales.evaluation.prediction import Prediction, labelled

MEAN, LOOK_UP = "mean predictor", "person look-up"
LENGTH, POSITION = "answer length only", "job position only"
RIDGE_PENALTIES = tuple(np.logspace(-2, 4, 7))


@dataclass(frozen=True, eq=False)
class _Rows:
    """Inputs of the baselines: labels (R, K), lengths (R, F), people (R,), positions (R,)."""

    labels: np.ndarray
    lengths: np.ndarray
    people: np.ndarray
    positions: np.ndarray


_Estimate = Callable[[_Rows, _Rows, int, Target], np.ndarray]  # one target's (R,)


def trivial_baselines(train: InterviewSet, test: InterviewSet) -> dict[str, Prediction]:
    """Predictions of `test` by every trivial baseline that applies, by name.

    Interviews are predicted from labels of interviews, answers from labels of answers where
    these exist.
    """
    baselines: dict[str, _Estimate] = {
        MEAN: _mean,
        LOOK_UP: _look_up,
        LENGTH: _from_length,
        POSITION: _from_position,
    }
    excluded = baselines_left_out(train, test)
    return {
        name: _prediction(b, train, test) for name, b in baselines.items() if name not in excluded
    }


def baselines_left_out(train: InterviewSet, test: InterviewSet) -> dict[str, str]:
    """Baselines that do not apply to this data, with the reason shown in tables."""
    reasons = {}
    if not set(train.people) & set(test.people):
        reasons[LOOK_UP] = "not applicable: nobody of the test set is in the training set"
    if not _lengths(train, "interview").std(0).any():
        reasons[LENGTH] = "not applicable: every interview has the same number of words and steps"
    titles = set(train.positions)
    if len(titles) < 2:
        title = next(iter(titles), "")
        why = f"every job title is '{title}'" if title else "no job title is known"
        reasons[POSITION] = f"not applicable: {why}"
    return reasons


def _prediction(baseline: _Estimate, train: InterviewSet, test: InterviewSet) -> Prediction:
    def estimates(level: Level) -> np.ndarray:
        train_rows, test_rows = _rows(train, level), _rows(test, level)
        columns = []
        for k, target in enumerate(test.targets):
            valid = np.flatnonzero(~np.isnan(train_rows.labels[:, k]))
            values = np.full(len(test_rows.people), np.nan)
            if len(valid):
                fit_rows = _Rows(*(part[valid] for part in vars(train_rows).values()))
                values = baseline(fit_rows, test_rows, k, target)
            columns.append(np.clip(values, target.low, target.high))
        return np.stack(columns, axis=1)

    answers = None
    if train.answer_labels is not None and test.answer_labels is not None:
        borders = np.cumsum([len(rows) for rows in test.answer_labels])[:-1]
        answers = np.split(estimates("answer"), borders)
    return Prediction(estimates("interview"), answers)


def _rows(interviews: InterviewSet, level: Level) -> _Rows:
    rows = labelled(interviews, level)
    lengths = _lengths(interviews, level)
    return _Rows(rows.labels, lengths, rows.people, interviews.positions[rows.owner])


def _lengths(interviews: InterviewSet, level: Level) -> np.ndarray:
    """Logarithms of counts: words, steps of every stream, and of an interview its answers."""
    counts = {
        name: [[len(values) for values in answers] for answers in stream]
        for name, stream in interviews.streams.items()
    }
    if interviews.words:  # all words, with those that have no vector
        counts["text"] = [[len(words) for words in answers] for answers in interviews.words]
    if level == "answer":
        columns = [np.concatenate([*counts[name], []]) for name in sorted(counts)]
    else:
        columns = [np.array([sum(c) for c in counts[name]]) for name in sorted(counts)]
        columns.append(np.array([len(q) for q in interviews.questions]))
    logarithms: np.ndarray = np.log1p(np.stack(columns, axis=1).astype(float))
    return logarithms


def _mean(train: _Rows, test: _Rows, k: int, target: Target) -> np.ndarray:
    return np.full(len(test.people), train.labels[:, k].mean())


def _look_up(train: _Rows, test: _Rows, k: int, target: Target) -> np.ndarray:
    overall = train.labels[:, k].mean()
    people, of = np.unique(train.people, return_inverse=True)
    means = np.bincount(of, train.labels[:, k]) / np.bincount(of)
    by_person = dict(zip(people, means, strict=True))
    return np.array([by_person.get(person, overall) for person in test.people])


def _from_length(train: _Rows, test: _Rows, k: int, target: Target) -> np.ndarray:
    y = train.labels[:, k]
    if y.min() == y.max() or len(y) < 3:
        return _mean(train, test, k, target)
    if target.kind == "binary":
        classes = make_pipeline(StandardScaler(), LogisticRegression()).fit(train.lengths, y)
        return np.asarray(classes.predict_proba(test.lengths)[:, 1])
    ridge = make_pipeline(StandardScaler(), RidgeCV(RIDGE_PENALTIES)).fit(train.lengths, y)
    return np.asarray(ridge.predict(test.lengths))


def _from_position(train: _Rows, test: _Rows, k: int, target: Target) -> np.ndarray:
    y = train.labels[:, k]
    if y.min() == y.max():
        return _mean(train, test, k, target)
    encoder = TargetEncoder(target_type="continuous").fit(train.positions[:, None], y)
    return np.asarray(encoder.transform(test.positions[:, None])[:, 0])
