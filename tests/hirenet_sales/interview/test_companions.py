"""Files beside a recording: what belongs to it by its name, and what is named as not read."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.words.transcript_files import READERS
from hirenet_sales.errors import InterviewError
from hirenet_sales.interview import Interview, load_interviews
from hirenet_sales.interview.companions import TRANSCRIPT_SUFFIXES
from hirenet_sales.interview.file_endings import OTHER_SUFFIXES, RECORDING_SUFFIXES


def load(folder: Path, *names: str, **options) -> Interview:
    for name in names:
        (folder / name).write_bytes(b"start,end,text\n" if name.endswith("cues.csv") else b"")
    [interview] = load_interviews(folder, **options)
    return interview


def told(interview: Interview, beginning: str) -> str:
    """The notice that begins so, without its beginning; "" if there is none."""
    notices = [n for n in interview.notices if n.startswith(beginning)]
    assert len(notices) < 2
    return notices[0].removeprefix(beginning).strip(" .") if notices else ""


UNREAD = "Files beside the recordings that were not read:"


def test_endings_are_told_apart_and_agree_with_the_readers() -> None:
    assert set(TRANSCRIPT_SUFFIXES) == set(READERS)
    assert not RECORDING_SUFFIXES & OTHER_SUFFIXES
    assert not (RECORDING_SUFFIXES | OTHER_SUFFIXES) & set(TRANSCRIPT_SUFFIXES)


@pytest.mark.parametrize(
    ("names", "transcript", "unread"),
    [
        (["q1.en.vtt"], "q1.en.vtt", ""),
        (["q1.en-US.srt"], "q1.en-US.srt", ""),
        (["q1_transcript.txt"], "q1_transcript.txt", ""),
        (["q1.transcript.vtt", "q1.cc.vtt"], "q1.cc.vtt", "q1.transcript.vtt"),
        (["q1.mp4.srt"], "q1.mp4.srt", ""),
        (["q1.mp4.en.vtt"], "q1.mp4.en.vtt", ""),
        (["q1.txt", "q1.vtt", "q1.srt", "q1.tsv", "q1.json"], "q1.json",
         "q1.srt, q1.tsv, q1.txt, q1.vtt"),
        (["q1.tsv"], "q1.tsv", ""),
        (["q1.vtt", "q1.en.vtt"], "q1.vtt", "q1.en.vtt"),
        (["q1.txt", "q1.en.vtt"], "q1.en.vtt", "q1.txt"),
        (["q1.de.vtt", "q1.en.vtt"], "q1.en.vtt", "q1.de.vtt"),
        (["q1.de.vtt", "q1.txt"], "q1.txt", "q1.de.vtt"),
        (["q1.docx", "q1.jpg", "q1.md"], None, "q1.docx, q1.jpg, q1.md"),
        (["._q1.mp4", ".DS_Store", "notes.md"], None, "notes.md, .DS_Store, ._q1.mp4"),
        (["q1.low.vtt", "q1 (1).mp4", "q1.en.mp4", "q11x.vtt"], None,
         "q1 (1).mp4, q1.en.mp4, q1.low.vtt, q11x.vtt"),
        (["q1.mp4.part", "q1.xyz"], None, "q1.mp4.part, q1.xyz"),
        ([f"{letter}.txt" for letter in "abcdefghijkl"], None,
         "a.txt, b.txt, c.txt, d.txt, e.txt, f.txt, g.txt, h.txt, i.txt, j.txt and 2 more"),
    ],
)  # fmt: skip
def test_what_lies_beside_a_recording(tmp_path, names, transcript, unread) -> None:
    interview = load(tmp_path, "q1.mp4", *names)
    [answer] = interview.answers
    assert answer.media == tmp_path / "q1.mp4"
    assert answer.transcript == (tmp_path / transcript if transcript else None)
    assert told(interview, UNREAD) == unread


@pytest.mark.parametrize(
    ("name", "kind"), [("q1.csv", "openface"), ("q1.transcript.csv", None), ("q1.cues.csv", None)]
)
def test_a_csv_is_of_openface_unless_its_header_is_that_of_cues(tmp_path, name, kind) -> None:
    [answer] = load(tmp_path, "q1.mp4", name).answers
    assert answer.openface == (tmp_path / name if kind else None)
    assert answer.transcript is None
    (tmp_path / "q1.csv").write_text("start,end,text\n0,1,hi\n")
    [answer] = load(tmp_path).answers
    assert (answer.openface, answer.transcript) == (None, tmp_path / "q1.csv")


def test_the_language_of_the_names_is_that_of_the_interview_if_none_was_given(tmp_path) -> None:
    interview = load(tmp_path, "q1.mp4", "q1.de.vtt", "q2.mp4", "q2.de.srt", "q3.mp4", "q3.txt")
    assert interview.language == "de"
    assert told(interview, "The language, 'de',") == "is that in the names of the transcripts"
    assert "language" not in told(interview, "Not given, and assumed:")
    given = load(tmp_path, language="en")
    assert (given.language, given.answers[0].transcript) == ("en", None)
    assert told(given, UNREAD) == "q1.de.vtt, q2.de.srt"
    mixed = load(tmp_path, "q3.fr.vtt", "q4.fr.txt")
    assert (mixed.language, mixed.answers[2].transcript) == ("en", tmp_path / "q3.txt")
    assert load(tmp_path, language="auto").answers[0].transcript == tmp_path / "q1.de.vtt"


def test_an_unknown_ending_is_a_recording_only_where_there_is_none(tmp_path) -> None:
    interview = load(tmp_path, "q1.mp4", "q1.xyz", "q2.xyz", "q3.docx", "q4.mp4")
    assert [a.media and a.media.name for a in interview.answers] == ["q1.mp4", "q2.xyz", "q4.mp4"]
    assert told(interview, UNREAD) == "q1.xyz, q3.docx"
    assert told(interview, "No recording for question") == "3 was found"


def test_files_that_are_no_recordings_make_no_interview(tmp_path) -> None:
    with pytest.raises(InterviewError, match=r"neither interview\.yaml nor files q1"):
        load(tmp_path, "q1.docx", "q2.jpg", "._q1.mp4")


def test_two_recordings_are_still_refused(tmp_path) -> None:
    with pytest.raises(InterviewError, match=r"question 1: q1\.mp4, q1\.webm"):
        load(tmp_path, "q1.mp4", "q1.webm", "q1.tsv")


def test_one_recording_has_the_same_companions(tmp_path) -> None:
    names = ["me.mp4", "me.DE.vtt", "me.tsv", "me.docx", "me.webm", "melissa.vtt", "._me.mp4"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    [interview] = load_interviews(tmp_path / "me.mp4", language="de-AT")
    assert interview.answers[0].transcript == tmp_path / "me.DE.vtt"
    assert told(interview, UNREAD) == "me.docx, me.tsv, me.webm, ._me.mp4"


def test_a_transcript_may_stand_for_a_recording(tmp_path) -> None:
    for name in ("me.srt", "me.vtt"):
        (tmp_path / name).write_bytes(b"")
    [interview] = load_interviews(tmp_path / "me.srt")
    [answer] = interview.answers
    assert (answer.media, answer.transcript) == (None, tmp_path / "me.srt")
    assert told(interview, UNREAD) == "me.vtt"


def test_a_name_is_the_same_in_both_forms_of_unicode(tmp_path) -> None:
    (tmp_path / "Zoe\u0308.mp4").write_bytes(b"")
    (tmp_path / "Zo\u00eb.vtt").write_bytes(b"")
    [interview] = load_interviews(tmp_path / "Zoe\u0308.mp4")
    assert interview.answers[0].transcript == tmp_path / "Zo\u00eb.vtt"
