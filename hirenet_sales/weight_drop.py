"""How an answer's weight changes where its question is replaced by a wrong one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.errors import DatasetError
from hirenet_sales.models.checkpoint import load_checkpoint
from hirenet_sales.models.model import AttentionModel

SEED = 0  # of the wrong questions: every checkpoint is shown the same ones


@dataclass(frozen=True, eq=False)
class WeightDrops:
    """Answers under a wrong question.

    Attributes
    ----------
    people : (N,) of each answer
    lowered : (N,), 1 where the answer weighs less under the wrong question, 0.5 where as much
    tried : (N,), all 1
    """

    people: np.ndarray
    lowered: np.ndarray
    tried: np.ndarray


def weight_drops(
    checkpoint: str | Path,
    dataset: str,
    root: str | Path | None,
    split: str,
    cache: Path,
    progress: Progress = no_progress,
) -> tuple[WeightDrops | None, str]:
    """Weights of answers under their own and under wrong questions; None and why it has none.

    One answer of every interview at a time gets a question that nobody asked in its interview; the
    other answers keep theirs. An interview of one answer is left out: its weight is always 1.

    Raises
    ------
    DatasetError
        if the questions of the set are too few for that.
    """
    model = load_checkpoint(checkpoint)
    if not isinstance(model.model, AttentionModel):
        return None, f"{model.name} does not weigh answers"
    if not model.context_present:
        return None, f"{model.name} has not learnt to use questions"
    interviews = model.intake.load(dataset, root, split=split, cache=cache, progress=progress)
    return drops_of(model.model, interviews), ""


def drops_of(model: AttentionModel, interviews: InterviewSet) -> WeightDrops:
    """See `weight_drops`.

    Raises
    ------
    DatasetError
        if the questions of the set are too few for that.
    """
    own = _weights(model, interviews)
    people, lowered = [], []
    for position in range(max(map(len, interviews.questions))):
        wrong = _weights(model, with_wrong_question(interviews, position))
        for i, person in enumerate(interviews.people):
            if len(interviews.questions[i]) > 1 and (i, position) in own:
                difference = wrong[i, position] - own[i, position]
                people.append(person)
                lowered.append(0.5 * (difference < 0) + 0.5 * (difference <= 0))
    return WeightDrops(np.array(people), np.array(lowered), np.ones(len(lowered)))


def with_wrong_question(interviews: InterviewSet, position: int) -> InterviewSet:
    """The interviews with one answer's question replaced by one that nobody asked in them."""
    random = np.random.default_rng([SEED, position])
    asked = sorted({pair for pairs in _pairs(interviews) for pair in pairs})
    replaced = []
    for pairs in _pairs(interviews):
        if position < len(pairs):
            others = [pair for pair in asked if pair not in pairs]
            if not others:
                raise DatasetError(
                    f"{interviews.dataset}: everybody was asked all of its {len(asked)} questions, "
                    "so none is a wrong one; try a set with more of them"
                )
            pairs[position] = others[random.integers(len(others))]
        replaced.append(pairs)
    return replace(
        interviews,
        question_ids=tuple(tuple(name for name, _ in pairs) for pairs in replaced),
        questions=tuple(tuple(text for _, text in pairs) for pairs in replaced),
    )


def _pairs(interviews: InterviewSet) -> list[list[tuple[str, str]]]:
    return [
        list(zip(ids, texts, strict=True))
        for ids, texts in zip(interviews.question_ids, interviews.questions, strict=True)
    ]


def _weights(model: AttentionModel, interviews: InterviewSet) -> dict[tuple[int, int], float]:
    """The weight of every answer that has any, by interview and position."""
    row_of = {name: row for row, name in enumerate(interviews.ids)}
    steps = model.attentions(interviews)
    first = steps.groupby(["interview", "answer"], sort=False)["beta"].first()
    return {(row_of[name], int(answer)): float(beta) for (name, answer), beta in first.items()}
