"""`load_interviews`: from whatever a person points at to interviews."""

from __future__ import annotations

import contextlib
import difflib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hirenet_sales.errors import InterviewError
from hirenet_sales.interview.description import (
    checked_job_title,
    checked_language,
    read_description,
)
from hirenet_sales.interview.folder import description_inside, read_folder, read_recording
from hirenet_sales.interview.named_file import kind_of_no_file
from hirenet_sales.interview.questions import DEFAULT_QUESTION_SET, load_questions
from hirenet_sales.interview.record import Interview
from hirenet_sales.interview.table import read_table
from hirenet_sales.printable import in_message, printable, printable_name


def load_interviews(
    path: str | Path,
    *,
    job_title: str | None = None,
    language: str | None = None,
    question_set: str | Path = DEFAULT_QUESTION_SET,
) -> list[Interview]:
    """Read whatever `path` names into interviews, ready for analysis.

    Parameters
    ----------
    path : interview.yaml or .json; a CSV of many, one row an answer; a folder that holds an
        interview.yaml or files q1.* to qN.*; or one recording
    job_title, language : replace what the file says, or the defaults where it says nothing
    question_set : for folders and single recordings: a name in `QUESTION_SETS`, or a text file
        with one question a line

    Returns
    -------
    list of Interview, at least one, each with at least one answer. A named file that does not
    exist is a problem of its answer, so that the other answers can still be analysed.

    Raises
    ------
    InterviewError
        with every problem of the description, or if no named file of any answer exists.
    """
    path = Path(path)
    if language is not None:
        language = checked_language(language)
    if job_title is not None:
        job_title = checked_job_title(job_title)
    _refuse_if_no_file(path)
    path = path.resolve()
    suffix = path.suffix.lower()
    described = description_inside(path) if path.is_dir() else None
    if path.is_dir() and described is None:
        interviews = [read_folder(path, load_questions(question_set), job_title, language)]
    elif path.is_dir() or suffix in (".yaml", ".yml", ".json"):
        interviews = [read_description(described or path)]
    elif suffix in (".csv", ".tsv"):
        interviews = read_table(path)
    else:
        interviews = [read_recording(path, load_questions(question_set), job_title, language)]
    if job_title is not None:  # a folder has taken both already; a file's own word is replaced
        interviews = [replace(i, job_title=job_title) for i in interviews]
    if language is not None:
        interviews = [replace(i, language=language) for i in interviews]
    _refuse_if_nothing_exists(path, interviews)
    return [_writable(interview) for interview in interviews]


def _writable(interview: Interview) -> Interview:
    """Names of files as they can be shown and stored: a file's name need not be UTF-8."""
    answers = (replace(a, media_name=printable_name(a.media_name)) for a in interview.answers)
    notices = tuple(printable(notice) for notice in interview.notices)
    return replace(interview, answers=tuple(answers), notices=notices)


def _refuse_if_no_file(path: Path) -> None:
    try:
        kind = kind_of_no_file(path)
    except (FileNotFoundError, NotADirectoryError):
        raise InterviewError(_not_found(path)) from None
    except (OSError, ValueError) as found:
        why = getattr(found, "strerror", None) or found
        raise InterviewError(f"{in_message(str(path))}: cannot be read ({why})") from None
    if kind and not path.is_dir():
        raise InterviewError(f"{path}: {kind}, expected a file or a folder")


def _not_found(path: Path) -> str:
    text = f"{path}: no such file or folder"
    with contextlib.suppress(OSError):  # a folder that may not be listed gives no hint
        names = [p.name for p in path.parent.iterdir() if p.name != path.name]
        near = difflib.get_close_matches(path.name, names, n=1)
        if near:
            text += f"; did you mean {path.parent / near[0]}?"
    return text


def _refuse_if_nothing_exists(path: Path, interviews: Sequence[Interview]) -> None:
    answers = [answer for interview in interviews for answer in interview.answers]
    if any(answer.usable for answer in answers):
        return
    problems = [problem for answer in answers for problem in answer.problems]
    raise InterviewError(
        f"{path}: none of the files it names can be read; paths are relative to {path.parent}\n"
        + "\n".join(f"  {problem}" for problem in problems)
    )
