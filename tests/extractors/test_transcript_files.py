import json

import pytest

from extractors.errors import TranscriptError
from extractors.transcript_files import NO_TIMES, read_transcript, words_of


@pytest.fixture
def read(tmp_path):
    def read(name, content, **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_transcript(path, **options)

    return read


def times(transcript):
    return [(w.text, w.start, w.end) for w in transcript.words]


def test_plain_text_has_words_and_no_times(read):
    found = read("a.txt", "I like it. [laughs]\nYes - you're right!", language="en", duration_s=9.0)
    assert found.text == "I like it. Yes you're right!"
    assert (found.times, found.source, found.language, found.duration_s) == (
        "none",
        "given",
        "en",
        9.0,
    )
    assert found.problems == (NO_TIMES,)
    assert not found.timed


def test_a_cue_is_shared_by_length(read):
    found = read(
        "a.vtt", "WEBVTT\n\nNOTE x\n\n1\n00:01.000 --> 00:04.000 align:start\n<b>a</b> abc\n"
    )
    assert times(found) == [("a", 1.0, 2.0), ("abc", 2.0, 4.0)]
    assert (found.times, found.problems) == ("cue", ())


def test_times_inside_a_cue_are_word_times(read):
    cue = (
        "00:01.000 --> 00:04.000\n<v Ann>I <00:01.500><c>really</c> <00:02.500>like &amp; love it\n"
    )
    found = read("a.vtt", "WEBVTT\n\n" + cue)
    assert found.times == "word"
    assert times(found)[:2] == [("I", 1.0, 1.5), ("really", 1.5, 2.5)]
    assert found.text == "I really like love it"
    assert found.words[-1].end == 4.0


def test_rolling_captions_say_each_word_once(read):
    content = (
        "WEBVTT\n\n00:00.000 --> 00:02.000\n \nso<00:00.500><c> today</c>\n\n"
        "00:02.000 --> 00:02.010\nso today\n \n\n"
        "00:02.010 --> 00:04.000\nso today\nwe<00:03.000><c> talk</c>\n"
    )
    assert read("a.vtt", content).text == "so today we talk"


def test_subrip(read):
    content = "1\n00:00:01,000 --> 00:00:02,000\n<i>Hello</i> there,\nfriend\n\n2\n"
    content += "00:00:03,500 --> 00:00:05,000\nYes\n"
    found = read("a.srt", "\ufeff" + content.replace("\n", "\r\n"))
    assert found.text == "Hello there, friend Yes"
    assert times(found)[-1] == ("Yes", 3.5, 5.0)


@pytest.mark.parametrize(
    "content",
    [
        {"language": "en", "words": [{"text": "Hi", "start": 0.5, "end": 0.9, "probability": 0.7}]},
        [{"word": " Hi", "start": 0.5, "end": 0.9, "probability": 0.7}],
        {"segments": [{"words": [{"word": " Hi", "start": 0.5, "end": 0.9, "probability": 0.7}]}]},
        {"segments": [{"words": [{"word": "Hi", "start": 0.5, "end": 0.9, "score": 0.7}]}]},
    ],
    ids=["own", "list", "whisper", "whisperx"],
)
def test_word_json_of_all_kinds(read, content):
    found = read("a.json", json.dumps(content))
    (word,) = found.words
    assert (word.text, word.start, word.end, word.probability) == ("Hi", 0.5, 0.9, 0.7)
    assert found.times == "word"


def test_a_segment_without_words_is_shared_and_a_number_without_times_is_kept(read):
    content = {"segments": [{"text": "a abc", "start": 1.0, "end": 4.0}], "language": "de"}
    found = read("a.json", json.dumps(content))
    assert times(found) == [("a", 1.0, 2.0), ("abc", 2.0, 4.0)]
    assert (found.times, found.language) == ("cue", "de")
    words = [{"word": "in", "start": 0.0, "end": 1.0}, {"word": "2021"}]
    found = read("b.json", json.dumps({"words": words}))
    assert times(found) == [("in", 0.0, 1.0), ("2021", None, None)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.doc", "x", "a transcript ends in .txt, .vtt, .srt, .json, not .doc"),
        ("a.txt", b"ok\n\xff\xfe", "line 2: not UTF-8"),
        ("a.vtt", "hello", "line 1: expected WEBVTT"),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:0x.000\nhi", "line 3: .* is no line of times"),
        ("a.vtt", "WEBVTT\n\n00:05.000 --> 00:04.000\nhi", "line 3: the cue ends at"),
        ("a.srt", "1\n00:00:01 -> 00:00:02\nhi", "line 1: no line of times"),
        ("a.json", "{\n\n]", "line 3: not JSON"),
        ("a.json", "{}", 'neither "words" nor "segments"'),
        ("a.json", '{"words": [{"text": "a"}, {"start": 1}]}', r'words\[1\]: no "text"'),
        ("a.json", '{"words": [{"text": "a", "start": "1"}]}', r"words\[0\]: start is '1'"),
        ("a.json", '{"words": [{"text": "a", "start": -1}]}', r"words\[0\]: start is -1"),
        ("a.json", '{"words": [{"text": "a", "start": NaN}]}', r"words\[0\]: start is nan"),
        ("a.json", '{"words": [{"text": "a", "start": 2, "end": 1}]}', "before it starts"),
        (
            "a.json",
            '[{"text": "a", "start": 2, "end": 3}, {"text": "b", "start": 1, "end": 2}]',
            r"words\[1\]: starts at 1.0 s, before the word before it",
        ),
    ],
)
def test_errors_name_the_file_and_the_place(read, name, content, message):
    with pytest.raises(TranscriptError, match=message) as caught:
        read(name, content)
    assert name in str(caught.value)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(TranscriptError, match="no such file"):
        read_transcript(tmp_path / "none.txt")


@pytest.mark.parametrize("name", ["a.txt", "a.vtt", "a.srt", "a.json"])
def test_a_file_without_words_says_so(read, name):
    empty = {"a.vtt": "WEBVTT\n", "a.json": '{"words": []}'}.get(name, "")
    found = read(name, empty)
    assert (found.words, found.reason) == ((), f"{name} holds no words")


def test_annotations_are_not_words():
    words = words_of("♪ [00:00:30] So [inaudible] - well-known, -- 10 % ♪")
    assert [word.text for word in words] == ["So", "well-known,", "10"]
