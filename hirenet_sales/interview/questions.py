"""Question sets, for recordings without a description."""

from __future__ import annotations

from pathlib import Path

from hirenet_sales.errors import InterviewError
from hirenet_sales.printable import in_message

# Kassab et al. 2022, section III: the five questions every participant answered.
KASSAB_2022_QUESTIONS = (
    "Introduce yourself, such as your name, age, speciality, and a few pieces of information "
    "that describe you.",
    "What skills do you have that will help you work in a potential company, where would you "
    "like to go to work?",
    "Do you like to do sales?",
    "Why do you want to do sales today?",
    "What achievements are you proud of over the past 3 years?",
)
QUESTION_SETS = {"kassab2022": KASSAB_2022_QUESTIONS}
DEFAULT_QUESTION_SET = "kassab2022"


def load_questions(name_or_path: str | Path) -> tuple[str, ...]:
    """A question set by its name, or from a text file with one question a line.

    InterviewError if there is no such set or file, or the file holds no question.
    """
    if str(name_or_path) in QUESTION_SETS:
        return QUESTION_SETS[str(name_or_path)]
    path = Path(name_or_path)
    try:
        readable = path.is_file()
    except (OSError, ValueError):  # too long, or no path at all
        readable = False
    if not readable:
        raise InterviewError(
            f"question set '{in_message(str(name_or_path))}': neither a known set "
            f"({', '.join(QUESTION_SETS)}) nor a text file with one question a line"
        )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise InterviewError(f"{path}: not UTF-8 text, expected one question a line") from None
    except OSError as error:
        raise InterviewError(f"{path}: cannot be read ({error.strerror})") from None
    questions = tuple(line.strip() for line in lines if line.strip())
    if not questions:
        raise InterviewError(f"{path}: no question in it, expected one a line")
    return questions
