"""Interview input: every way in, and every problem told at once."""

from __future__ import annotations

import csv
import json
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


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"job_titel": "x"}, "line 9: unknown key 'job_titel'; did you mean 'job_title'?"),
        ({"language": "English"}, "line 3: language: found 'English'"),
        ({"language": "english"}, "did you mean 'en'?"),
        ({"language": False}, "YAML reads a bare yes, no, on or off as true or false"),
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
        ("i.yaml", b"date: 2026-13-45\n", "not YAML"),
        ("i.json", b'{"id": "a",}', "not JSON: line 1"),
        ("i.json", b'{"id": "a", "id": "b", "answers": []}', "key 'id' is given twice"),
        ("i.csv", b"interview,question\n", "no rows"),
        ("i.csv", b"interveiw,question,media\na,b,c\n", "did you mean 'interview'?"),
        ("i.csv", b"interview,question,media\na,b,c,d\n", "line 2: more cells than the 3"),
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
    assert "question 3 is unknown" in " ".join(interview.notices)
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


def test_the_template_is_an_interview(tmp_path) -> None:
    path = write_template(tmp_path / "new")
    touch(path.parent, *(f"q{n}.mp4" for n in range(1, 6)))
    interview = only(path)
    assert tuple(answer.question for answer in interview.answers) == FIVE
    assert all(answer.usable for answer in interview.answers)
    before = path.read_text()
    with pytest.raises(InterviewError, match="exists already"):
        write_template(path.parent)
    assert path.read_text() == before


def test_only_what_is_assumed_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "q1.mp4").touch()
    nothing = load_interviews(tmp_path)[0].notices[0]
    assert nothing == "Not given, and assumed: job title, language, wording of the questions."
    title = load_interviews(tmp_path, job_title="Account manager", language="de")[0]
    assert title.notices == ("Not given, and assumed: wording of the questions.",)
    assert (title.job_title, title.language) == ("Account manager", "de")
