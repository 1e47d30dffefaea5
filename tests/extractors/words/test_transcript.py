from itertools import pairwise

import numpy as np
import pytest

from extractors.errors import TranscriptError
from extractors.stream import Provenance
from extractors.words.transcript import Transcript, Word, fill_times


def transcript(words, times="word", **fields) -> Transcript:
    fields = {"language": "en", "duration_s": 10.0, "source": "given", **fields}
    return Transcript(words=tuple(words), times=times, **fields)


def test_json_and_back_is_the_identity():
    made = transcript(
        [Word("Grüße,", 0.1, 0.5, 0.9), Word("you")],
        provenance=Provenance("x", "2", {"a": [1, 2]}, "ff", {"lib": "1.0"}),
        problems=("a sentence",),
        partial=True,
        unrecognised=((1.0, 2.5), (4, 5)),
    )
    assert Transcript.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"words": [{"tekst": "a"}], "provenance": {}}', "[" * 100_000, "1" * 5000],
)
def test_other_json_is_refused(text):
    with pytest.raises(TranscriptError, match="not a stored transcript"):
        Transcript.from_json(text)


def test_confidence_is_the_mean_over_the_words_that_have_one():
    words = [Word("a", 0.0, 1.0, 0.5), Word("b"), Word("c", 1.0, 2.0, 1.0)]
    assert transcript(words).confidence == pytest.approx(0.75)
    assert transcript([Word("a")]).confidence is None


def test_no_words_need_a_reason():
    with pytest.raises(ValueError, match="needs a reason"):
        transcript([])
    assert transcript([], reason="no speech was found").text == ""


def test_words_without_times_are_spread_over_the_answer_and_marked():
    spread = transcript([Word("a"), Word("abcdefghi"), Word("b")], "none").with_estimated_times()
    assert spread.times == "even"
    assert spread.timed
    assert spread.words[0].start == 0.0
    assert spread.words[-1].end == pytest.approx(10.0)
    lengths = [w.end - w.start for w in spread.words]
    assert lengths == pytest.approx([10 * 2 / 14, 10 * 10 / 14, 10 * 2 / 14])


def test_timed_words_stay_as_they_are():
    timed = transcript([Word("a", 1.0, 2.0)])
    assert timed.with_estimated_times(99.0) is timed


@pytest.mark.parametrize(
    "valid",
    [{}, {0: (1.0, 2.0)}, {4: (8.0, 9.0)}, {2: (4.0, 4.5)}, {1: (1.0, 2.0), 3: (2.0, 2.0)}],
)
def test_filled_times_ascend_and_leave_known_ones_alone(valid):
    words = [Word(f"word{i}", *valid.get(i, (None, None))) for i in range(5)]
    filled = fill_times(words, 0.5, 9.5)
    assert [word.text for word in filled] == [word.text for word in words]
    for i, times in valid.items():
        assert (filled[i].start, filled[i].end) == times
    edges = [t for word in filled for t in (word.start, word.end)]
    assert edges == sorted(edges)
    assert min(edges) >= 0.5 and max(edges) <= 9.5


GAPS = [(2.0, 5.0), (8.0, 9.0)]
MOVED = [
    ((0.5, 1.0), (0.5, 1.0)),
    ((1.5, 2.5), (1.5, 2.0)),
    ((4.0, 5.5), (5.0, 5.5)),
    ((1.0, 6.0), (1.0, 2.0)),
    ((2.5, 3.0), (1.9, 2.0)),
    ((4.0, 4.5), (5.0, 5.1)),
    ((8.0, 9.0), (9.0, 9.1)),
]


@pytest.mark.parametrize(("spoken", "expected"), MOVED)
def test_no_word_lies_where_there_is_no_sound(spoken, expected):
    word = Word("well", *spoken, 0.9)
    transcript = Transcript((word,), "en", 10.0, "recognised", "word")
    (moved,) = transcript.clear_of(GAPS).words
    assert (moved.start, moved.end) == pytest.approx(expected)
    assert transcript.clear_of(()) is transcript


def test_words_still_ascend_when_they_are_moved():
    rng = np.random.default_rng(0)
    for _ in range(200):
        starts = np.sort(rng.uniform(0, 9.5, 12))
        words = [Word("a", s, s + rng.uniform(0.05, 1.5)) for s in starts]
        moved = Transcript(tuple(words), "en", 12.0, "recognised", "word").clear_of(GAPS).words
        assert all(a.start <= b.start for a, b in pairwise(moved))
        assert all(w.start <= w.end for w in moved)
