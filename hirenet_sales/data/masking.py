"""Masked copies of interviews: some streams of some answers, or some of their steps, taken away.

A stream that is taken away has no row, as one that was never recorded: a model that copes with
missing streams needs nothing else to say what each was worth.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet

# Answer (index) and stream of an InterviewSet to the steps that are taken away, None = all of them.
Mask = Mapping[tuple[int, str], np.ndarray | None]


def masked(interviews: InterviewSet, rows: Sequence[int], masks: Sequence[Mask]) -> InterviewSet:
    """Masked copies of interviews.

    Arrays that nothing is taken from are shared between the copies, so that a model reads many of
    them for little more than one (see Inputs.examples). The vector of functionals of an answer is
    of all its steps: it goes with the whole stream, and stays where single steps go.

    Parameters
    ----------
    rows : R indices of interviews
    masks : R masks, one a copy

    Returns
    -------
    InterviewSet of R interviews; the words of hidden rows of text are gone, too.
    """
    copies = interviews.take(rows)
    streams = {name: [list(answers) for answers in own] for name, own in copies.streams.items()}
    functionals = {name: list(own) for name, own in copies.functionals.items()}
    words = [list(answers) for answers in copies.words]
    empty: dict[str, np.ndarray] = {}  # one array a stream, so that it is shared, too
    for i, mask in enumerate(masks):
        for (answer, name), steps in mask.items():
            if steps is None:
                own = streams[name][i][answer]
                streams[name][i][answer] = empty.setdefault(name, own[:0])
                if name in functionals:
                    functionals[name][i] = functionals[name][i].copy()
                    functionals[name][i][answer] = np.nan
            else:
                streams[name][i][answer] = np.delete(streams[name][i][answer], steps, axis=0)
            if name == "text" and words:
                gone = set(range(len(words[i][answer]))) if steps is None else set(steps.tolist())
                words[i][answer] = tuple(
                    word for k, word in enumerate(words[i][answer]) if k not in gone
                )
    return replace(copies, streams=streams, functionals=functionals, words=words)


def mask_of(
    hidden: Collection[tuple[int, str]],
    senses: Mapping[str, Sequence[str]],
    present: Collection[str],
) -> Mask:
    """The mask that takes senses from answers.

    Parameters
    ----------
    hidden : answers (indices) and senses
    senses : "visual", "audio" and "text" to the streams that are of them
    present : names of streams that the interviews have
    """
    return {
        (answer, name): None
        for answer, sense in hidden
        for name in senses[sense]
        if name in present
    }


def distinct_answers(
    interviews: InterviewSet, streams: Sequence[str]
) -> tuple[InterviewSet, list[np.ndarray]]:
    """Every answer once as an interview of its own: what a model of single answers has to read.

    The same are those that share the arrays of `streams`, as masked copies do, and their words.

    Returns
    -------
    U interviews of one answer, and of every interview the numbers (Q,) of its answers among them.
    """
    first: dict[tuple[object, ...], int] = {}
    rows: list[int] = []
    answers: list[list[int]] = []
    numbers = []
    for i, asked in enumerate(interviews.questions):
        own = []
        for q in range(len(asked)):
            arrays = (id(interviews.streams[n][i][q]) for n in streams if n in interviews.streams)
            words = interviews.words[i][q] if interviews.words else ()
            own.append(first.setdefault((*arrays, words), len(first)))
            if own[-1] == len(rows):
                rows.append(i)
                answers.append([q])
        numbers.append(np.array(own, int))
    return replace(interviews, planted=None).take(rows).take_answers(answers), numbers


def with_senses(
    interviews: InterviewSet, senses: Mapping[str, Sequence[str]], given: Sequence[str]
) -> InterviewSet:
    """The same interviews with all senses but the `given` ones taken away."""
    gone = [sense for sense in senses if sense not in given]
    return masked(
        interviews,
        range(len(interviews)),
        [
            mask_of(
                [(q, sense) for q in range(len(asked)) for sense in gone],
                senses,
                interviews.streams,
            )
            for asked in interviews.questions
        ],
    )


def senses_of(
    interviews: InterviewSet, senses: Mapping[str, Sequence[str]]
) -> list[list[tuple[str, ...]]]:
    """Which senses every answer of every interview has anything of."""
    streams = interviews.streams
    return [
        [
            tuple(
                sense
                for sense, own in senses.items()
                if any(len(streams[name][i][q]) for name in own if name in streams)
            )
            for q in range(len(asked))
        ]
        for i, asked in enumerate(interviews.questions)
    ]
