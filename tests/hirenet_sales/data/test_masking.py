"""Masked copies lack what is hidden and nothing else, and are read together as one by one."""

from __future__ import annotations

import numpy as np
import pytest
from toy_model import WIDTHS, ensemble, interview_set

from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.masking import Mask, mask_of, masked, senses_of, with_senses

SENSES = {name: (name,) for name in WIDTHS}


def random_masks(interviews: InterviewSet, row: int, count: int, seed: int) -> list[Mask]:
    rng = np.random.default_rng(seed)
    masks: list[Mask] = []
    for _ in range(count):
        mask = {}
        for name, answers in interviews.streams.items():
            for q, rows in enumerate(answers[row]):
                drawn = rng.integers(3)
                if drawn and len(rows):
                    some = np.flatnonzero(rng.random(len(rows)) < 0.5)
                    mask[q, name] = None if drawn == 1 else some
        masks.append(mask)
    return masks


@pytest.mark.parametrize("seed", range(5))
def test_copies_lack_what_is_hidden_and_share_the_rest(seed: int) -> None:
    interviews = interview_set(np.random.default_rng(seed), 3)
    masks = random_masks(interviews, 1, 6, seed)
    copies = masked(interviews, [1] * 6, masks)
    for i, mask in enumerate(masks):
        for name, answers in interviews.streams.items():
            for q, rows in enumerate(answers[1]):
                left = copies.streams[name][i][q]
                hidden = mask.get((q, name), np.zeros(0, int))
                if (q, name) not in mask:
                    assert left is rows
                elif hidden is None:
                    assert left.shape == (0, rows.shape[1])
                else:
                    assert np.array_equal(left, np.delete(rows, hidden, axis=0))
    assert copies.questions == (interviews.questions[1],) * 6


@pytest.mark.parametrize("seed", range(4))
def test_copies_are_read_together_as_one_by_one(seed: int) -> None:
    """Equal answers are read once where there are many: see networks.batch.StreamBatch."""
    interviews, model = interview_set(np.random.default_rng(seed), 3, missing=0.1), ensemble()
    row = int(np.argmax([len(q) for q in interviews.questions]))
    copies = masked(interviews, [row] * 40, random_masks(interviews, row, 4, seed) * 10)
    together = model.predict(copies).interviews
    alone = np.concatenate([model.predict(copies.take([i])).interviews for i in range(4)])
    assert together == pytest.approx(np.tile(alone, (10, 1)), abs=1e-6)
    assert len(np.unique(together.round(6), axis=0)) > 1
    steps, few = model.attentions(copies), model.attentions(copies.take(range(4)))
    assert steps["alpha"].to_numpy()[: len(few)] == pytest.approx(few["alpha"], abs=1e-6)


def test_nothing_is_the_training_mean() -> None:
    interviews, model = interview_set(np.random.default_rng(0), 2), ensemble()
    blind = model.predict(with_senses(interviews, SENSES, ())).interviews
    assert blind == pytest.approx(np.full((2, 5), 0.5))


def test_a_whole_stream_takes_its_functionals_and_words_with_it() -> None:
    from dataclasses import replace

    plain = interview_set(np.random.default_rng(3), 1, missing=0.0)
    asked = len(plain.questions[0])
    words = [[tuple("abcdefgh"[: len(rows)]) for rows in plain.streams["text"][0]]]
    interviews = replace(plain, words=words, functionals={"audio": [np.ones((asked, 4))]})
    (copy,) = [masked(interviews, [0], [mask_of([(0, "audio")], SENSES, interviews.streams)])]
    assert np.isnan(copy.functionals["audio"][0][0]).all()
    assert np.isfinite(copy.functionals["audio"][0][1:]).all()
    assert copy.words == words
    copy = masked(interviews, [0], [{(0, "text"): np.array([0])}])
    assert copy.words[0][0] == words[0][0][1:] and copy.words[0][1:] == words[0][1:]
    assert np.isfinite(interviews.functionals["audio"][0]).all()


@pytest.mark.parametrize("given", [("text",), ("visual", "audio"), ()])
def test_senses_that_are_given_stay(given: tuple[str, ...]) -> None:
    interviews = interview_set(np.random.default_rng(1), 4)
    left = senses_of(with_senses(interviews, SENSES, given), SENSES)
    before = senses_of(interviews, SENSES)
    assert left == [[tuple(s for s in own if s in given) for own in row] for row in before]
