"""The teacher never sees the labels of the source that it estimates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hirenet_sales.data.sets.pseudo_interviews import ClipInputs
from hirenet_sales.release.teacher import clip_vectors, teacher_estimates

SOURCES, CLIPS = 40, 3


@pytest.fixture(scope="module")
def inputs() -> ClipInputs:
    """Clips whose voice says the label, and whose tuned column says it outright."""
    rng = np.random.default_rng(0)
    labels = np.repeat(rng.uniform(0.2, 0.8, (SOURCES, 5)), CLIPS, axis=0)
    n = len(labels)
    visual = [np.concatenate([rng.normal(size=(2, 4)), labels[[i, i]]], 1) for i in range(n)]
    text = [rng.normal(size=(rng.integers(0, 6), 3)) for _ in range(n)]
    return ClipInputs(
        {
            "visual": [v.astype(np.float32) for v in visual],
            "audio": [(10 * y + rng.normal(0, 0.1, 5))[None] for y in labels],
            "text": text,
        },
        {
            "visual": ("cnn_0", "cnn_1", "smile", "shape_x_0", *(f"tuned_{k}" for k in range(5))),
            "audio": tuple("abcde"),
            "text": ("t_0", "t_1", "t_2"),
        },
        labels,
        np.repeat([f"s{i}" for i in range(SOURCES)], CLIPS),
        [list(range(CLIPS * s, CLIPS * s + CLIPS)) for s in range(SOURCES)],
        3,
    )


def test_it_learns_from_other_sources(inputs: ClipInputs) -> None:
    clips = np.arange(len(inputs.targets))
    found = teacher_estimates(inputs, clips)
    for k in range(5):
        assert np.corrcoef(found[:, k], inputs.targets[:, k])[0, 1] > 0.6
    assert found.min() >= 0 and found.max() <= 1


def test_labels_of_the_own_source_change_nothing(inputs: ClipInputs) -> None:
    """Whatever is written on one source's clips, its own estimates move with the mean alone."""
    clips = np.arange(len(inputs.targets))
    own = inputs.groups[7]
    other = inputs.targets.copy()
    other[own] = 1 - other[own]
    before = teacher_estimates(inputs, clips)
    after = teacher_estimates(replace(inputs, targets=other), clips)
    shift = np.abs(after[own] - before[own]).max()
    assert shift <= np.abs(other.mean(0) - inputs.targets.mean(0)).max() + 1e-6
    assert np.abs(after - before).max() > shift  # others do learn from it


def test_it_does_without_the_columns_that_know_labels_already(inputs: ClipInputs) -> None:
    blind = [np.where(np.arange(9) < 4, rows, 0) for rows in inputs.streams["visual"]]
    same = replace(inputs, streams={**inputs.streams, "visual": blind})
    np.testing.assert_allclose(clip_vectors(same), clip_vectors(inputs))


def test_a_clip_without_words_is_an_average_one(inputs: ClipInputs) -> None:
    empty = [i for i, rows in enumerate(inputs.streams["text"]) if not len(rows)]
    assert empty and np.isfinite(clip_vectors(inputs)).all()
