"""Times of a transcript: whatever a file states, words ascend and lie within their answer."""

import random
from itertools import pairwise

import pytest

from extractors.errors import TranscriptError
from extractors.words.transcript import Transcript, Word
from extractors.words.word_times import SHORTEST_WORD_S, TimedWords, fit_times


def timed(start_s: float, end_s: float, text: str, loose: str = "") -> TimedWords:
    words = tuple(Word(token) for token in text.split())
    return TimedWords(start_s, end_s, words, tuple(Word(token) for token in loose.split()))


def random_parts(rng: random.Random, duration_s: float) -> list[TimedWords]:
    """Cues or words in any order, overlapping, of no length, past the end, all of it at once."""
    length_s = rng.choice([duration_s, duration_s * 1.2, duration_s * 10, 0.02])
    grid = rng.choice([0.0, 0.02, 1.0])
    parts = [timed(0, 0, "", "led")] if rng.random() < 0.2 else []
    for _ in range(rng.randint(1, 30)):
        start, end = sorted(rng.uniform(0, length_s) for _ in range(2))
        if grid:
            start, end = (round(time / grid) * grid for time in (start, end))
        end = rng.choice([start, end, start + 0.3])
        words = " ".join(["w" * rng.randint(1, 9)] * rng.choice([1, 1, 3, 40]))
        parts.append(timed(start, end, words, rng.choice(["", "", "x", "x y"])))
    if rng.random() < 0.5:
        parts.sort(key=lambda part: part.start_s)
    return parts


@pytest.mark.parametrize("seed", range(20))
def test_words_ascend_and_stay_within_the_answer_whatever_is_stated(seed: int) -> None:
    rng = random.Random(seed)
    refused = 0
    for _ in range(100):
        duration_s = rng.choice([0.0, 0.05, 2.0, 8.0, 61.3])
        parts = random_parts(rng, duration_s or 8.0)
        try:
            fit = fit_times(parts, duration_s)
        except TranscriptError:
            refused += 1
            continue
        stated = sorted(w.text for part in parts for w in (*part.words, *part.loose))
        if not fit.partial:
            assert sorted(word.text for word in fit.words) == stated
        spans = [(w.start, w.end) for w in fit.words if w.start is not None and w.end is not None]
        assert bool(spans) == fit.timed
        assert all(start < end for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        if duration_s and spans:
            assert spans[0][0] >= 0 and spans[-1][1] <= duration_s
            whole = Transcript(fit.words, "en", duration_s, "given", "cue").with_estimated_times()
            assert all(word.start < word.end <= duration_s for word in whole.words)
    assert refused < 60


@pytest.mark.parametrize("duration_s", [0.0, 9.0])
def test_good_times_are_left_alone(duration_s: float) -> None:
    parts = [timed(0.0, 0.5, "and"), timed(0.5, 0.9, "so"), timed(3.0, 9.0, "on")]
    fit = fit_times(parts, duration_s)
    assert [(w.text, w.start, w.end) for w in fit.words] == [
        ("and", 0.0, 0.5),
        ("so", 0.5, 0.9),
        ("on", 3.0, 9.0),
    ]
    assert (fit.timed, fit.problems, fit.partial) == (True, (), False)


@pytest.mark.parametrize(
    ("parts", "expected", "problem"),
    [
        (
            [timed(4, 6, "b c"), timed(0, 2, "a")],
            [("a", 0, 2), ("b", 4, 5), ("c", 5, 6)],
            "its cues stood out of order (1 of 2) and were sorted by their times",
        ),
        (
            [timed(0, 5, "a b"), timed(2, 6, "c")],
            [("a", 0, 1), ("b", 1, 2), ("c", 2, 6)],
            "its cues overlapped (1 of 2), and each was ended where the next one starts",
        ),
        (
            [timed(0, 4, "a b"), timed(7, 9, "c")],
            [("a", 0, 2), ("b", 2, 4), ("c", 7, 8)],
            "its cues reach past the end of the answer, at 8.0 s (1 of 2, the last to 9.0 s), and "
            "were cut there",
        ),
        (
            [timed(0, 1, "a"), timed(1, 99, "b")],
            [("a", 0, 1), ("b", 1, 8)],
            "its words reach past the end of the answer, at 8.0 s (1 of 2, the last to 99.0 s), "
            "and were cut there; check that the transcript belongs to this recording",
        ),
        (
            [timed(0, 1, "a"), timed(1, 1, "b"), timed(1, 3, "c")],
            [("a", 0, 1), ("b", 1, 2), ("c", 2, 3)],
            "words without a length (1 of 3) share the time of the words beside them",
        ),
        (
            [timed(0, 1, "a"), timed(7.5, 8, "b"), timed(8, 8, "c")],
            [("a", 0, 1), ("b", 7.5, 7.75), ("c", 7.75, 8)],
            "words without a length (1 of 3) share the time of the words beside them",
        ),
        (
            [timed(0, 1, "a"), timed(2, 2, "b"), timed(3, 4, "c")],
            [("a", 0, 1), ("b", 2, 2 + SHORTEST_WORD_S), ("c", 3, 4)],
            "words without a length (1 of 3) share the time of the words beside them",
        ),
    ],
)
def test_what_is_changed_is_said(parts: list[TimedWords], expected: list, problem: str) -> None:
    fit = fit_times(parts, 8.0)
    assert [w.text for w in fit.words] == [text for text, _, _ in expected]
    for word, (_, start, end) in zip(fit.words, expected, strict=True):
        assert (word.start, word.end) == pytest.approx((start, end))
    assert (fit.problems, fit.partial, fit.timed) == ((problem,), False, True)


def test_words_that_start_after_the_answer_are_left_out_and_counted() -> None:
    fit = fit_times([timed(0, 4, "a b c"), timed(60, 65, "d e")], 8.0)
    assert [word.text for word in fit.words] == ["a", "b", "c"]
    assert fit.partial and fit.problems == (
        "words that start after the end of the answer, at 8.0 s (2 of 5, the last ends at 65.0 s) "
        "were left out; check that the transcript belongs to this recording",
    )


@pytest.mark.parametrize(
    "parts",
    [
        [timed(0, 4, "a b"), timed(60, 65, "c d e")],  # most of it
        [timed(3600, 3605, "a b"), timed(3640, 3660, "c")],  # all of it, and too long to be cut
        [timed(0, 80, " ".join("abcdefghi"))],  # one cue over ten answers
    ],
)
def test_a_transcript_of_something_else_is_refused_as_a_whole(parts: list[TimedWords]) -> None:
    with pytest.raises(TranscriptError, match=r"after the end of the answer, at 8.0 s.*belongs to"):
        fit_times(parts, 8.0)


def test_an_offset_costs_the_times_and_not_the_words() -> None:
    fit = fit_times([timed(3600, 3605, "a b"), timed(3605, 3607.9, "c")], 8.0)
    assert fit.words == (Word("a"), Word("b"), Word("c"))
    assert (fit.timed, fit.partial) == (False, False)
    assert fit.problems == (
        "all its cues start after the end of the answer, at 8.0 s: they run from 3600.0 to 3607.9 "
        "s, so its times are not used; check that the transcript belongs to this recording",
    )


def test_times_that_are_all_the_same_are_not_used() -> None:
    fit = fit_times([timed(0, 0, "a"), timed(0, 0, "b")], 8.0)
    assert fit.words == (Word("a"), Word("b")) and not fit.timed
    assert fit.problems == (
        "its words all stand within 0.00 s, from 0.00 s on, too short a time for 2 words, so its "
        "times are not used",
    )
