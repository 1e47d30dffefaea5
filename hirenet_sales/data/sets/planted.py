"""Generated interviews in which the answer to "where is the signal?" is known.

An interview has a job title and `answers` questions, each about another topic, in random order.
Every answer holds two moments, each one step long, at random places: one about results and one
about people. Each has a worth of its own, drawn from [-1, 1] for both alike, so neither is
stronger. The question asks about one of the two ("Which results ..." or "Which people ..."): that
one counts, the other is a decoy. The job title names one of the topics: the answer to the question
about that topic decides the target, and the worth of its counting moment is all that does:

    target = 1/2 + strength / 2 * worth of the moment that counts in the answer that counts + noise

So whoever reads an answer without its question sees two equal moments and can do no better than
guess (1/2), and whoever does not compare question and job title can do no better than guess the
answer (1 / answers). What is asked and which topic the job names are drawn anew for each interview,
so every question decides in some interviews: otherwise nothing could be learnt, or fairly expected,
about the moments of its answers. All streams carry the same moments at the same steps:

Without decoys the moment that counts is the only one of the whole interview, so that what an
estimate rests on has one right answer, whatever is taken away: that is for explanations. With them
a model from which the deciding answer is hidden goes on to rest on another one. Some answers may be
missing, so that a model learns what to expect of an interview that lacks them.

text : words with GloVe vectors; a moment is one of six words about results, or about people, each
    with a worth; everything else is ordinary words
audio : 25 smooth columns, like low-level descriptors; a moment adds a pattern for its kind and a
    pattern times its worth, `contrast` standard deviations of the background each
visual : 32 columns that are never negative, like a CNN's; a moment adds to a few columns for its
    kind, to a few more for a worth above or below zero
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from extractors.words.vectors import default_vectors
from hirenet_sales.data.interview_set import InterviewSet, PlantedTruth, Target
from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import TRAITS

NAME = "planted"
STREAMS = ("text", "audio", "visual")
AUDIO_COLUMNS, VISUAL_COLUMNS = 25, 32
PERSISTENCE = 0.8  # of the background from one step to the next, audio and visual
SHORTEST_STEPS = 4  # two moments that do not touch
SPREAD = 0.25  # an answer has from 1 - SPREAD to 1 + SPREAD times `steps` steps

KINDS = ("results", "people")
ASKED = tuple(f"Which {kind} with {{}}?" for kind in KINDS)
JOB = "Sales manager, {}"
# Goods whose GloVe vectors differ, the most different first.
TOPICS = ("wine", "cars", "pharmacy", "advertising", "jewelry", "energy", "hotels", "insurance")
# From the worst to the best.
MOMENT_WORDS = (
    ("bankruptcy", "losses", "deficit", "growth", "profits", "surplus"),
    ("enemies", "rivals", "strangers", "colleagues", "friends", "family"),
)
WORTH = np.linspace(-1, 1, len(MOMENT_WORDS[0]))
ABSENT = -1  # in place of a level: no moment of this kind
FILLERS = (  # noqa: SIM905 - a list would take a line a word
    "i we they it this that there here then when where while after before during since because "
    "and but or so also just even still again always often sometimes usually never maybe "
    "perhaps the a an my our their each every some many several few other another first second "
    "next last was were is are had have has did do does went came took made got put kept began "
    "started looked walked called asked said told heard read wrote opened closed moved turned "
    "waited morning evening week month year summer winter day hour moment time place room house "
    "street city office desk table door window paper letter phone screen page book list note "
    "map about around across along through into onto over under between behind near far up down "
).split()


def planted_interviews(
    *,
    streams: Sequence[str] = ("text",),
    interviews: int = 1000,
    answers: int = 3,
    steps: int = 12,
    strength: float = 0.9,
    noise: float = 0.05,
    contrast: float = 6.0,
    traits: bool = False,
    decoys: bool = True,
    missing: float = 0.0,
    seed: int = 0,
) -> InterviewSet:
    """Generate interviews; every one is of another person.

    Parameters
    ----------
    streams : some of text, audio, visual
    interviews, answers, steps : how many; `steps` is the mean length of an answer
    strength : how far the target follows the moment that counts, 0 to 1
    noise : standard deviation of what else moves the target, which is cut to [0, 1]
    contrast : of a moment over the background in audio and visual, standard deviations
    traits : five targets, of which neuroticism falls where the others rise, instead of one `score`
    decoys : whether moments that do not count are there, too
    missing : share of answers without any stream, below 1; never all of an interview
    seed : another one gives other interviews, and other patterns in audio and visual

    Returns
    -------
    InterviewSet with `planted` filled, and `words` where the text is wanted.

    Raises
    ------
    DatasetError
        with every argument that is out of range.
    """
    _check(streams, interviews, answers, steps, strength, noise, contrast, missing)
    rng = np.random.default_rng([seed, 0])
    shape = (interviews, answers)
    topics = rng.permuted(np.tile(np.arange(answers), (interviews, 1)), axis=1)  # (N, Q)
    asked = rng.integers(len(KINDS), size=shape)  # (N, Q): the kind that counts
    job = rng.integers(answers, size=interviews)  # (N,): the topic that decides
    ends = np.array([1 - SPREAD, 1 + SPREAD]) * steps
    low, high = np.maximum(np.rint(ends).astype(int), SHORTEST_STEPS)
    lengths = rng.integers(low, high + 1, size=shape)  # (N, Q)
    levels = rng.integers(len(WORTH), size=(*shape, len(KINDS)))  # (N, Q, 2)
    moments = np.stack([_two_apart(rng, lengths[i]) for i in range(interviews)])  # (N, Q, 2)

    question = np.argmax(topics == job[:, None], axis=1)  # (N,)
    row = np.arange(interviews)
    worth = WORTH[levels[row, question, asked[row, question]]]
    if not decoys:
        counts = np.zeros(levels.shape, bool)
        counts[row, question, asked[row, question]] = True
        levels = np.where(counts, levels, ABSENT)
    signs = np.array([1.0, 1, 1, 1, -1]) if traits else np.ones(1)
    labels = 0.5 + strength / 2 * worth[:, None] * signs
    labels = np.clip(labels + rng.normal(0, noise, labels.shape), 0, 1)

    made: dict[str, list[list[np.ndarray]]] = {}
    columns: dict[str, tuple[str, ...]] = {}
    words: list[list[tuple[str, ...]]] = []
    for name in streams:
        own = np.random.default_rng([seed, 1 + STREAMS.index(name)])
        if name == "text":
            words = [
                [_words(own, *item) for item in zip(lengths[i], moments[i], levels[i], strict=True)]
                for i in range(interviews)
            ]
            made[name], columns[name] = _vectors(words)
        else:
            make = _Audio(own, contrast) if name == "audio" else _Visual(own, contrast)
            columns[name] = make.columns
            made[name] = [
                [make(*item) for item in zip(lengths[i], moments[i], levels[i], strict=True)]
                for i in range(interviews)
            ]
    silent = _missing(np.random.default_rng([seed, 1 + len(STREAMS)]), shape, missing)
    for i, q in np.argwhere(silent):
        for rows in made.values():
            rows[i][q] = rows[i][q][:0]
        if words:
            words[i][q] = ()
    take = np.take_along_axis
    counting = take(moments, asked[..., None], axis=2)[..., 0]  # (N, Q)
    others = take(moments, 1 - asked[..., None], axis=2)[..., 0]
    pairs = [list(zip(topics[i], asked[i], strict=True)) for i in range(interviews)]
    return InterviewSet(
        dataset=NAME,
        ids=tuple(f"planted-{seed}-{i:05d}" for i in range(interviews)),
        people=np.array([f"person-{seed}-{i:05d}" for i in range(interviews)]),
        positions=np.array([JOB.format(TOPICS[k]) for k in job]),
        question_ids=tuple(tuple(f"{TOPICS[k]}-{KINDS[a]}" for k, a in pair) for pair in pairs),
        questions=tuple(tuple(ASKED[a].format(TOPICS[k]) for k, a in pair) for pair in pairs),
        streams=made,
        columns=columns,
        targets=tuple(
            Target(name, label_kind="generated") for name in (TRAITS if traits else ("score",))
        ),
        labels=labels,
        words=words,
        planted=PlantedTruth(question, list(counting), list(others), worth),
    )


def _check(
    streams: Sequence[str],
    interviews: int,
    answers: int,
    steps: int,
    strength: float,
    noise: float,
    contrast: float,
    missing: float,
) -> None:
    problems = [
        f"no stream '{s}'; there are {', '.join(STREAMS)}" for s in streams if s not in STREAMS
    ]
    if not streams:
        problems.append(f"no stream is asked for; there are {', '.join(STREAMS)}")
    if len(set(streams)) < len(streams):
        problems.append(f"streams {', '.join(streams)}: one is named twice")
    for name, value, low, high in (
        ("interviews", interviews, 1, np.inf),
        ("answers", answers, 1, len(TOPICS)),
        ("steps", steps, SHORTEST_STEPS, np.inf),
        ("strength", strength, 0, 1),
        ("noise", noise, 0, np.inf),
        ("contrast", contrast, 0, np.inf),
        ("missing", missing, 0, 1 - 1e-9),
    ):
        if not low <= value <= high:
            expected = f"at least {low}" if high == np.inf else f"{low} to {high}"
            problems.append(f"{name} is {value}; expected {expected}")
    if problems:
        raise DatasetError("\n".join(f"planted: {problem}" for problem in problems))


def _missing(rng: np.random.Generator, shape: tuple[int, int], share: float) -> np.ndarray:
    """Which answers are missing, bool (N, Q); one that is drawn stays where all were drawn."""
    silent = rng.random(shape) < share
    stays = rng.integers(shape[1], size=shape[0])
    silent[np.arange(shape[0]), stays] &= ~silent.all(1)
    return silent


def _two_apart(rng: np.random.Generator, lengths: np.ndarray) -> np.ndarray:
    """Two steps of each answer with at least one between them, (Q, 2), in either order."""
    first = rng.integers(lengths - 2)  # of T - 1 places, without the last
    second = rng.integers(first + 2, lengths)
    mirror = rng.random(len(lengths)) < 0.5  # so that late steps are as likely as early ones
    pair = np.stack([first, second], axis=1)
    pair = np.where(mirror[:, None], lengths[:, None] - 1 - pair, pair)
    return rng.permuted(pair, axis=1)


def _present(moments: np.ndarray, levels: np.ndarray) -> list[tuple[int, int, int]]:
    """Kind, step and level of the moments of an answer that are there."""
    kinds = enumerate(zip(moments.tolist(), levels.tolist(), strict=True))
    return [(kind, step, level) for kind, (step, level) in kinds if level != ABSENT]


def _words(
    rng: np.random.Generator, length: int, moments: np.ndarray, levels: np.ndarray
) -> tuple[str, ...]:
    words = [FILLERS[k] for k in rng.integers(len(FILLERS), size=length)]
    for kind, step, level in _present(moments, levels):
        words[step] = MOMENT_WORDS[kind][level]
    return tuple(words)


def _vectors(
    words: Sequence[Sequence[tuple[str, ...]]],
) -> tuple[list[list[np.ndarray]], tuple[str, ...]]:
    vectors = default_vectors()
    vocabulary = (*FILLERS, *MOMENT_WORDS[0], *MOMENT_WORDS[1])
    table, _ = vectors.encode(vocabulary)
    row = {word: k for k, word in enumerate(vocabulary)}
    made = [[table[[row[word] for word in answer]] for answer in one] for one in words]
    return made, vectors.columns


def _background(rng: np.random.Generator, length: int, columns: int) -> np.ndarray:
    """A smooth random walk about 0 with standard deviation 1, (T, columns)."""
    fresh = rng.normal(size=(length, columns))
    fresh[1:] *= np.sqrt(1 - PERSISTENCE**2)
    for step in range(1, length):
        fresh[step] += PERSISTENCE * fresh[step - 1]
    return fresh


class _Audio:
    """Answers as smooth descriptors; four directions at right angles carry the moments."""

    columns = tuple(f"lld{k}" for k in range(AUDIO_COLUMNS))

    def __init__(self, rng: np.random.Generator, contrast: float) -> None:
        self.rng, self.contrast = rng, contrast
        directions = np.linalg.qr(rng.normal(size=(AUDIO_COLUMNS, 2 * len(KINDS))))[0].T
        self.mark, self.value = directions[: len(KINDS)], directions[len(KINDS) :]

    def __call__(self, length: int, moments: np.ndarray, levels: np.ndarray) -> np.ndarray:
        x = _background(self.rng, length, AUDIO_COLUMNS)
        for kind, step, level in _present(moments, levels):
            x[step] += self.contrast * (self.mark[kind] + WORTH[level] * self.value[kind])
        return x.astype(np.float32)


class _Visual:
    """Answers as rectified channels; each kind has four for itself and four for either sign."""

    columns = tuple(f"cnn_{k}" for k in range(VISUAL_COLUMNS))

    def __init__(self, rng: np.random.Generator, contrast: float) -> None:
        self.rng, self.contrast = rng, contrast
        self.channels = rng.permutation(VISUAL_COLUMNS)[:24].reshape(len(KINDS), 3, 4)

    def __call__(self, length: int, moments: np.ndarray, levels: np.ndarray) -> np.ndarray:
        x = np.maximum(_background(self.rng, length, VISUAL_COLUMNS), 0)
        for kind, step, level in _present(moments, levels):
            mark, above, below = self.channels[kind]
            each = self.contrast / np.sqrt(len(mark))  # so that all four together are `contrast`
            x[step, mark] += each
            x[step, above] += each * max(WORTH[level], 0)
            x[step, below] += each * max(-WORTH[level], 0)
        values: np.ndarray = x.astype(np.float32)
        return values
