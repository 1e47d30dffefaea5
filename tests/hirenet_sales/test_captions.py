"""Captions: every word once and in order, in cues that a player and our own reader take."""

from itertools import pairwise

import pytest
from toy_assessment import HOSTILE, toy_assessment

from extractors.words.transcript_files import read_transcript
from hirenet_sales.assessment import AnswerAssessment, WordAssessment
from hirenet_sales.captions import LONGEST_CUE_LETTERS, LONGEST_CUE_S, PAUSE_S, webvtt


def answer_of(words: list[tuple[str, float | None, float | None]]) -> AnswerAssessment:
    transcript = [
        WordAssessment(text=text, start=start, end=end, probability=None, value=None)
        for text, start, end in words
    ]
    return toy_assessment().answers[0].model_copy(update={"transcript": transcript})


@pytest.mark.parametrize("number", [0, 1])
def test_what_is_written_is_read_again_word_by_word(tmp_path, number) -> None:
    answer = toy_assessment().answers[number]
    path = tmp_path / "q1.vtt"
    path.write_text(webvtt(answer), encoding="utf-8")
    transcript = read_transcript(path)
    assert [word.text for word in transcript.words] == [word.text for word in answer.transcript]
    assert transcript.language == answer.language and not transcript.problems
    for read, written in zip(transcript.words, answer.transcript, strict=True):
        assert abs(read.start - written.start) < LONGEST_CUE_S


def test_cues_are_short_and_follow_each_other() -> None:
    lines = webvtt(toy_assessment(minutes=2).answers[0]).splitlines()
    times = [line.split(" --> ") for line in lines if "-->" in line]
    assert len(times) > 20
    ends = [(seconds(start), seconds(end)) for start, end in times]
    assert all(0 < end - start <= LONGEST_CUE_S + 0.001 for start, end in ends)
    assert all(before[1] <= after[0] + 0.001 for before, after in pairwise(ends))
    assert max(map(len, lines)) <= LONGEST_CUE_LETTERS


def seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(rest)


def test_a_pause_and_a_sentence_end_a_cue() -> None:
    pause = answer_of([("one", 0.0, 0.4), ("two", 0.5, 0.9), ("three", 0.9 + PAUSE_S, 2.0)])
    assert webvtt(pause).count("-->") == 2
    sentence = answer_of([("Yes.", 0.0, 0.4), ("And", 0.5, 0.9), ("no", 1.0, 1.2)])
    assert webvtt(sentence).count("-->") == 2


def test_words_without_a_time_belong_to_the_cue_before_them() -> None:
    some = answer_of([("one", 0.0, 0.4), ("two", None, None), ("three", 0.6, 0.9)])
    assert webvtt(some).endswith("00:00:00.000 --> 00:00:00.900\none two three\n")
    assert webvtt(answer_of([("one", None, None)])) == ""
    assert webvtt(answer_of([])) == ""


def test_no_word_becomes_markup_or_a_line_of_times() -> None:
    text = webvtt(answer_of([(HOSTILE, 0.0, 1.0), ("a\n\n00:01.000 --> 00:02.000", 1.1, 1.5)]))
    assert "<" not in text and text.count(" --> ") == 2
