"""A folder q1.* to qN.*, or one recording: interviews without a description."""

from __future__ import annotations

import re
from pathlib import Path

from hirenet_sales.errors import InterviewError
from hirenet_sales.interview.description import DEFAULT_JOB_TITLE, DEFAULT_LANGUAGE, safe_id
from hirenet_sales.interview.record import Answer, Interview

TRANSCRIPT_SUFFIXES = (".json", ".vtt", ".srt", ".txt")  # best first: words with times win
OPENFACE_SUFFIX = ".csv"
DESCRIPTION_NAMES = ("interview.yaml", "interview.yml", "interview.json")
NUMBERED = re.compile(r"q(?:uestion)?[-_ ]?0*([1-9]\d{0,3})", re.IGNORECASE)


def description_inside(folder: Path) -> Path | None:
    """The interview.yaml or .json of a folder, if it has one.

    Raises
    ------
    InterviewError
        if it has several.
    """
    found = [folder / name for name in DESCRIPTION_NAMES if (folder / name).is_file()]
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise InterviewError(f"{folder}: holds {names}; name the one that is meant")
    return found[0] if found else None


def read_folder(
    folder: Path, questions: tuple[str, ...], job_title: str | None, language: str | None
) -> Interview:
    """Read a folder with one recording a question, q1.* to qN.*.

    Parameters
    ----------
    folder : absolute; a transcript (.json, .vtt, .srt, .txt) or an OpenFace CSV of the same name
        as a recording belongs to it
    questions : the texts of questions 1, 2, ...
    job_title, language : None = assume the defaults, and say so

    Raises
    ------
    InterviewError
        if there is no such file, or a question has two recordings.
    """
    by_number: dict[int, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        match = NUMBERED.fullmatch(path.stem)
        if path.is_file() and match:
            by_number.setdefault(int(match[1]), []).append(path)
    if not by_number:
        raise InterviewError(
            f"{folder}: holds neither {DESCRIPTION_NAMES[0]} nor files q1.* to qN.*; "
            "write a description with: hirenet-sales init DIR"
        )
    clashes = [
        f"  question {number}: {', '.join(path.name for path in media)}"
        for number, files in sorted(by_number.items())
        if len(media := _media(files)) > 1
    ]
    if clashes:
        raise InterviewError(
            f"{folder}: more than one recording for a question; keep one, or write an "
            "interview.yaml\n" + "\n".join(clashes)
        )
    numbers = sorted(by_number)
    notices = [_assumed(questions, numbers, job_title, language)]
    missing = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    if missing:
        notices.append(f"No recording for question {', '.join(map(str, missing))} was found.")
    return Interview(
        id=safe_id(folder.name),
        job_title=job_title or DEFAULT_JOB_TITLE,
        language=language or DEFAULT_LANGUAGE,
        answers=tuple(
            _answer(by_number[number], f"q{number}", _question(questions, number))
            for number in numbers
        ),
        source=folder,
        notices=tuple(notices),
    )


def read_recording(
    path: Path, questions: tuple[str, ...], job_title: str | None, language: str | None
) -> Interview:
    """Read one recording as an interview of one answer, to the first question of the set."""
    siblings = [
        path.with_suffix(suffix)
        for suffix in (*TRANSCRIPT_SUFFIXES, OPENFACE_SUFFIX)
        if path.with_suffix(suffix).is_file()
    ]
    return Interview(
        id=safe_id(path.stem),
        job_title=job_title or DEFAULT_JOB_TITLE,
        language=language or DEFAULT_LANGUAGE,
        answers=(_answer([path, *siblings], "q1", questions[0]),),
        source=path,
        notices=(_assumed(questions, [1], job_title, language),),
    )


def _answer(files: list[Path], answer_id: str, question: str) -> Answer:
    media = next(iter(_media(files)), None)
    transcripts = {p.suffix.lower(): p for p in files if p.suffix.lower() in TRANSCRIPT_SUFFIXES}
    openface = next((p for p in files if p.suffix.lower() == OPENFACE_SUFFIX), None)
    return Answer(
        id=answer_id,
        question=question,
        media=media,
        transcript=next((transcripts[s] for s in TRANSCRIPT_SUFFIXES if s in transcripts), None),
        openface=openface,
        media_name=media.name if media else "",
    )


def _media(files: list[Path]) -> list[Path]:
    """Every file that is no companion is taken for a recording; the decoder says if it is not."""
    companions = (*TRANSCRIPT_SUFFIXES, OPENFACE_SUFFIX)
    return [path for path in files if path.suffix.lower() not in companions]


def _question(questions: tuple[str, ...], number: int) -> str:
    return questions[number - 1] if number <= len(questions) else f"Question {number}"


def _assumed(
    questions: tuple[str, ...], numbers: list[int], job_title: str | None, language: str | None
) -> str:
    assumed = ["job title"] if job_title is None else []
    assumed += ["language"] if language is None else []
    assumed.append("wording of the questions")
    unknown = [number for number in numbers if number > len(questions)]
    text = f"Not given, and assumed: {', '.join(assumed)}."
    if unknown:
        text += f" The wording of question {', '.join(map(str, unknown))} is unknown."
    return text
