from dataclasses import replace

import numpy as np
import pytest

from extractors.words.pieces import SAMPLE_RATE_HZ
from extractors.words.screening import Omission, ScreenedPiece, screen_segments
from extractors.words.segment import (
    DIFFERS,
    HURRIED,
    IMPROBABLE,
    NO_SPEECH_HEARD,
    REPEATS,
    UNVOICED,
    Segment,
)
from extractors.words.transcript import Word

PIECE_S = 20.0


def segment(text, start, end, *, probability=0.9, no_speech=0.0, logprob=-0.2):
    words = text.split()
    edges = np.linspace(start, end, len(words) + 1)
    timed = zip(words, edges, edges[1:], strict=False)
    made = tuple(Word(word, float(a), float(b), probability) for word, a, b in timed)
    return Segment(made, no_speech, logprob)


FIRST = segment("these are the words of the first sentence", 0, 10)
REST = segment("and this is what was said after it", 10, 20)


def heard(segments, voice=((0.0, PIECE_S),), again=(), asked=None, start_s=0.0):
    """Judge segments; each part that is heard again yields the next of `again`, [] after them."""
    answers = iter(again)

    def hear(sound, start):
        if asked is not None:
            asked.append((start, start + len(sound) / SAMPLE_RATE_HZ))
        return next(answers, [])

    waveform = np.zeros(round((PIECE_S - start_s) * SAMPLE_RATE_HZ), np.float32)
    return screen_segments(segments, waveform, start_s, voice, hear)


LOOP = "well " * 40


@pytest.mark.parametrize(
    ("made", "doubts"),
    [
        (segment("we doubled the revenue", 1, 3), set()),
        (segment("no no no no no no no no no no no no", 1, 5), {REPEATS}),
        (segment(LOOP, 1, 3), {REPEATS, HURRIED}),
        (segment("thank you very much", 1.0, 1.2, logprob=-1.03), {HURRIED, IMPROBABLE}),
        (segment("yes", 1.0, 1.02), set()),
        (segment("thanks for watching", 11, 13, no_speech=0.8), {UNVOICED, NO_SPEECH_HEARD}),
        (segment("thanks for watching", 1, 3, probability=0.3), {IMPROBABLE}),
    ],
)
def test_each_segment_is_doubted_by_itself(made, doubts):
    assert made.doubts([(0.0, 10.0)]) == doubts


def test_clear_speech_is_heard_once():
    asked = []
    assert heard([FIRST, REST], asked=asked) == ScreenedPiece((FIRST, REST), (), PIECE_S)
    assert asked == []


def test_a_sentence_said_four_times_over_is_kept_when_it_is_heard_again_alone():
    spoken = [segment(f"sentence number {i}", 4 * i, 4 * i + 4) for i in range(2)]
    repeated = [segment("we doubled the revenue", 8 + 3 * i, 11 + 3 * i) for i in range(4)]
    asked = []
    again = [[segment("We doubled a revenue.", s.start, s.end)] for s in repeated]
    judged = heard([*spoken, *repeated], again=again, asked=asked)
    assert judged.segments == (*spoken, *repeated)
    assert judged.omissions == ()
    parts = [(s.start - 0.2, min(s.end + 0.2, PIECE_S)) for s in repeated]
    assert asked == [pytest.approx(part) for part in parts]


def test_a_sentence_that_reads_otherwise_alone_is_replaced():
    repeated = [replace(FIRST), segment(FIRST.text, 10, 20)]
    judged = heard(repeated, again=[[FIRST], [REST]])
    assert (judged.segments, judged.omissions) == ((FIRST, REST), ())


def test_a_sentence_that_is_unclear_alone_is_left_out():
    unclear = segment("mah hm", 10, 20, probability=0.3)
    judged = heard([FIRST, segment(FIRST.text, 10, 20)], again=[[FIRST], [unclear]])
    doubts = frozenset({REPEATS, DIFFERS})
    assert judged.segments == (FIRST,)
    assert judged.omissions == (Omission(10.0, 20.0, doubts, voiced_s=10.0, speech=False),)


def test_a_loop_is_left_out_and_what_was_said_there_is_heard_again():
    judged = heard([FIRST, segment(LOOP, 10.5, 13)], again=[[REST]])
    assert (judged.segments, judged.omissions) == ((FIRST, REST), ())


@pytest.mark.parametrize(
    ("again", "speech", "doubts"),
    [
        ([], False, set()),
        ([segment("thanks", 10, 20, no_speech=0.9)], False, {NO_SPEECH_HEARD}),
        ([segment("hm mah", 10, 20, probability=0.2)], True, {IMPROBABLE}),
    ],
    ids=["nothing", "no speech", "unclear speech"],
)
def test_voice_without_words_is_an_omission(again, speech, doubts):
    judged = heard([FIRST], again=[again])
    omission = Omission(10.0, 20.0, frozenset(doubts), voiced_s=10.0, speech=speech)
    assert judged.omissions == (omission,)


@pytest.mark.parametrize(
    ("voice", "phrases"),
    [
        ([(0.0, 10.0), (12.0, 13.9)], []),  # below 2 s in a long piece
        ([(0.0, 10.0), (12.0, 14.5)], [(11.8, 14.7)]),
        ([(0.0, 10.0), (11.0, 14.0), (14.5, 15.0), (17.0, 18.0)], [(10.8, 15.2), (16.8, 18.2)]),
    ],
)
def test_only_voice_that_no_word_covers_is_heard_again_phrase_by_phrase(voice, phrases):
    asked = []
    heard([FIRST], voice, asked=asked)
    assert asked == [pytest.approx(phrase) for phrase in phrases]


def test_any_voice_is_heard_again_where_there_are_no_words():
    spoken = segment("hello there", 15.0, 15.6)
    judged = heard([], [(15.0, 15.6)], again=[[spoken]], start_s=10.0)
    assert judged.segments == (spoken,)


def test_text_over_silence_is_left_out_and_is_no_missing_speech():
    made_up = segment("thanks for watching", 12, 14, no_speech=0.9)
    judged = heard([FIRST, made_up], [(0.0, 10.0)])
    doubts = frozenset({UNVOICED, NO_SPEECH_HEARD})
    assert judged.omissions == (Omission(12.0, 14.0, doubts, voiced_s=0.0, speech=False),)


def test_words_of_neighbours_are_not_heard_twice():
    again = [segment("sentence and more of it", 9.8, 11.3)]
    judged = heard([FIRST], [(0.0, 15.0)], again=[again])
    assert " ".join(part.text for part in judged.segments).endswith("first sentence and more of it")
