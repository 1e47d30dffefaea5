"""Planted interviews: what is said to be planted is there, and nothing else tells."""

from __future__ import annotations

import numpy as np
import pytest

from hirenet_sales.data.sets.planted import (
    KINDS,
    MOMENT_WORDS,
    STREAMS,
    TOPICS,
    WORTH,
    planted_interviews,
)
from hirenet_sales.errors import DatasetError
from hirenet_sales.traits import TRAITS

WORTH_OF = {w: (kind, x) for kind in (0, 1) for w, x in zip(MOMENT_WORDS[kind], WORTH, strict=True)}


@pytest.fixture(scope="module")
def data():
    return planted_interviews(streams=STREAMS, interviews=300, noise=0.0, strength=1.0, seed=3)


def test_the_target_is_the_worth_of_the_moment_that_counts(data) -> None:
    for i in range(len(data)):
        question = data.planted.question[i]
        word = data.words[i][question][data.planted.moments[i][question]]
        assert data.labels[i, 0] == pytest.approx(0.5 + WORTH_OF[word][1] / 2)


def test_question_and_job_title_say_which(data) -> None:
    for i in range(len(data)):
        for q, name in enumerate(data.question_ids[i]):
            topic, kind = name.split("-")
            moment = data.words[i][q][data.planted.moments[i][q]]
            decoy = data.words[i][q][data.planted.decoys[i][q]]
            assert KINDS[WORTH_OF[moment][0]] == kind
            assert KINDS[WORTH_OF[decoy][0]] != kind
            assert topic in data.questions[i][q]
            assert kind in data.questions[i][q]
            assert (topic in data.positions[i]) == (q == data.planted.question[i])
            assert sum(word in WORTH_OF for word in data.words[i][q]) == 2


def test_moments_and_decoys_are_equally_strong(data) -> None:
    counts = np.zeros((2, len(WORTH)))
    for i in range(len(data)):
        for q in range(3):
            for k, at in enumerate((data.planted.moments[i][q], data.planted.decoys[i][q])):
                counts[k, np.searchsorted(WORTH, WORTH_OF[data.words[i][q][at]][1])] += 1
    expected = counts.sum() / counts.size
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)


def test_every_question_decides_somewhere_and_places_are_anywhere(data) -> None:
    deciding = {data.question_ids[i][data.planted.question[i]] for i in range(len(data))}
    assert deciding == {f"{topic}-{kind}" for topic in TOPICS[:3] for kind in KINDS}
    last = [len(x) - 1 for answers in data.streams["text"] for x in answers]
    at = np.concatenate(data.planted.moments)
    assert at.min() == 0
    assert (at == last).any()
    assert (np.abs(at - np.concatenate(data.planted.decoys)) > 1).all()


def test_streams_are_of_one_length_and_their_kind(data) -> None:
    for i in range(len(data)):
        for q in range(3):
            assert len({len(data.streams[name][i][q]) for name in STREAMS}) == 1
    audio, visual = (
        np.concatenate([x for a in data.streams[name] for x in a]) for name in ("audio", "visual")
    )
    assert (visual >= 0).all()
    assert [audio.shape[1], visual.shape[1]] == [25, 32]
    quiet = np.concatenate(list(data.streams["audio"][0]))
    assert np.corrcoef(quiet[:-1].ravel(), quiet[1:].ravel())[0, 1] > 0.4  # smooth


@pytest.mark.parametrize("stream", ["audio", "visual"])
def test_contrast_is_that_of_the_moments(stream) -> None:
    size = {}
    for contrast in (0.0, 4.0):
        data = planted_interviews(streams=(stream,), interviews=60, contrast=contrast)
        at = [data.planted.moments[i][q] for i in range(60) for q in range(3)]
        answers = [x for a in data.streams[stream] for x in a]
        size[contrast] = np.mean([np.linalg.norm(x[t]) for x, t in zip(answers, at, strict=True)])
    assert size[4.0] > size[0.0] + 1


def test_seed_decides_everything_and_people_are_unique() -> None:
    one, same, other = (planted_interviews(interviews=20, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.labels, same.labels)
    np.testing.assert_array_equal(one.streams["text"][3][1], same.streams["text"][3][1])
    assert not np.array_equal(one.labels, other.labels)
    assert len(set(one.people)) == 20


def test_streams_by_themselves_hold_the_same_truth() -> None:
    alone = planted_interviews(streams=("visual",), interviews=20, seed=1)
    both = planted_interviews(streams=("text", "visual"), interviews=20, seed=1)
    np.testing.assert_array_equal(alone.streams["visual"][5][0], both.streams["visual"][5][0])
    np.testing.assert_array_equal(alone.planted.moments, both.planted.moments)
    assert alone.words == []


def test_five_traits_with_neuroticism_turned() -> None:
    data = planted_interviews(interviews=200, traits=True)
    assert tuple(t.name for t in data.targets) == TRAITS
    r = np.corrcoef(data.labels.T)
    assert (r[:4, :4] > 0.9).all()
    assert (r[4, :4] < -0.9).all()


def test_every_wrong_argument_is_told_at_once() -> None:
    with pytest.raises(DatasetError) as error:
        planted_interviews(streams=("text", "smell"), answers=9, steps=3, strength=2)
    lines = str(error.value).splitlines()
    assert lines == [
        "planted: no stream 'smell'; there are text, audio, visual",
        "planted: answers is 9; expected 1 to 8",
        "planted: steps is 3; expected at least 4",
        "planted: strength is 2; expected 0 to 1",
    ]


def test_a_part_keeps_its_truth(data) -> None:
    part = data.take([5, 2])
    assert part.planted.question.tolist() == data.planted.question[[5, 2]].tolist()
    np.testing.assert_array_equal(part.planted.moments[1], data.planted.moments[2])


def test_without_decoys_one_moment_is_all_that_is_planted() -> None:
    data = planted_interviews(streams=STREAMS, interviews=60, decoys=False, seed=3)
    for i in range(len(data)):
        q = data.planted.question[i]
        spoken = [
            (k, t) for k, a in enumerate(data.words[i]) for t, w in enumerate(a) if w in WORTH_OF
        ]
        assert spoken == [(q, data.planted.moments[i][q])]
        assert WORTH_OF[data.words[i][q][data.planted.moments[i][q]]][1] == data.planted.worth[i]
    full = planted_interviews(streams=STREAMS, interviews=60, seed=3)
    assert np.array_equal(full.labels, data.labels)
    for i, q in enumerate(data.planted.question):
        for name in STREAMS:
            changed = (full.streams[name][i][q] != data.streams[name][i][q]).any(1)
            assert np.flatnonzero(changed).tolist() == [data.planted.decoys[i][q]]


def test_missing_answers_lack_every_stream_and_never_are_all_missing() -> None:
    data = planted_interviews(streams=STREAMS, interviews=200, missing=0.5, seed=1)
    whole = planted_interviews(streams=STREAMS, interviews=200, seed=1)
    share = []
    for i in range(len(data)):
        lengths = [{len(data.streams[name][i][q]) for name in STREAMS} for q in range(3)]
        assert all(len(own) == 1 for own in lengths)
        assert lengths != [{0}] * 3
        for q, own in enumerate(lengths):
            share.append(own == {0})
            assert data.words[i][q] == (() if own == {0} else whole.words[i][q])
    assert 0.35 < np.mean(share) < 0.5  # one of every eight interviews had all its answers drawn
    assert np.array_equal(data.labels, whole.labels)
