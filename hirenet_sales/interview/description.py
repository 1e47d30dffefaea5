"""Descriptions of one interview: interview.yaml and interview.json."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from hirenet_sales.errors import InterviewError
from hirenet_sales.interview.named_file import find_file
from hirenet_sales.interview.record import Answer, Consent, Interview
from hirenet_sales.printable import in_message, why_unwritable
from hirenet_sales.yaml_file import Location, Problem
from hirenet_sales.yaml_model import StrictModel, read_model

DEFAULT_JOB_TITLE = "Sales manager"
DEFAULT_LANGUAGE = "en"
MOST_CRITERIA = 8  # more than a reader keeps in mind while watching

CONSENT_LINES = {
    "date": "the day, such as 2026-01-31",
    "recorded_by": "who wrote it down",
    "notice": "which notice the person had read",
}

# Names people write where a tag is expected.
LANGUAGE_NAMES = {
    "arabic": "ar", "chinese": "zh", "dutch": "nl", "english": "en", "french": "fr",
    "german": "de", "hindi": "hi", "italian": "it", "japanese": "ja", "korean": "ko",
    "polish": "pl", "portuguese": "pt", "russian": "ru", "spanish": "es", "turkish": "tr",
    "ukrainian": "uk",
}  # fmt: skip


def checked_id(text: str) -> str:
    """Check that an id is safe as the name of a folder; ValueError if it is not."""
    if not re.fullmatch(r"\w[\w.\-]{0,99}", text):
        raise ValueError(
            f"found '{in_message(text)}', expected letters, digits, '.', '-' and '_', at most 100, "
            "beginning with a letter or digit, since it names the folder of the results"
        )
    return text


def safe_id(text: str) -> str:
    """The nearest id accepted by `checked_id`, for names of files."""
    return re.sub(r"[^\w.\-]+", "-", text).strip("-._")[:100] or "interview"


def checked_language(text: str) -> str:
    """Check a BCP 47 tag such as "en" or "pt-BR", or "auto"; InterviewError if it is neither."""
    try:
        return _language(text)
    except ValueError as invalid:
        raise InterviewError(f"language: {invalid}") from None


def checked_job_title(text: str) -> str:
    """A job title with single spaces; InterviewError if it is empty, or no valid Unicode."""
    why = why_unwritable(text)
    if why:
        raise InterviewError(f"job title: found '{in_message(text)}', but {why}")
    try:
        return _non_empty(text)
    except ValueError as invalid:
        raise InterviewError(f"job title: {invalid}") from None


def _language(text: str) -> str:
    if text == "auto" or re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        return text
    tag = LANGUAGE_NAMES.get(text.lower())
    hint = f"; did you mean '{tag}'?" if tag else ""
    raise ValueError(
        f"found '{in_message(text)}', expected a tag such as 'en' or 'pt-BR', or 'auto'{hint}"
    )


def _text_of_number(value: Any) -> Any:
    """Numbers as text: YAML reads `id: 7` as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("found empty text, expected some")
    return text


def _non_empty(text: str) -> str:
    return " ".join(_not_empty(text).split())


Id = Annotated[str, BeforeValidator(_text_of_number), AfterValidator(checked_id)]
NonEmptyText = Annotated[str, BeforeValidator(_text_of_number), AfterValidator(_non_empty)]
FileName = Annotated[
    str, BeforeValidator(_text_of_number), AfterValidator(_not_empty)
]  # as written
Language = Annotated[str, AfterValidator(_language)]


class AnswerEntry(StrictModel):
    """Schema of one answer; paths are relative to the file."""

    id: Id | None = None
    question: NonEmptyText
    media: FileName | None = None
    transcript: FileName | None = None
    openface: FileName | None = None


class ConsentEntry(Consent):
    """Schema of a consent record as a person writes it: no line of it is left empty."""

    @field_validator("*", mode="before")
    @classmethod
    def _filled_in(cls, value: Any, info: ValidationInfo) -> Any:
        if value is None or value == "":
            expected = CONSENT_LINES.get(str(info.field_name), "yes or no, as the person decided")
            raise ValueError(
                f"found nothing, expected {expected}; fill it in, or delete the part 'consent' if "
                "there is no record"
            )
        return value


class InterviewEntry(StrictModel):
    """Schema of one interview."""

    id: Id | None = None
    job_title: NonEmptyText = DEFAULT_JOB_TITLE
    language: Language = DEFAULT_LANGUAGE
    synthetic: bool = False
    consent: ConsentEntry | None = None
    criteria: list[NonEmptyText] = Field(default=[], max_length=MOST_CRITERIA)
    rate_first: bool = False
    answers: list[AnswerEntry] = Field(min_length=1)


def read_description(path: Path) -> Interview:
    """Read interview.yaml or interview.json; InterviewError with every problem of the file."""
    entry = read_model(path, InterviewEntry, InterviewError, check=raw_problems)
    generic = path.stem.lower() in ("interview", "index")
    return build(entry, path, entry.id or safe_id(path.parent.name if generic else path.stem))


def build(entry: InterviewEntry, source: Path, interview_id: str) -> Interview:
    """Build the Interview of a validated entry, resolving paths against the source's folder."""
    return Interview(
        id=interview_id,
        job_title=entry.job_title,
        language=entry.language,
        answers=tuple(
            _answer(answer, number, source.parent) for number, answer in enumerate(entry.answers, 1)
        ),
        consent=None if entry.consent is None else Consent(**entry.consent.model_dump()),
        synthetic=entry.synthetic,
        criteria=tuple(dict.fromkeys(entry.criteria)),
        rate_first=entry.rate_first,
        source=source,
    )


def raw_problems(raw: dict[str, Any]) -> Iterable[Problem]:
    """Checks beyond pydantic: answer ids and files used twice, answers with nothing recorded."""
    answers = raw.get("answers")
    if not isinstance(answers, list):
        return
    first_use: dict[tuple[str, str], int] = {}
    for number, answer in enumerate(answers, 1):
        if not isinstance(answer, dict):
            continue
        if not any(answer.get(key) for key in ("media", "transcript", "openface")):
            location: Location = ("answers", number - 1, "question")
            yield location, "nothing recorded: give media, a transcript or openface"
        for key, name in (
            ("id", str(answer.get("id", f"q{number}"))),
            ("media", answer.get("media")),
        ):
            if not name:
                continue
            first = first_use.setdefault((key, str(name)), number)
            if first != number:
                yield (
                    ("answers", number - 1, key),
                    f"{key} '{in_message(str(name))}' is that of answer {first} too",
                )


def _answer(entry: AnswerEntry, number: int, folder: Path) -> Answer:
    paths: dict[str, Path | None] = {}
    problems = []
    for kind in ("media", "transcript", "openface"):
        name = getattr(entry, kind)
        if name is None:
            continue
        paths[kind], problem = find_file(kind, name, folder)
        problems += [problem] if problem else []
    return Answer(
        id=entry.id or f"q{number}",
        question=entry.question,
        media=paths.get("media"),
        transcript=paths.get("transcript"),
        openface=paths.get("openface"),
        media_name=entry.media or "",
        problems=tuple(problems),
    )
