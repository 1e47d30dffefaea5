"""Interviews without a description: a folder of q1.* to qN.*, or one recording."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from hirenet_sales.errors import InterviewError
from hirenet_sales.interview.companions import (
    Companion,
    Companions,
    companion,
    sort_companions,
    stated_language,
    unread_notice,
)
from hirenet_sales.interview.description import DEFAULT_JOB_TITLE, DEFAULT_LANGUAGE, safe_id
from hirenet_sales.interview.questions import DEFAULT_QUESTION_SET, load_questions
from hirenet_sales.interview.record import Answer, Interview

DESCRIPTION_NAMES = ("interview.yaml", "interview.yml", "interview.json")
NUMBERED = re.compile(r"q(?:uestion)?[-_ ]?0*([1-9]\d{0,3})(?!\d)", re.IGNORECASE)


def find_description(folder: Path) -> Path | None:
    """The interview.yaml or .json of a folder, if it has one; InterviewError if it has several."""
    descriptions = [folder / name for name in DESCRIPTION_NAMES if (folder / name).is_file()]
    if len(descriptions) > 1:
        names = ", ".join(path.name for path in descriptions)
        raise InterviewError(f"{folder}: holds {names}; name the one that is meant")
    return descriptions[0] if descriptions else None


def read_folder(
    folder: Path, questions: tuple[str, ...] | None, job_title: str | None, language: str | None
) -> Interview:
    """Read a folder with one recording a question, q1.* to qN.*.

    A transcript or an OpenFace CSV of the same name as a recording belongs to it, also one such as
    q1.en.vtt, q1_transcript.txt or q1.mp4.srt. Questions, job title and language are assumed where
    they are None, with a notice; a language stated in the names of all transcripts takes precedence
    over the default. InterviewError if there is no such file, or a question has two recordings.
    """
    files = _files(folder)
    by_number: dict[int, list[Companion]] = {}
    for path in files:
        match = NUMBERED.match(path.stem)
        file = companion(path, match[0]) if match else None
        if match and file:
            by_number.setdefault(int(match[1]), []).append(file)
    answers = {n: sort_companions(group) for n, group in sorted(by_number.items())}
    answers = {n: a for n, a in answers.items() if a.recordings or a.transcripts or a.openface}
    if not answers:
        raise InterviewError(
            f"{folder}: holds neither {DESCRIPTION_NAMES[0]} nor files q1.* to qN.*; "
            "write a description with: hirenet-sales init DIR"
        )
    clashes = [
        f"  question {number}: {', '.join(path.name for path in answer.recordings)}"
        for number, answer in answers.items()
        if len(answer.recordings) > 1
    ]
    if clashes:
        raise InterviewError(
            f"{folder}: more than one recording for a question; keep one, or write an "
            "interview.yaml\n" + "\n".join(clashes)
        )
    return _interview(folder, folder.name, answers, files, questions, job_title, language)


def read_recording(
    path: Path, questions: tuple[str, ...] | None, job_title: str | None, language: str | None
) -> Interview:
    """Read one recording as an interview of one answer, to the first question of the set.

    Companions are looked for as in a folder. A transcript may stand in place of a recording.
    """
    named = (companion(other, path.stem) for other in _files(path.parent))
    companions = [file for file in named if file]
    given = Companion(path)
    others = sort_companions(companions)
    answer = (
        Companions((), (given,), None)
        if given.is_transcript
        else Companions((path,), others.transcripts, others.openface)
    )
    shadow = path.with_name(f"._{path.name}")  # what macOS writes beside files on other disks
    files = [file.path for file in companions] + ([shadow] if shadow.is_file() else [])
    return _interview(path, path.stem, {1: answer}, files, questions, job_title, language)


def _interview(
    source: Path,
    name: str,
    answers: dict[int, Companions],
    files: Iterable[Path],
    questions: tuple[str, ...] | None,
    job_title: str | None,
    language: str | None,
) -> Interview:
    """The interview of these answers, by their numbers, with notices of what was assumed."""
    stated = "" if language else stated_language([*answers.values()])
    spoken = language or stated or DEFAULT_LANGUAGE
    given = {"job title": job_title, "language": language or stated or None}
    notices = _assumed({**given, "wording of the questions": questions})
    asked = load_questions(DEFAULT_QUESTION_SET) if questions is None else questions
    unknown = [number for number in answers if number > len(asked)]
    if unknown:
        notices.append(f"The wording of question {', '.join(map(str, unknown))} is unknown.")
    if stated:
        notices.append(f"The language, '{stated}', is that in the names of the transcripts.")
    missing = sorted(set(range(1, max(answers) + 1)) - set(answers))
    if missing:
        notices.append(f"No recording for question {', '.join(map(str, missing))} was found.")
    built = tuple(
        _answer(
            answer,
            f"q{number}",
            f"Question {number}" if number in unknown else asked[number - 1],
            spoken,
            assumed=questions is None or number in unknown,
        )
        for number, answer in answers.items()
    )
    return Interview(
        id=safe_id(name),
        job_title=job_title or DEFAULT_JOB_TITLE,
        language=spoken,
        answers=built,
        source=source,
        notices=(*notices, *unread_notice(files, (path for a in built for path in a.files))),
    )


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in sorted(folder.iterdir()) if not path.is_dir()]
    except OSError as error:
        raise InterviewError(f"{folder}: cannot be read ({error.strerror})") from None


def _answer(
    answer: Companions, answer_id: str, question: str, language: str, *, assumed: bool
) -> Answer:
    media = next(iter(answer.recordings), None)
    return Answer(
        id=answer_id,
        question=question,
        media=media,
        transcript=answer.transcript(language),
        openface=answer.openface,
        media_name=media.name if media else "",
        question_assumed=assumed,
    )


def _assumed(given: Mapping[str, object]) -> list[str]:
    assumed = [name for name, value in given.items() if value is None]
    return [f"Not given, and assumed: {', '.join(assumed)}."] if assumed else []
