import json

import pytest

from extractors.errors import TranscriptError
from extractors.words.transcript_files import NO_TIMES, read_transcript, words_of


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
    result = read(
        "a.txt", "I like it. [laughs]\nYes - you're right!", language="en", duration_s=9.0
    )
    assert result.text == "I like it. Yes you're right!"
    assert (result.times, result.source, result.language, result.duration_s) == (
        "none",
        "given",
        "en",
        9.0,
    )
    assert result.problems == (NO_TIMES,)
    assert not result.timed


def test_a_cue_is_shared_by_length(read):
    result = read(
        "a.vtt", "WEBVTT\n\nNOTE x\n\n1\n00:01.000 --> 00:04.000 align:start\n<b>a</b> abc\n"
    )
    assert times(result) == [("a", 1.0, 2.0), ("abc", 2.0, 4.0)]
    assert (result.times, result.problems) == ("cue", ())


def test_times_inside_a_cue_are_word_times(read):
    cue = (
        "00:01.000 --> 00:04.000\n<v Ann>I <00:01.500><c>really</c> <00:02.500>like &amp; love it\n"
    )
    result = read("a.vtt", "WEBVTT\n\n" + cue)
    assert result.times == "word"
    assert times(result)[:2] == [("I", 1.0, 1.5), ("really", 1.5, 2.5)]
    assert result.text == "I really like love it"
    assert result.words[-1].end == 4.0


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
    result = read("a.srt", "\ufeff" + content.replace("\n", "\r\n"))
    assert result.text == "Hello there, friend Yes"
    assert times(result)[-1] == ("Yes", 3.5, 5.0)


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
    result = read("a.json", json.dumps(content))
    (word,) = result.words
    assert (word.text, word.start, word.end, word.probability) == ("Hi", 0.5, 0.9, 0.7)
    assert result.times == "word"


def test_a_segment_without_words_is_shared_and_a_number_without_times_is_kept(read):
    content = {"segments": [{"text": "a abc", "start": 1.0, "end": 4.0}], "language": "de"}
    result = read("a.json", json.dumps(content))
    assert times(result) == [("a", 1.0, 2.0), ("abc", 2.0, 4.0)]
    assert (result.times, result.language) == ("cue", "de")
    words = [{"word": "in", "start": 0.0, "end": 1.0}, {"word": "2021"}]
    result = read("b.json", json.dumps({"words": words}))
    assert times(result) == [("in", 0.0, 1.0), ("2021", None, None)]


def test_json_of_whisper_cpp_and_words_or_segments_of_the_web_service(read):
    cpp = {"transcription": [{"text": " a abc", "offsets": {"from": 1000, "to": 4000}}]}
    assert times(read("a.json", json.dumps(cpp))) == [("a", 1.0, 2.0), ("abc", 2.0, 4.0)]
    web = {"language": "english", "words": [], "segments": [{"text": "a", "start": 0, "end": 1}]}
    result = read("a.json", json.dumps(web))
    assert (times(result), result.language) == ([("a", 0.0, 1.0)], "")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", 'start\tend\ttext\n0\t1500\tI "like\n1500\t4000\tto sell\n'),
        ("a.csv", 'start,end,text\n0,1500," I ""like"\n1500,4000," to sell"\n'),
        ("a.csv", 'start,end,speaker,text\n0,1500,,"I like"\n1500,4000,Ada,"to sell"\n'),
    ],
    ids=["whisper", "whisper.cpp", "with speakers"],
)
def test_tables_of_recognisers(read, name, content):
    result = read(name, "\ufeff" + content, duration_s=4.0)
    assert result.text.replace('"', "") == "I like to sell"
    assert (result.words[0].start, result.words[1].end, result.words[2].start) == (0.0, 1.5, 1.5)
    assert (result.words[-1].end, result.times, result.problems) == (4.0, "cue", ())


DEEP = "[" * 100_000
BIG = "1" * 5000


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.doc", "x", "a transcript ends in .txt, .vtt, .srt, .tsv, .csv, .json, not .doc"),
        ("a.txt", b"ok\n\xff\xfe", "line 2: not UTF-8"),
        ("a.vtt", "hello", "line 1: expected WEBVTT"),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:0x.000\nhi", "line 3: .* is no line of times"),
        ("a.vtt", "WEBVTT\n\n00:05.000 --> 00:04.000\nhi", "line 3: the cue ends at"),
        ("a.srt", "1\n00:00:01 -> 00:00:02\nhi", "line 1: expected WEBVTT or a line of times"),
        ("a.tsv", "a\tb\n1\t2\n", "line 1: the columns are a, b, expected start, end, text"),
        ("a.csv", "frame, face_id\n1,2\n", "line 1: the columns are frame, face_id, expected"),
        ("a.tsv", "start\tend\ttext\n0\tx\thi\n", "line 2: expected a start and an end in milli"),
        ("a.tsv", "start\tend\ttext\n0\t100\n", "line 2: expected a start and an end in milli"),
        ("a.tsv", "start\tend\ttext\n200\t100\thi\n", "line 2: ends at 0.1 s, before it starts"),
        ("a.csv", f"start,end,text\n0,1,{'x' * 200_000}\n", "line 2: not a table: field larger"),
        ("a.json", "{\n\n]", "line 3: not JSON"),
        ("a.json", f"\n{DEEP}", "line 2: lists and objects lie too deep in one another"),
        (
            "a.json",
            f'{{"words": [{DEEP}{"]" * 100_000}]}}',
            "line 1: lists and objects lie too deep",
        ),
        ("a.json", "7", 'neither "words" nor "segments"'),
        ("a.json", "{}", 'neither "words" nor "segments"'),
        ("a.json", '{"segments": {}}', 'neither "words" nor "segments"'),
        ("a.json", '{"words": [[[]]]}', r"words\[0\]: expected an object, got \[\[\]\]"),
        ("a.json", '{"segments": [null]}', r"segments\[0\]: expected an object, got None"),
        ("a.json", '{"transcription": [1]}', r"transcription\[0\]: expected an object, got 1"),
        ("a.json", '{"words": [{"text": "a"}, {"start": 1}]}', r"words\[1\]: no \"text\""),
        ("a.json", '{"words": [{"text": "a", "start": "1"}]}', r"words\[0\]: start is '1'"),
        ("a.json", '{"words": [{"text": "a", "start": true}]}', r"words\[0\]: start is True"),
        ("a.json", '{"words": [{"text": "a", "start": -1}]}', r"words\[0\]: start is -1"),
        ("a.json", '{"words": [{"text": "a", "start": NaN}]}', r"words\[0\]: start is nan"),
        ("a.json", '{"words": [{"text": "a", "end": -Infinity}]}', r"words\[0\]: end is -inf"),
        ("a.json", f'[{{"text": "a", "start": {BIG}}}]', r"words\[0\]: start is inf, expected 0"),
        ("a.json", f'[{{"text": {BIG}}}]', r'words\[0\]: no "text"'),
        ("a.json", '[{"text": "a", "speaker": 7}]', r"words\[0\]: speaker is 7, expected a name"),
        ("a.json", '[{"text": "a\\ud83d"}]', r"words\[0\]: .* holds half a character"),
        ("a.json", '[{"text": "a", "speaker": "\\udc80"}]', r"words\[0\]: .* half a character"),
        ("a.json", '{"language": ["en"], "words": []}', r"language is \['en'\], expected a tag"),
        ("a.json", '{"words": [{"text": "a", "start": 2, "end": 1}]}', "before it starts"),
    ],
)
def test_errors_name_the_file_and_the_place(read, name, content, message):
    with pytest.raises(TranscriptError, match=message) as caught:
        read(name, content)
    assert name in str(caught.value)
    assert len(str(caught.value).encode()) < 500


def test_what_is_not_used_may_hold_anything(read):
    content = f'[{{"text": "a", "start": 0, "end": 1, "logprob": -Infinity, "id": {BIG}}}]'
    assert times(read("a.json", content)) == [("a", 0.0, 1.0)]


def test_a_pair_of_surrogates_is_a_character_and_control_characters_are_none(read):
    result = read("a.json", '[{"text": "so\\ud83d\\ude00"}, {"text": "a\\u001b[31mb"}]')
    assert result.text == "so😀 a[31mb"


def test_a_file_that_cannot_be_read_is_an_error(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_text("a")

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(path), "read_bytes", refuse)
    with pytest.raises(TranscriptError, match=r"a.txt: cannot be read \(Permission denied\)"):
        read_transcript(path)
    with pytest.raises(TranscriptError, match="cannot be read"):
        read_transcript(tmp_path / f"{'x' * 5000}.txt")


def test_the_name_of_a_file_need_not_be_utf8(tmp_path):
    path = tmp_path / "q1\udce9.txt"
    path.write_text("yes")
    assert b"udce9" in read_transcript(path).to_json().encode()


def test_names_and_the_interviewer_are_no_words_of_the_candidate(read):
    result = read("a.vtt", ZOOM, duration_s=8.0)
    assert times(result)[0][:2] == ("hello", 0.5) and result.text == "hello you friend"
    assert result.problems == (
        "3 of its 6 words are not the candidate's but of Interviewer; they were left out, while "
        "pauses and the rate of speech include the time that they took",
        "the names that stand before the words, John Smith, Interviewer, were taken off",
    )
    assert not result.partial
    alone = read("b.vtt", ZOOM.replace("John Smith", "Recruiter"))
    assert (alone.words, alone.reason) == ((), "b.vtt holds no words of the candidate")


ZOOM = (
    "WEBVTT\n\n1\n00:00:00.500 --> 00:00:02.000\nJohn Smith: hello you friend\n\n"
    "2\n00:00:02.000 --> 00:00:03.500\nInterviewer: second cue here\n"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "Interviewer: Why?\nAda: I sell.\nAnd so on.\nInterviewer: Yes."),
        ("a.txt", "Interviewer  0:03\nWhy?\n\nAda Li  0:05\nI sell.\nAnd so on.\n"),
        ("a.txt", "[Interviewer] 10:15:32\nWhy?\n[Ada] 10:15:40\nI sell. And so on."),
        ("a.txt", "00:00:01 Interviewer: Why?\n00:00:02 Ada: I sell. And so on."),
        ("a.vtt", "WEBVTT\n\n00:01.0 --> 00:02.0\n<v HR>Why?</v> <v Ada>I sell. And so on."),
        ("a.srt", "00:01,0 --> 00:02,0\n- Interviewer: Why?\n- Ada: I sell. And\nso on."),
        ("a.tsv", "start\tend\ttext\n0\t9\tRecruiter: Why?\n9\t99\tAda: I sell. And so on."),
        ("a.json", json.dumps({"segments": [
            {"text": "Why?", "start": 0, "end": 1, "speaker": "Interviewer"},
            {"text": "I sell. And so on.", "start": 1, "end": 2, "speaker": "Ada"},
        ]})),
        ("a.json", json.dumps({"words": [
            {"word": word, "start": n, "end": n + 1, "speaker": "HR" if n < 1 else "Ada"}
            for n, word in enumerate(["Why?", "I", "sell.", "And", "so", "on."])
        ]})),
    ],
)  # fmt: skip
def test_speakers_of_all_formats(read, name, content):
    result = read(name, content)
    assert result.text == "I sell. And so on."
    assert "words are not the candidate's" in result.problems[0]


def test_several_speakers_of_whom_none_is_the_interviewer_are_all_read_and_said(read):
    result = read("a.txt", "Ada: I sell.\nBo: I buy.\n")
    assert result.text == "I sell. I buy."
    assert result.problems[1] == (
        "the words of 2 speakers, Ada, Bo, were all read as the candidate's; call those who ask "
        "Interviewer in the file, and they are left out"
    )


def test_an_annotation_may_go_over_two_lines(read):
    assert read("a.txt", "I [laughs and\ncoughs] sell").text == "I sell"


RIGHT = {  # of the shared files, each for an answer of 8 s: the words, their times, what is said
    "T-comma.vtt": ("hello there friend second cue here", (0.5, 3.5), ""),
    "T-ms1.srt": ("hello there friend second cue here", (0.5, 3.5), ""),
    "T-nohours.srt": ("hello there friend second cue here", (0.5, 3.5), ""),
    "T-zoom-names.vtt": ("hello there friend", (0.5, 2.0), "3 of its 6 words"),
    "blankline.vtt": ("And so my fellow Americans and more ask not what", (0.0, 7.9), ""),
    "offset1h.srt": ("And so my fellow ask not what", (None, None), "times are not used"),
    "overlap.srt": (
        "And so my fellow Americans ask not what your country", (0.0, 7.9), "overlapped (1 of 2)",
    ),
    "past.vtt": ("And so my fellow Americans", (0.0, 2.4), "(5 of 10, the last ends at 65.0 s)"),
    "unsorted.srt": (
        "And so my fellow Americans ask not what your country", (0.0, 7.0), "out of order",
    ),
    "w.json": ("And so", (0.0, 8.0), "the last to 99.0 s"),
}  # fmt: skip
REFUSED = {
    "T-bigint.json": "words[0]: start is inf, expected 0 or more, and at most 1,000,000",
    "T-surrogate.json": r"words[0]: '\ud83d' holds half a character",
}


@pytest.mark.parametrize("name", [*RIGHT, *REFUSED])
def test_transcripts_that_people_sent(data, name):
    path = data / "broken" / "transcripts" / name
    if not path.is_file():
        pytest.skip(f"no {name} among the broken inputs")
    if name in REFUSED:
        with pytest.raises(TranscriptError) as caught:
            read_transcript(path, duration_s=8.0)
        assert REFUSED[name] in str(caught.value)
        return
    text, (start, end), message = RIGHT[name]
    result = read_transcript(path, duration_s=8.0)
    assert (result.text, result.words[0].start, result.words[-1].end) == (text, start, end)
    assert message in " ".join(result.problems) and bool(message) == bool(result.problems)
    assert result.partial == (name == "past.vtt")


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(TranscriptError, match="no such file"):
        read_transcript(tmp_path / "none.txt")


@pytest.mark.parametrize("name", ["a.txt", "a.vtt", "a.srt", "a.tsv", "a.csv", "a.json"])
def test_a_file_without_words_says_so(read, name):
    empty = {"a.vtt": "WEBVTT\n", "a.json": '{"words": []}'}.get(name, "")
    result = read(name, empty)
    assert (result.words, result.reason) == ((), f"{name} holds no words")


def test_annotations_are_not_words():
    words = words_of("♪ [00:00:30] So [inaudible] - well-known, -- 10 % ♪")
    assert [word.text for word in words] == ["So", "well-known,", "10"]
