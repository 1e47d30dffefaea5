from dataclasses import replace

import pytest

from extractors.words.fluency import fluency
from extractors.words.transcript import Transcript, Word


def spoken(*words, times="word", language="en", duration_s=60.0) -> Transcript:
    made = [Word(w) if isinstance(w, str) else Word(*w) for w in words]
    return Transcript(tuple(made), language, duration_s, "recognised", times)


def test_pauses_are_gaps_of_half_a_second_or_more():
    result = fluency(spoken(("a", 0.0, 1.0), ("b", 1.4, 2.0), ("c", 2.5, 3.0), ("d", 5.0, 6.0)))
    assert [(p.start, p.end) for p in result.pauses] == [(2.0, 2.5), (3.0, 5.0)]


@pytest.mark.parametrize(
    ("language", "text", "fillers"),
    [
        ("en", "Um, well uh I like it Er.", ["Um,", "uh", "Er."]),
        ("de", "Ähm das ist äh gut", ["Ähm", "äh"]),
        ("en-GB", "umbrella erase", []),
    ],
)
def test_fillers_are_those_of_the_language(language, text, fillers):
    result = fluency(spoken(*text.split(), times="none", language=language))
    assert [filler.text for filler in result.fillers] == fillers


def test_what_cannot_be_known_is_none_not_zero():
    result = fluency(spoken("a", "b", times="none", language="xx", duration_s=0.0))
    assert (result.pauses, result.fillers, result.words_per_minute) == (None, None, None)


def test_only_immediate_repetitions_count():
    result = fluency(spoken("I", "I", "think", "the,", "the", "plan", "the", times="none"))
    assert [word.text for word in result.repetitions] == ["I", "the"]


def test_rate_is_over_the_time_spoken():
    timed = fluency(spoken(("a", 10.0, 10.5), ("b", 19.0, 20.0)))
    assert timed.words_per_minute == pytest.approx(12.0)
    assert fluency(spoken("a", "b", times="none")).words_per_minute == pytest.approx(2.0)


WORDS = (("a", 0.0, 1.0), ("b", 5.0, 6.0), ("c", 6.0, 8.0))


@pytest.mark.parametrize(
    ("gaps", "pauses", "seconds"),
    [
        ([], [(1.0, 5.0)], 8.0),
        ([(0.5, 3.0)], [(3.0, 5.0)], 5.5),
        ([(2.0, 9.0)], [(1.0, 2.0)], 2.0),
        ([(1.2, 4.8)], [], 4.4),
        ([(2.0, 3.0), (2.5, 3.5)], [(1.0, 2.0), (3.5, 5.0)], 6.5),
        ([(20.0, 30.0)], [(1.0, 5.0)], 8.0),
    ],
    ids=["none", "begins", "ends", "leaves too little", "parts in two", "beyond"],
)
@pytest.mark.parametrize("by", ["gaps", "unrecognised"])
def test_what_was_not_heard_is_neither_pause_nor_time_of_speech(by, gaps, pauses, seconds):
    transcript = spoken(*WORDS)
    if by == "gaps":
        counted = fluency(transcript, gaps)
    else:
        counted = fluency(replace(transcript, unrecognised=gaps))
    assert [(pause.start, pause.end) for pause in counted.pauses] == pauses
    assert counted.words_per_minute == pytest.approx(60 * 3 / seconds)
