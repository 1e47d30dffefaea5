"""Made-up interview sets in which it is known what tells of the target."""

from __future__ import annotations

import numpy as np

from hirenet_sales.data.interview_set import InterviewSet, Target

GOOD = ("profit", "growth", "record", "trust")
BAD = ("losses", "decline", "conflict", "quarrel")
PLAIN = ("we", "went", "there", "and", "then", "it", "was", "monday", "office", "desk")
POSITIONS = ("seller", "buyer", "clerk")
SCORE, HIRABLE = Target("score", low=1.0, high=7.0), Target("hirable", "binary")


def toy_interviews(
    count: int = 60,
    *,
    seed: int = 0,
    answers: int = 2,
    targets: tuple[Target, ...] = (SCORE, HIRABLE),
    answer_level: bool = False,
    missing: float = 0.0,
    first: int = 0,
) -> InterviewSet:
    """Interviews whose every stream tells of a worth in [0, 1], and so do their labels.

    Two interviews a person, the first of whom has number `first`. Words: good ones and bad ones.
    Audio: the mean of column a; its functionals too. Visual: how often AU12_c is active.
    """
    rng = np.random.default_rng(seed)
    worth = rng.uniform(0, 1, count)
    words, audio, visual, functionals = [], [], [], []
    for w in worth:
        spoken, voice, face = [], [], []
        for _ in range(answers):
            steps = int(rng.integers(12, 25))
            output = [*rng.choice(GOOD, round(6 * w)), *rng.choice(BAD, 6 - round(6 * w))]
            output += list(rng.choice(PLAIN, steps - 6))
            spoken.append(tuple(str(word) for word in rng.permutation(output)))
            steps_a = rng.normal([2 * w, 0, 0], 0.5, (steps, 3))
            au = (rng.random((steps, 1)) < w).astype(float)
            voice.append(steps_a.astype(np.float32))
            face.append(np.concatenate([rng.normal(0, 1, (steps, 2)), au], 1).astype(np.float32))
        words.append(spoken)
        audio.append([v[:0] if rng.random() < missing else v for v in voice])
        visual.append(face)
        functionals.append(np.array([v.mean(0) if len(v) else [np.nan] * 3 for v in audio[-1]]))
    same = np.random.default_rng(0)  # a word has one vector in every set
    vectors = {word: same.normal(0, 1, 4) for word in PLAIN}
    vectors |= {word: np.array([3, 0, 0, k]) for k, word in enumerate(GOOD)}
    vectors |= {word: np.array([-3, 0, 0, k]) for k, word in enumerate(BAD)}
    text = [[np.array([vectors[x] for x in s], np.float32) for s in spoken] for spoken in words]
    of = {"regression": worth, "ordinal": worth.round(1), "binary": (worth > 0.5).astype(float)}
    labels = np.stack([t.low + (t.high - t.low) * of[t.kind] for t in targets], axis=1)
    ids = tuple(f"i{first + n}" for n in range(count))
    return InterviewSet(
        dataset="toy",
        ids=ids,
        people=np.array([f"p{first + n // 2}" for n in range(count)]),
        positions=np.array([POSITIONS[min(int(3 * w), 2)] for w in worth]),
        question_ids=tuple(tuple(f"q{q}" for q in range(answers)) for _ in ids),
        questions=tuple(("Why?",) * answers for _ in ids),
        streams={"text": text, "audio": audio, "visual": visual},
        columns={
            "text": ("word0", "word1", "word2", "word3"),
            "audio": ("a", "b", "c"),
            "visual": ("x", "y", "AU12_c"),
        },
        targets=targets,
        labels=labels,
        answer_labels=[np.tile(row, (answers, 1)) for row in labels] if answer_level else None,
        level="answer" if answer_level else "interview",
        words=words,
        functionals={"audio": functionals},
    )
