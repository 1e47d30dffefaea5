"""Made-up interviews of pictures: how bright a person's pictures are tells the traits."""

from __future__ import annotations

import numpy as np

from hirenet_sales.data.frame_interviews import COLUMNS, STREAM
from hirenet_sales.data.interview_set import TRAIT_TARGETS, InterviewSet

SIDE = 48


def bright_people(people: int = 12, answers: int = 4, seed: int = 0) -> InterviewSet:
    """One interview each; the first has an answer without a picture, others one to three."""
    rng = np.random.default_rng(seed)
    level = rng.uniform(0.1, 0.9, people)
    pictures = [
        [
            np.clip(
                255 * level[i] + rng.normal(0, 20, (1 + (i + q) % 3, SIDE, SIDE, 3)), 0, 255
            ).astype(np.uint8)
            for q in range(answers)
        ]
        for i in range(people)
    ]
    pictures[0][0] = pictures[0][0][:0]
    labels = np.stack([*[level] * 4, 1 - level], axis=1)
    return InterviewSet(
        "toy",
        tuple(f"i{n:03d}" for n in range(people)),
        np.array([f"p{n:03d}" for n in range(people)]),
        np.full(people, ""),
        tuple(("",) * answers for _ in range(people)),
        tuple(("",) * answers for _ in range(people)),
        {STREAM: pictures},
        {STREAM: COLUMNS},
        TRAIT_TARGETS,
        labels,
        [np.repeat(row[None], answers, axis=0) for row in labels],
        "answer",
    )
