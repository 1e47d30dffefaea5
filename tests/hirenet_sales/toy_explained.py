"""Planted interviews and a model that reads exactly what is planted, for tests of explanations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hirenet_sales.data.encoding import Encoding
from hirenet_sales.data.intake import Intake
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.sets.planted import MOMENT_WORDS, WORTH, planted_interviews
from hirenet_sales.evaluation.prediction import Prediction
from hirenet_sales.faithfulness.changes import Subject
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.models.model import ModelState
from hirenet_sales.uncertainty import Calibration

WORTH_OF = {w: x for words in MOMENT_WORDS for w, x in zip(words, WORTH, strict=True)}
SIGNS = np.array([1.0, 1, 1, 1, -1])


class WordReader:
    """Estimates by the mean worth of the planted words that an interview holds, 1/2 without any.

    Parameters
    ----------
    looks_away : every word is worth nothing but the first of an answer, whose length decides
    """

    name = "word_reader"
    streams = ("text",)

    def __init__(self, *, looks_away: bool = False) -> None:
        self.looks_away = looks_away

    def predict(self, interviews: InterviewSet) -> Prediction:
        levels = []
        for answers in interviews.words:
            if self.looks_away:
                own = [len(answer[0]) / 10 - 0.5 for answer in answers if answer]
            else:
                own = [WORTH_OF[w] for answer in answers for w in answer if w in WORTH_OF]
            levels.append(np.mean(own) if own else 0.0)
        return Prediction(0.5 + 0.4 * np.array(levels)[:, None] * SIGNS)

    def parameters(self) -> int:
        return 0

    def fit(self, train, validation, *, seed, folder) -> None:
        raise AssertionError("it has nothing to learn")

    def state(self) -> ModelState:
        return ModelState({}, {})

    def restore(self, state: ModelState) -> None:
        raise AssertionError("it has learnt nothing")


def planted_text(interviews: int = 40, **options) -> InterviewSet:
    """Interviews of three answers whose one moment decides, and some of them missing."""
    given = {"decoys": False, "missing": 0.2, "steps": 12, "seed": 5, **options}
    return planted_interviews(interviews=interviews, traits=True, **given)


def word_reader(interviews: InterviewSet, *, looks_away: bool = False) -> Checkpoint:
    """A checkpoint of such a model."""
    intake = Intake(("text",), Encoding())
    return Checkpoint(
        name="toy",
        model=WordReader(looks_away=looks_away),
        options={},
        intake=intake,
        targets=interviews.targets,
        calibration=Calibration.boundless(tuple(intake.senses)),
        training_mean=np.full(5, 0.5),
        training_data="generated",
        context_present=False,
    )


def subject_of(model: Checkpoint, interviews: InterviewSet) -> Subject:
    """A checkpoint's traits on interviews."""
    return Subject.of(lambda own: model.traits(model.model.predict(own).interviews), interviews)


def as_one_person(interviews: InterviewSet) -> InterviewSet:
    """The same interviews, all of one person."""
    return replace(interviews, people=np.array(["someone"] * len(interviews)))
