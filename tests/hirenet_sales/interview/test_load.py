"""Interview input: every way in, and every problem told at once."""

from __future__ import annotations

import csv
import datetime
import json
import os
import re
import shutil
from pathlib import Path

import pytest
import yaml

from hirenet_sales.errors import InterviewError
from hirenet_sales.interview import (
    QUESTION_SETS,
    Consent,
    Interview,
    load_interviews,
    load_questions,
    write_template,
)

FIVE = QUESTION_SETS["kassab2022"]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_bytes(b"")


def described(folder: Path, **changes) -> Path:
    """A good interview.yaml with two answers, or one with something changed."""
    touch(folder, "q1.mp4", "q2.mp4")
    raw = {
        "id": "ada-7",
        "job_title": "Account executive",
        "language": "en",
        "answers": [
            {"question": "Why sales?", "media": "q1.mp4"},
            {"question": "Why today?", "media": "q2.mp4"},
        ],
    } | changes
    path = folder / "interview.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    return path


def only(path: Path, **options) -> Interview:
    [interview] = load_interviews(path, **options)
    return interview


def problems_of(path: Path) -> str:
    with pytest.raises(InterviewError) as error:
        load_interviews(path)
    assert path.name in str(error.value)
    return str(error.value)


def test_yaml(tmp_path) -> None:
    interview = only(described(tmp_path))
    assert (interview.id, interview.job_title) == ("ada-7", "Account executive")
    assert [answer.question for answer in interview.answers] == ["Why sales?", "Why today?"]
    assert [answer.id for answer in interview.answers] == ["q1", "q2"]
    assert interview.answers[0].media == tmp_path / "q1.mp4"
    assert interview.answers[0].media_name == "q1.mp4"
    assert not interview.synthetic
    assert not any(answer.question_assumed for answer in interview.answers)
    assert interview.consent is None and interview.permits("visual")


def test_json_says_the_same_as_yaml(tmp_path) -> None:
    path = described(tmp_path)
    from_yaml = only(path)
    as_json = tmp_path / "interview.json"
    as_json.write_text(json.dumps(yaml.safe_load(path.read_text())), encoding="utf-8")
    path.unlink()
    assert only(as_json).answers == from_yaml.answers
    assert only(tmp_path).id == from_yaml.id  # and the folder finds it


def test_paths_are_relative_to_the_file_and_not_to_the_caller(tmp_path, monkeypatch) -> None:
    described(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert only(Path("../interview.yaml")).answers[0].media == tmp_path / "q1.mp4"


def test_a_missing_file_is_a_problem_of_its_answer_alone(tmp_path) -> None:
    path = described(tmp_path)
    (tmp_path / "q2.mp4").unlink()
    first, second = only(path).answers
    assert first.usable and not first.problems
    assert not second.usable and "q2.mp4" in second.problems[0]


def test_without_any_file_there_is_nothing_to_analyse(tmp_path) -> None:
    path = described(tmp_path)
    touch(tmp_path, "unrelated.mp4")
    for name in ("q1.mp4", "q2.mp4"):
        (tmp_path / name).unlink()
    message = problems_of(path)
    assert "q1.mp4" in message and "q2.mp4" in message


@pytest.mark.parametrize(
    ("consent", "permitted"),
    [
        (Consent(given=True), {"visual", "audio", "text"}),
        (Consent(given=True, visual=False), {"audio", "text"}),
        (Consent(given=False), set()),
    ],
)
def test_consent_permits_streams(consent: Consent, permitted: set[str]) -> None:
    interview = Interview("a", "Sales", "en", (), consent)
    assert {s for s in ("visual", "audio", "text") if interview.permits(s)} == permitted


def test_refused_streams_are_left_out_and_told() -> None:
    every = ("visual", "audio", "text")
    without_face = Interview("a", "Sales", "en", (), Consent(given=True, visual=False))
    assert without_face.streams_to_extract(every) == ("audio", "text")
    assert ["face" in n for n in without_face.reader_notices(every)] == [True]
    refused = Interview("a", "Sales", "en", (), Consent(given=False))
    with pytest.raises(InterviewError, match="does not allow an analysis of the face or the voice"):
        refused.streams_to_extract(every)
    unrecorded = Interview("a", "Sales", "en", (), notices=("Read from a folder.",))
    assert unrecorded.streams_to_extract(every) == every
    assert len(unrecorded.reader_notices(every)) == 2
    assert not Interview("a", "S", "en", (), Consent(given=True)).reader_notices(every)


def test_consent_is_read(tmp_path) -> None:
    consent = {"given": True, "date": "2026-01-31", "recorded_by": "HR", "audio": False}
    read = only(described(tmp_path, consent=consent)).consent
    assert read is not None and str(read.date) == "2026-01-31"
    assert not read.permits("audio") and read.permits("text")


def test_criteria_of_the_position_are_read(tmp_path) -> None:
    plain = only(described(tmp_path))
    assert (plain.criteria, plain.rate_first) == ((), False)
    own = only(described(tmp_path, criteria=["Listens", " Is  clear", "Listens"], rate_first=True))
    assert (own.criteria, own.rate_first) == (("Listens", "Is clear"), True)
    many = problems_of(described(tmp_path, criteria=[f"c{n}" for n in range(9)]))
    assert "criteria" in many and "8" in many


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"job_titel": "x"}, "line 9: unknown key 'job_titel'; did you mean 'job_title'?"),
        ({"language": "English"}, "line 3: language: found 'English'"),
        ({"language": "english"}, "did you mean 'en'?"),
        ({"language": False}, "found False; put it in quotes, so that it is text"),
        ({"job_title": 1.5}, "found 1.5; put it in quotes, so that it is text"),
        (
            {"job_title": "a\ud83d"},
            r"job_title: found 'a\ud83d', but it holds \ud83d, which is half",
        ),
        (
            {"consent": {"given": True, "date": "2026-13-45"}},
            "line 11, consent: date: input should",
        ),
        ({"id": "../../etc"}, "line 1: id: found '../../etc'"),
        ({"id": ".hidden"}, "id: found '.hidden'"),
        ({"answers": []}, "answers:"),
        ({"answers": "q1.mp4"}, "answers:"),
        ({"answers": [{"media": "q1.mp4"}]}, "line 5, answers 1: 'question' is missing"),
        ({"answers": [{"question": "Why?"}]}, "nothing recorded"),
        ({"answers": [{"question": " ", "media": "q1.mp4"}]}, "question: found empty text"),
        ({"consent": {"given": True, "voice": False}}, "line 11, consent: unknown key 'voice'"),
        ({"consent": {"visual": False}}, "line 9, consent: 'given' is missing"),
        (
            {"answers": [{"id": "a", "question": "x", "media": m} for m in ("q1.mp4", "q2.mp4")]},
            "answers 2: id 'a' is that of answer 1 too",
        ),
        (
            {
                "answers": [
                    {"question": "x", "media": "q1.mp4"},
                    {"question": "y", "media": "q1.mp4"},
                ]
            },
            "answers 2: media 'q1.mp4' is that of answer 1 too",
        ),
        (
            {
                "answers": [
                    {"id": "q2", "question": "x", "media": "q1.mp4"},
                    {"question": "y", "media": "q2.mp4"},
                ]
            },
            "answers 2: id 'q2' is that of answer 1 too",
        ),
    ],
)
def test_a_bad_description_is_explained(tmp_path, changes: dict, expected: str) -> None:
    assert expected in problems_of(described(tmp_path, **changes))


def test_all_problems_are_told_at_once(tmp_path) -> None:
    message = problems_of(described(tmp_path, job_titel="x", language="English", consent={"a": 1}))
    assert "4 problems" in message
    for part in ("job_titel", "English", "'given' is missing", "unknown key 'a'"):
        assert part in message


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("i.yaml", b"", "the file is empty"),
        ("i.yaml", b"- a\n- b\n", "found a list of 2"),
        ("i.yaml", b"id: [unclosed\n", "not YAML: line 2"),
        ("i.yaml", b"id: a\n\tjob_title: b\n", "not YAML"),
        ("i.yaml", b"id: a\nid: b\nanswers: []\n", "line 2: key 'id' is given twice"),
        ("i.yaml", b"\xff\xfe\x00id", "not UTF-8"),
        ("i.yaml", b"id: !!python/object/apply:os.getcwd []\n", "not YAML"),
        ("i.yaml", b"id: !!int x\n", "not YAML: invalid literal"),
        ("i.yaml", b"id: a\nanswers: " + b"[" * 5000 + b"]" * 5000, "nested too deeply to be read"),
        ("i.json", b'{"answers": ' + b"[" * 5000 + b"]" * 5000 + b"}", "nested too deeply"),
        (
            "i.yaml",
            b'id: "a\\0b"\nanswers: []\n',
            r"line 1: id: found 'a\x00b', but it holds a null",
        ),
        ("i.json", b'{"a\\ud83d": 1, "answers": []}', r"key 'a\ud83d', but it holds \ud83d"),
        ("i.json", b'{"id": ' + b"5" * 5000 + b"}", "… (5000 characters)', expected letters"),
        ("i.yaml", b"id: " + b"5" * 5000, "… (5000 characters)', expected letters"),
        ("i.json", b'{"id": "a",}', "not JSON: line 1"),
        ("i.json", b'{"id": "a", "id": "b", "answers": []}', "key 'id' is given twice"),
        ("i.csv", b"interview,question\n", "no rows"),
        ("i.csv", b"interveiw,question,media\na,b,c\n", "did you mean 'interview'?"),
        ("i.csv", b"interview,question,media\na,b,c,d\n", "line 2: more cells than the 3"),
        (
            "i.csv",
            b'interview,question,media\na,"b\nc",d\na,b,c,d',
            "line 4: more cells than the 3",
        ),
        ("i.csv", b"sep=;\ninterview;question;media\na;b\n", "line 3: nothing recorded"),
        ("i.csv", b"interview,question,,media\na,b,,c", "column 3 has no name"),
        ("i.csv", b"interview,question,media,media\na,b,c,c", "names media more than once"),
        ("i.csv", b"interview,question,media\na,b,\n", "line 2: nothing recorded"),
        ("i.csv", b"interview,question,media\n,b,c\n", "line 2: interview: found nothing"),
    ],
)
def test_a_file_that_cannot_be_read_is_explained(
    tmp_path, name: str, content: bytes, expected: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert expected in problems_of(tmp_path / name)


def test_aliases_do_not_explode(tmp_path) -> None:
    lines = ["a0: &a0 [x, x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)
    ]
    (tmp_path / "i.yaml").write_text("\n".join(lines))
    assert "unknown key 'a39'" in problems_of(tmp_path / "i.yaml")


def test_a_wrong_path_is_helped(tmp_path) -> None:
    described(tmp_path)
    with pytest.raises(InterviewError, match=r"did you mean .*interview\.yaml"):
        load_interviews(tmp_path / "interveiw.yaml")


def test_a_folder_of_recordings(tmp_path) -> None:
    touch(
        tmp_path, "q1.mp4", "q2.webm", "q2.vtt", "Q3.MOV", "q4.txt", "q10.avi", "q1.csv", "notes.md"
    )
    interview = only(tmp_path)
    assert [answer.id for answer in interview.answers] == ["q1", "q2", "q3", "q4", "q10"]
    assert [answer.question for answer in interview.answers[:4]] == list(FIVE[:4])
    assert all(answer.question_assumed for answer in interview.answers)
    assert interview.answers[0].openface == tmp_path / "q1.csv"
    assert interview.answers[1].transcript == tmp_path / "q2.vtt"
    assert interview.answers[3].media is None and interview.answers[3].usable
    assert "5, 6, 7, 8, 9" in " ".join(interview.notices)


def test_words_with_times_win_over_plain_text(tmp_path) -> None:
    touch(tmp_path, "q1.mp4", "q1.txt", "q1.json", "q1.srt")
    assert only(tmp_path).answers[0].transcript == tmp_path / "q1.json"


def test_two_recordings_for_one_question_are_refused(tmp_path) -> None:
    touch(tmp_path, "q1.mp4", "q1.webm")
    assert "question 1: q1.mp4, q1.webm" in problems_of(tmp_path)


def test_a_folder_without_recordings_is_refused(tmp_path) -> None:
    touch(tmp_path, "holiday.mp4")
    assert "hirenet-sales init" in problems_of(tmp_path)


def test_one_recording(tmp_path) -> None:
    touch(tmp_path, "me and you.mp4", "me and you.srt")
    interview = only(tmp_path / "me and you.mp4", job_title="Clerk", language="de")
    assert (interview.id, interview.job_title, interview.language) == ("me-and-you", "Clerk", "de")
    assert interview.answers[0].question == FIVE[0]
    assert interview.answers[0].transcript == tmp_path / "me and you.srt"


def test_a_question_set_of_ones_own(tmp_path) -> None:
    touch(tmp_path, "q1.mp4", "q2.mp4", "q3.mp4")
    (tmp_path / "asked.txt").write_text("First?\n\nSecond?\n", encoding="utf-8")
    interview = only(tmp_path, question_set=tmp_path / "asked.txt")
    assert [a.question for a in interview.answers] == ["First?", "Second?", "Question 3"]
    assert [a.question_assumed for a in interview.answers] == [False, False, True]
    assert "question 3 is unknown" in " ".join(interview.notices)
    assert interview.notices[0] == "Not given, and assumed: job title, language."
    named = only(tmp_path, question_set="kassab2022", job_title="Clerk", language="en")
    assert not any("assumed" in notice for notice in named.notices)
    assert not any(answer.question_assumed for answer in named.answers)
    with pytest.raises(InterviewError, match="neither a known set"):
        load_questions("kassab")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_many(tmp_path, delimiter: str) -> None:
    touch(tmp_path, "a1.mp4", "a2.mp4", "b1.mp4")
    rows = [
        ["interview", "job_title", "question", "media", "consent", "consent_visual"],
        ["ann", "Clerk", "Why, then?", "a1.mp4", "true", "no"],
        ["bob", "", "Why?", "b1.mp4", "", ""],
        ["ann", "", "How?", "a2.mp4", "", ""],
    ]
    with (tmp_path / "many.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    ann, bob = load_interviews(tmp_path / "many.csv")
    assert [answer.question for answer in ann.answers] == ["Why, then?", "How?"]
    assert ann.job_title == "Clerk" and bob.job_title == "Sales manager"
    assert not ann.permits("visual") and ann.permits("text") and bob.consent is None


def test_a_table_that_contradicts_itself(tmp_path) -> None:
    text = "interview,job_title,question,media\na,Clerk,x,1.mp4\na,Smith,y,2.mp4\na/b,,z,3.mp4\n"
    (tmp_path / "many.csv").write_text(text, encoding="utf-8")
    message = problems_of(tmp_path / "many.csv")
    assert "line 3: job_title: 'Smith', but 'Clerk' above for 'a'" in message
    assert "line 4: id: found 'a/b'" in message


def test_one_interview_without_files_does_not_stop_the_table(tmp_path) -> None:
    touch(tmp_path, "1.mp4")
    text = "interview,question,media\na,x,1.mp4\nb,y,2.mp4\n"
    (tmp_path / "many.csv").write_text(text, encoding="utf-8")
    a, b = load_interviews(tmp_path / "many.csv")
    assert a.answers[0].usable and not b.answers[0].usable


FILLED_IN = {
    "given": "yes",
    "date": "2026-01-31",
    "recorded_by": "Ann",
    "notice": "of May",
    "visual": "no",
    "audio": "yes",
    "text": "yes",
}


def fill_in(path: Path, lines: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for key, value in lines.items():
        text = re.sub(rf"^  {key}: ", f"  {key}: {value} ", text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")


def test_the_template_is_an_interview_once_the_consent_is_filled_in(tmp_path) -> None:
    path = write_template(tmp_path / "new")
    touch(path.parent, *(f"q{n}.mp4" for n in range(1, 6)))
    before = path.read_text()
    with pytest.raises(InterviewError, match="exists already"):
        write_template(path.parent)
    assert path.read_text() == before
    fill_in(path, FILLED_IN)
    interview = only(path)
    assert tuple(answer.question for answer in interview.answers) == FIVE
    assert all(answer.usable for answer in interview.answers)
    assert interview.consent == Consent(
        given=True,
        date=datetime.date(2026, 1, 31),
        recorded_by="Ann",
        notice="of May",
        visual=False,
    )
    assert interview.consent.refused == ("visual",)


@pytest.mark.parametrize("empty", FILLED_IN)
def test_a_consent_with_an_empty_line_is_refused(tmp_path, empty: str) -> None:
    path = write_template(tmp_path)
    touch(path.parent, *(f"q{n}.mp4" for n in range(1, 6)))
    fill_in(path, {key: value for key, value in FILLED_IN.items() if key != empty})
    with pytest.raises(InterviewError, match=f"consent: {empty}: found nothing, expected "):
        only(path)


def test_an_untouched_template_lists_every_line_to_fill_in(tmp_path) -> None:
    message = problems_of(write_template(tmp_path))
    assert all(f"consent: {key}: found nothing" in message for key in FILLED_IN)


def test_only_what_is_assumed_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "q1.mp4").touch()
    nothing = load_interviews(tmp_path)[0].notices[0]
    assert nothing == "Not given, and assumed: job title, language, wording of the questions."
    title = load_interviews(tmp_path, job_title="Account manager", language="de")[0]
    assert title.notices == ("Not given, and assumed: wording of the questions.",)
    assert (title.job_title, title.language) == ("Account manager", "de")


WRITTEN = [
    ("12:30", "12:30"),
    ("1_000", "1_000"),
    ("007", "007"),
    ("0x1f", "0x1f"),
    ("2026-01-31", "2026-01-31"),
    ("No", "No"),
    ("on", "on"),
    ("12345678901234567890", "12345678901234567890"),
    ("1e3", "1e3"),
    ("42", "42"),
]


@pytest.mark.parametrize(("written", "text"), WRITTEN)
def test_text_in_yaml_is_text_as_it_is_written(tmp_path, written: str, text: str) -> None:
    touch(tmp_path, "q1.mp4")
    content = f"job_title: {written}\nanswers:\n- question: {written}\n  media: q1.mp4\n"
    (tmp_path / "interview.yaml").write_text(content, encoding="utf-8")
    interview = only(tmp_path)
    assert (interview.job_title, interview.answers[0].question) == (text, text)


@pytest.mark.parametrize(("written", "value"), [("yes", True), ("off", False), ("true", True)])
def test_where_yes_or_no_is_expected_the_words_still_mean_it(tmp_path, written, value) -> None:
    touch(tmp_path, "q1.mp4")
    content = f"consent: {{given: {written}}}\nanswers: [{{question: Why, media: q1.mp4}}]\n"
    (tmp_path / "interview.yaml").write_text(content, encoding="utf-8")
    consent = only(tmp_path).consent
    assert consent is not None and consent.given is value


NAMES = [
    "two  spaces.mp4",
    "Screen Recording 2026-05-12 at 4.42.48\u202fPM.mp4",
    " first.mp4",
    "~tilde.mp4",
    "~/home.mp4",  # a folder named ~ goes before the home folder
    "caf\u00e9.mp4",
    "cafe\u0301.mp4",
    "[bold]:smile:.mp4",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_path_is_taken_as_it_is_written(tmp_path, name: str, suffix: str) -> None:
    (tmp_path / "~").mkdir()
    touch(tmp_path, name)
    raw = {"id": "a", "answers": [{"question": "Why?", "media": name}]}
    path = tmp_path / f"interview.{suffix}"
    text = yaml.safe_dump(raw) if suffix == "yaml" else json.dumps(raw)
    path.write_text(text, encoding="utf-8")
    [answer] = only(path).answers
    assert (answer.media, answer.media_name, answer.problems) == (tmp_path / name, name, ())


def test_the_home_folder_is_written_with_a_tilde(tmp_path, monkeypatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    touch(home, "q1.mp4")
    monkeypatch.setenv("HOME", str(home))
    path = described(tmp_path, answers=[{"question": "Why?", "media": "~/q1.mp4"}])
    assert only(path).answers[0].media == home / "q1.mp4"


@pytest.mark.parametrize(
    ("on_disk", "written"),
    [("caf\u00e9/q1.mp4", "cafe\u0301/q1.mp4"), ("a/cafe\u0301.mp4", "a/caf\u00e9.mp4")],
)
def test_the_same_letters_name_the_same_file(tmp_path, on_disk: str, written: str) -> None:
    (tmp_path / on_disk).parent.mkdir()
    touch(tmp_path, on_disk)
    path = described(tmp_path, answers=[{"question": "Why?", "media": written}])
    [answer] = only(path).answers
    assert (answer.media, answer.problems) == (tmp_path / on_disk, ())


def test_a_name_that_differs_in_white_space_is_pointed_at(tmp_path) -> None:
    touch(tmp_path, "at 4.42\u202fPM.mp4")
    path = described(
        tmp_path,
        answers=[
            {"question": "Why?", "media": "At 4.42 PM.mp4"},
            {"question": "How?", "media": "q1.mp4"},
        ],
    )
    assert only(path).answers[0].problems == (
        "The media 'At 4.42 PM.mp4' does not exist; put it there, or give the right path, relative "
        "to the file that names it ('at 4.42\u202fPM.mp4' differs from it in white space or "
        "capitals).",
    )


def loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("make", "name", "problem"),
    [
        (Path.mkdir, "a.mp4", "The media 'a.mp4' is a folder; give the path of a file."),
        (os.mkfifo, "a.mp4", "The media 'a.mp4' is a named pipe; give the path of a file."),
        (
            loop,
            "a.mp4",
            "The media 'a.mp4' cannot be opened (Too many levels of symbolic links); give the path "
            "of a file.",
        ),
        (None, "/dev/zero", "The media '/dev/zero' is a device; give the path of a file."),
        (
            None,
            "a" * 5000,
            f"The media '{'a' * 60}… (5000 characters)' cannot be opened (File name too long); "
            "give the path of a file.",
        ),
    ],
    ids=["folder", "pipe", "loop", "device", "long"],
)
def test_what_is_no_file_is_a_problem_of_its_answer(tmp_path, make, name, problem) -> None:
    if make:
        make(tmp_path / name)
    answers = [{"question": "a", "media": name}, {"question": "b", "media": "q1.mp4"}]
    first, second = only(described(tmp_path, answers=answers)).answers
    assert first.problems == (problem,) and not first.usable
    assert second.usable and not second.problems


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (os.mkfifo, "a named pipe, expected a file or a folder"),
        (loop, "cannot be read (Too many levels of symbolic links)"),
        (lambda path: None, "no such file or folder"),
    ],
    ids=["pipe", "loop", "nothing"],
)
@pytest.mark.parametrize("name", ["i.yaml", "i.csv", "i.mp4"])
def test_an_argument_that_is_no_file(tmp_path, make, problem: str, name: str) -> None:
    make(tmp_path / name)
    assert problems_of(tmp_path / name) == f"{tmp_path / name}: {problem}"


def test_an_argument_that_is_too_long(tmp_path) -> None:
    with pytest.raises(
        InterviewError, match=r"characters\): cannot be read \(File name too long\)"
    ):
        load_interviews(tmp_path / ("a" * 5000))
    touch(tmp_path, "q1.mp4")
    with pytest.raises(InterviewError, match=r"characters\)': neither a known set"):
        load_interviews(tmp_path, question_set="a" * 5000)


def test_a_name_that_is_not_utf8_is_written_out(tmp_path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\\.mp4"))
    path.write_bytes(b"")
    interview = only(path)
    assert interview.answers[0].media == path
    assert interview.answers[0].media_name == r"caf\xe9\\.mp4"
    assert interview.id == "caf"


@pytest.mark.parametrize(
    ("title", "problem"),
    [
        ("", "job title: found empty text, expected some"),
        (" \t", "job title: found empty text, expected some"),
        ("a\udcff", r"job title: found 'a\xff', but it holds \xff, which is half a character"),
    ],
)
def test_a_job_title_that_is_none(tmp_path, title: str, problem: str) -> None:
    with pytest.raises(InterviewError, match=re.escape(problem)):
        load_interviews(described(tmp_path), job_title=title)


@pytest.mark.parametrize(
    "content",
    [
        b"sep=;\r\ninterview;question;media\r\nx1;Caf\xc3\xa9?;q1.mp4\r\n",
        b"interview,question,media,,\r\nx1,Caf\xc3\xa9?,q1.mp4,,\r\n,,,,\r\n",
        "interview;question;media\r\nx1;Caf\u00e9?;q1.mp4\r\n".encode("cp1252"),
        "interview\tquestion\tmedia\r\nx1\tCaf\u00e9?\tq1.mp4\r\n".encode("utf-16"),
        "\ufeffinterview,question,media\nx1,Caf\u00e9?,q1.mp4\n".encode(),
    ],
    ids=["sep", "trailing", "cp1252", "utf16", "mark"],
)
def test_tables_as_spreadsheets_save_them(tmp_path, content: bytes) -> None:
    touch(tmp_path, "q1.mp4")
    (tmp_path / "many.csv").write_bytes(content)
    interview = only(tmp_path / "many.csv")
    assert interview.answers[0].question == "Caf\u00e9?" and interview.answers[0].usable


def test_every_broken_description_ends_in_words_or_in_an_interview(data, tmp_path) -> None:
    """The inputs of which each ended in a traceback or was read as something else."""
    folder = data / "broken" / "descriptions"
    if not folder.is_dir():
        pytest.skip("needs broken/descriptions")
    touch(tmp_path, "q1.mp4", "s.mp4", "a1.mp4", "a2.mov", *NAMES[:2], "~tilde.mp4")
    read = {}
    for path in sorted(folder.iterdir()):
        shutil.copy(path, tmp_path)
        try:
            interviews = load_interviews(tmp_path / path.name)
        except InterviewError as error:
            str(error).encode()
        else:
            read[path.name] = [a.problems for i in interviews for a in i.answers]
    assert read == {
        "CSV-sep.csv": [(), ()],
        "CSV-trailing-columns.csv": [()],
        "D-sexagesimal.yaml": [()],
        "D-tilde.json": [()],
        "D-two-spaces.json": [()],
        "D-u202f.json": [()],
        "esc.yaml": [()],
    }
