"""Load interviews from a description, a table, a folder or a single recording."""

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
from hirenet_sales.interview.folder import find_description, read_folder, read_recording
from hirenet_sales.interview.named_file import non_file_kind
from hirenet_sales.interview.questions import load_questions
from hirenet_sales.interview.record import Interview
from hirenet_sales.interview.table import read_table
from hirenet_sales.printable import in_message, printable, printable_name


def load_interviews(
    path: str | Path,
    *,
    job_title: str | None = None,
    language: str | None = None,
    question_set: str | Path | None = None,
) -> list[Interview]:
    """Load the interviews at `path`, ready for analysis; at least one, each with an answer.

    A named file that does not exist is a problem of its answer, so that the other answers can still
    be analysed.

    Parameters
    ----------
    path : interview.yaml or .json; a CSV of many, one row an answer; a folder that holds an
        interview.yaml or files q1.* to qN.*; or one recording
    job_title, language : override the values in the file, or the defaults
    question_set : for folders and single recordings: a name in `QUESTION_SETS`, or a text file
        with one question a line; None = the first set, assumed, with a notice

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
    _check_path(path)
    path = path.resolve()
    suffix = path.suffix.lower()
    described = find_description(path) if path.is_dir() else None
    questions = None if question_set is None else load_questions(question_set)
    if path.is_dir() and described is None:
        interviews = [read_folder(path, questions, job_title, language)]
    elif path.is_dir() or suffix in (".yaml", ".yml", ".json"):
        interviews = [read_description(described or path)]
    elif suffix in (".csv", ".tsv"):
        interviews = read_table(path)
    else:
        interviews = [read_recording(path, questions, job_title, language)]
    if job_title is not None:  # folders have used both already; this overrides files
        interviews = [replace(i, job_title=job_title) for i in interviews]
    if language is not None:
        interviews = [replace(i, language=language) for i in interviews]
    _check_files_exist(path, interviews)
    return [_writable(interview) for interview in interviews]


def _writable(interview: Interview) -> Interview:
    """Escape file names for display and storage, since they need not be UTF-8."""
    answers = (replace(a, media_name=printable_name(a.media_name)) for a in interview.answers)
    notices = tuple(printable(notice) for notice in interview.notices)
    return replace(interview, answers=tuple(answers), notices=notices)


def _check_path(path: Path) -> None:
    try:
        kind = non_file_kind(path)
    except (FileNotFoundError, NotADirectoryError):
        raise InterviewError(_not_found(path)) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
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


def _check_files_exist(path: Path, interviews: Sequence[Interview]) -> None:
    answers = [answer for interview in interviews for answer in interview.answers]
    if any(answer.usable for answer in answers):
        return
    problems = [problem for answer in answers for problem in answer.problems]
    raise InterviewError(
        f"{path}: none of the files it names can be read; paths are relative to {path.parent}\n"
        + "\n".join(f"  {problem}" for problem in problems)
    )
