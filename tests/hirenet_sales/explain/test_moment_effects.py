"""A moment that matters is told from those that do not, and chance is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from hirenet_sales.data.interview_set import InterviewSet, Target
from hirenet_sales.explain.moment_effects import LEAST, SMALLEST, MomentEffects, moment_effects
from hirenet_sales.explain.stretches import MOST, PHRASE_WORDS, Stretch, stretches_of

ONE = np.ones(1)


def spoken(values: list[list[float]], words: list[str] | None = None) -> InterviewSet:
    """One interview whose words have one number each."""
    rows = [np.array(own, np.float32)[:, None] for own in values]
    return InterviewSet(
        dataset="toy",
        ids=("i",),
        people=np.array(["p"]),
        positions=np.array([""]),
        question_ids=(("",) * len(rows),),
        questions=(("",) * len(rows),),
        streams={"text": [rows]},
        columns={"text": ("worth",)},
        targets=(Target("score"),),
        labels=np.full((1, 1), np.nan),
        words=[[tuple(words or ["word"] * len(own)) for own in values]],
    )


def total(interviews: InterviewSet) -> np.ndarray:
    """An estimate that is the sum of all rows, as a share of a hundred."""
    return np.array(
        [[sum(x.sum() for x in answers) / 100] for answers in interviews.streams["text"]]
    )


def measured(interviews: InterviewSet, seed: int = 0) -> MomentEffects:
    return moment_effects(total, interviews, 0, stretches_of(interviews), ONE, seed=seed)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("worth", [8.0, -8.0])
def test_the_planted_phrase_alone_is_measurable_with_its_sign(seed: int, worth: float) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 0.3, (2, 80))
    phrase = stretches_of(spoken(values.tolist()))[5]
    values[phrase.answer, phrase.steps] += worth / len(phrase)
    effects = measured(spoken(values.tolist()))
    planted = effects.stretches.index(phrase)
    total_worth = values[phrase.answer, phrase.steps].sum() / 100
    assert effects.effects[planted] == pytest.approx(total_worth, abs=1e-6)
    assert effects.signs[planted] == np.sign(worth)
    assert (effects.signs != 0).sum() <= 2
    assert effects.strongest(phrase.answer, "text")[0] == planted


def test_chance_is_rarely_measurable() -> None:
    """At the usual 5 % nearly every interview of forty phrases would show one."""
    shown = [
        (
            measured(spoken(np.random.default_rng(seed).normal(size=(4, 80)).tolist())).signs != 0
        ).any()
        for seed in range(40)
    ]
    assert np.mean(shown) <= 0.25


def test_what_changes_nothing_is_not_measurable() -> None:
    effects = measured(spoken([[0.0] * 60]))
    assert not effects.signs.any() and len(effects.stretches) >= 7
    assert effects.high == pytest.approx(np.full_like(effects.high, SMALLEST))


def test_intervals_hold_zero() -> None:
    effects = measured(spoken(np.random.default_rng(0).normal(1, 0.1, (2, 70)).tolist()))
    assert (effects.low < 0).all() and (effects.high > 0).all()


def test_a_moment_that_is_the_whole_stream_is_not_measured_and_why() -> None:
    effects = measured(spoken([[1.0, 2.0], [0.0] * 60]))
    assert {m.answer for m in effects.stretches} == {1}
    assert "contribution" in effects.unmeasured[0, "text"]


def test_few_moments_of_an_answer_are_held_against_those_of_the_others() -> None:
    interviews = spoken([[1.0, 1.0, 1.1]] * 4)
    faces = replace(
        interviews,
        streams={"visual": interviews.streams["text"]},
        columns={"visual": ("worth",)},
        words=[],
    )
    stretches = stretches_of(faces)

    def estimate(own: InterviewSet) -> np.ndarray:
        return total(replace(own, streams={"text": own.streams["visual"]}, columns={}))

    assert len(moment_effects(estimate, faces, 0, stretches, ONE).stretches) == 12
    alone = faces.take_answers([[0]])
    few = moment_effects(estimate, alone, 0, stretches_of(alone), ONE)
    assert not few.stretches and f"at least {LEAST}" in few.unmeasured[0, "visual"]


@pytest.mark.parametrize("seed", range(20))
def test_stretches_cover_every_step_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 300))
    words = [str(rng.choice(["word", "end."], p=[0.8, 0.2])) for _ in range(count)]
    stretches = stretches_of(spoken([[0.0] * count], words))
    assert [s for m in stretches for s in m.steps] == list(range(count))
    assert max(map(len, stretches)) <= PHRASE_WORDS
    assert all(not a.overlaps(b) for a, b in pairwise(stretches))


def test_phrases_end_with_sentences() -> None:
    text = "We sold it all. Then we went home to sleep. And the next day it began anew."
    words = text.split()
    cuts = [m.last for m in stretches_of(spoken([[0.0] * len(words)], words))]
    assert {3, 9, len(words) - 1} <= set(cuts)


def test_very_long_answers_have_longer_stretches() -> None:
    stretches = stretches_of(spoken([[0.0] * 5000]))
    assert len(stretches) <= 2 * MOST["text"] + 1
    assert sum(map(len, stretches)) == 5000


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        (Stretch(0, "text", 0, 3), Stretch(0, "text", 3, 5), True),
        (Stretch(0, "text", 0, 3), Stretch(0, "text", 4, 5), False),
        (Stretch(0, "text", 0, 3), Stretch(1, "text", 0, 3), False),
        (Stretch(0, "text", 0, 3), Stretch(0, "audio", 0, 3), False),
    ],
)
def test_overlap(one: Stretch, other: Stretch, overlap: bool) -> None:
    assert one.overlaps(other) is other.overlaps(one) is overlap
