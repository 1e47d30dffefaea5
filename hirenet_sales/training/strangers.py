"""Interviews that only a reader of the questions can judge: other people answer in between.

First Impressions V2 has no questions, but a sentence that was taken out of a clip asks for the rest
of it about as a question asks for its answer (inverse cloze, Lee et al. 2019, "Latent retrieval for
weakly supervised open domain question answering"). So the question of an answer is a sentence held
out of that very clip. In some places another person's clip stands in for the right one, while the
question stays; in some answers another person's words are mixed in. The label stays that of the
person who was asked. Nothing but the question tells who that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.passages import sentence_bounds

STRANGERS = 0.5  # of the places, at least one, never all
MIXED = 0.3  # of the right answers get another person's words besides


@dataclass(frozen=True, eq=False)
class Planted:
    """Interviews with strangers in them.

    Attributes
    ----------
    interviews : with questions; labels are those of the person who was asked
    strange : interview to bool (Q,), whether the answer is another person's
    foreign : interview to answer to bool (T,), whether the word is another person's
    """

    interviews: InterviewSet
    strange: list[np.ndarray]
    foreign: list[list[np.ndarray]]


@dataclass(frozen=True)
class _Take:
    """What is taken of one clip: of its words all but a sentence, held out."""

    interview: int
    answer: int
    held: tuple[int, int]


@dataclass(frozen=True)
class _Answer:
    """A place in an interview: who was asked what, whose clip answers, whose words are mixed in."""

    asked: _Take
    given: _Take
    mixed: _Take | None
    mixed_first: bool

    @property
    def strange(self) -> bool:
        return self.given is not self.asked


def with_strangers(
    interviews: InterviewSet, seed: int, *, share: float = STRANGERS, mixed: float = MIXED
) -> Planted:
    """Interviews whose questions are sentences of their answers, with strangers between them.

    Answers of a single sentence are left out, and interviews without others. An interview of one
    answer gets a second place, so that there is one for a stranger.

    Parameters
    ----------
    interviews : with the words of their answers; strangers are other people of these
    share : of the places that are strangers'; unless 0, at least one is, and never all are
    mixed : of the other answers that have a stranger's words in them
    """
    rng = np.random.default_rng(seed)
    cut = [[sentence_bounds(words) if words else [] for words in own] for own in interviews.words]
    usable = [[q for q, spans in enumerate(own) if len(spans) > 1] for own in cut]
    pool = [(i, q) for i, own in enumerate(usable) for q in own]
    people = interviews.people

    def take(i: int, q: int) -> _Take:
        return _Take(i, q, cut[i][q][rng.integers(len(cut[i][q]))])

    def stranger(i: int) -> _Take:
        while people[(other := pool[rng.integers(len(pool))])[0]] == people[i]:
            pass
        return take(*other)

    rows, plans = [], []
    for i, own in enumerate(usable):
        if not own:
            continue
        own = own if len(own) > 1 else own * 2
        strange = rng.permutation(len(own)) < np.clip(
            rng.binomial(len(own), share), min(share, 1) > 0, len(own) - 1
        )
        plan = []
        for q, other in zip(own, strange, strict=True):
            asked = take(i, q)
            added = stranger(i) if not other and rng.random() < mixed else None
            given = stranger(i) if other else asked
            plan.append(_Answer(asked, given, added, bool(rng.random() < 0.5)))
        rows.append(i)
        plans.append(plan)
    return _assembled(interviews, rows, plans)


def _assembled(
    interviews: InterviewSet, rows: Sequence[int], plans: Sequence[Sequence[_Answer]]
) -> Planted:
    names = [name for name in interviews.streams if name != "text"]
    streams = {
        name: [
            [interviews.streams[name][a.given.interview][a.given.answer] for a in plan]
            for plan in plans
        ]
        for name in names
    }
    spoken = [[_spoken(interviews, answer) for answer in plan] for plan in plans]
    questions = tuple(tuple(_question(interviews, a.asked) for a in plan) for plan in plans)
    part = interviews.take(rows)
    planted = replace(
        part,
        question_ids=questions,
        questions=questions,
        streams={**streams, "text": [[text for text, _, _ in own] for own in spoken]},
        words=[[words for _, words, _ in own] for own in spoken],
        answer_labels=None,
        level="interview",
        functionals={},
        official=(),
    )
    strange = [np.array([answer.strange for answer in plan]) for plan in plans]
    return Planted(planted, strange, [[foreign for _, _, foreign in own] for own in spoken])


def _question(interviews: InterviewSet, take: _Take) -> str:
    begin, end = take.held
    return " ".join(interviews.words[take.interview][take.answer][begin:end])


def _spoken(
    interviews: InterviewSet, answer: _Answer
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Rows of the words, the words, and which of them are mixed in."""
    takes = [answer.given, *([answer.mixed] if answer.mixed else [])]
    if answer.mixed_first:
        takes.reverse()
    rows, words, foreign = [], [], []
    for take in takes:
        own = interviews.words[take.interview][take.answer]
        rest = [k for k in range(len(own)) if not take.held[0] <= k < take.held[1]]
        rows.append(interviews.streams["text"][take.interview][take.answer][rest])
        words += [own[k] for k in rest]
        foreign += [take is answer.mixed] * len(rest)
    return np.concatenate(rows), tuple(words), np.array(foreign, dtype=bool)
