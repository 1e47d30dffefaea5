"""Rating: one reader's own reading of the answers of an interview, made beside the estimates."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Annotated, Literal

from pydantic import Field, model_validator

from hirenet_sales.errors import AssessmentError
from hirenet_sales.yaml_model import StrictModel, read_model

GENERAL_CRITERIA = ("Answers the question", "Gives concrete examples", "Is easy to follow")
LOWEST, HIGHEST = 1, 5
LEAST_RANKED = 4  # answers below which a correlation of ranks says nothing

Score = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]


class AnswerRating(StrictModel):
    """What a reader makes of one answer."""

    question: str = Field(description="id of the answer")
    scores: dict[str, Score] = Field(default={}, description="by criterion, 1 (low) to 5 (high)")
    notes: str = ""


class Rating(StrictModel):
    """Ratings of one interview by one reader, as the report saves them."""

    schema_version: Literal["1.0"] = "1.0"
    interview: str = Field(description="id of the interview")
    rater: str = Field(description="who rated, as they call themselves")
    created: str = Field(description="ISO 8601, UTC")
    rate_first: bool = Field(
        default=False,
        description="whether the page hid the estimates of an answer until it was rated; it hides "
        "them, and does not lock them away",
    )
    criteria: list[str] = Field(min_length=1)
    answers: list[AnswerRating]

    @model_validator(mode="after")
    def _by_criteria(self) -> Rating:
        for answer in self.answers:
            others = [name for name in answer.scores if name not in self.criteria]
            if others:
                raise ValueError(
                    f"answer {answer.question}: a score by '{others[0]}', which is none of the "
                    "criteria"
                )
        return self

    @property
    def means(self) -> dict[str, float]:
        """Mean score, 1 to 5, of every answer that was rated by all criteria, by its id."""
        return {
            answer.question: fmean(answer.scores.values())
            for answer in self.answers
            if len(answer.scores) == len(self.criteria)
        }

    @classmethod
    def read(cls, path: Path) -> Rating:
        """Read a file that the report saved; AssessmentError with all that is wrong with it."""
        return read_model(path, cls, AssessmentError)
