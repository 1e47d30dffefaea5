"""Orders of the steps of a stream, the most important first, by several ways to tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import Mask
from hirenet_sales.faithfulness.changes import Subject
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.models.model import AttentionModel

EFFECT, ATTENTION, GRADIENTS, FIRST, LAST = "effect", "attention", "gradients", "first", "last"


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of one stream of one interview, answer after answer.

    Attributes
    ----------
    interview, stream : whose
    lengths : (Q,), steps of every answer
    """

    interview: int
    stream: str
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, interviews: InterviewSet, stream: str) -> list[Steps]:
        """Those of every interview."""
        return [
            cls(i, stream, tuple(map(len, answers)))
            for i, answers in enumerate(interviews.streams[stream])
        ]

    def __len__(self) -> int:
        return sum(self.lengths)

    @property
    def position(self) -> np.ndarray:
        """(S,), from 0 at the first step of an answer to 1 at its last."""
        return np.concatenate([np.zeros(0), *(np.linspace(0, 1, n) for n in self.lengths)])

    def by_answer(self, values: np.ndarray) -> list[np.ndarray]:
        """Values (S,) as one array an answer."""
        return np.split(values, np.cumsum(self.lengths)[:-1])

    def mask(self, chosen: np.ndarray | Sequence[int]) -> Mask:
        """The mask that takes the steps at these indices of all S."""
        goes = np.zeros(len(self), bool)
        goes[chosen] = True
        return {
            (answer, self.stream): None if own.all() else np.flatnonzero(own)
            for answer, own in enumerate(self.by_answer(goes))
            if own.any()
        }


def effect_scores(
    subject: Subject, steps: Sequence[Steps], progress: Progress = no_progress
) -> list[np.ndarray]:
    """How much the estimates change without each step, one array (S,) an interview."""
    rows = [own.interview for own in steps for _ in range(len(own))]
    masks = [own.mask([k]) for own in steps for k in range(len(own))]
    stage = f"effects, {steps[0].stream}" if steps else ""
    change = subject.masked_changes(rows, masks, progress, stage)
    return np.split(change, np.cumsum([len(own) for own in steps])[:-1])


def step_weights(
    checkpoint: Checkpoint, interviews: InterviewSet, *, of_answers: bool = False
) -> dict[str, list[np.ndarray]]:
    """Attention on the steps of every stream, one array (S,) an interview, answer after answer.

    {} of a model without attention.

    Parameters
    ----------
    of_answers : whether the weight of a step is multiplied by that of its answer
    """
    if not isinstance(checkpoint.model, AttentionModel):
        return {}
    numbered = replace(interviews, ids=tuple(map(str, range(len(interviews)))))
    frame = checkpoint.model.attentions(numbered)
    result: dict[str, list[np.ndarray]] = {}
    for stream, own in frame.groupby("stream", sort=False):
        ordered = own.sort_values(["answer", "step"], kind="stable")
        weight = ordered["alpha"] * (ordered["beta"] if of_answers else 1.0)
        by_interview = {int(i): w.to_numpy() for i, w in weight.groupby(ordered["interview"])}
        nothing = np.zeros(0)
        result[str(stream)] = [by_interview.get(i, nothing) for i in range(len(interviews))]
    return result


def position_scores(steps: Sequence[Steps]) -> dict[str, list[np.ndarray]]:
    """First steps of the answers first, and last ones first: what knows nothing of the content."""
    return {
        FIRST: [-own.position for own in steps],
        LAST: [own.position for own in steps],
    }
