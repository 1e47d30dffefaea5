"""Assessment: the results of analysing one interview.

Written as assessment.json with a published schema. The HTML report and the web pages render an
Assessment and add nothing to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from hirenet_sales.abstention import AbstentionPolicy
from hirenet_sales.effect import (
    Contribution,
    Counterfactual,
    MeasuredMoment,
    MomentEffect,
    ScoreStep,
    Standing,
)
from hirenet_sales.effect import StreamName as StreamName  # part of an Assessment, read from here
from hirenet_sales.errors import AssessmentError
from hirenet_sales.interview.record import Consent
from hirenet_sales.persist import write_whole
from hirenet_sales.relevance.reference import Topic
from hirenet_sales.rules import RuleTrace as RuleTrace  # part of SalesScore, so read from here too
from hirenet_sales.rules import SalesScore
from hirenet_sales.traits import TRAITS, TraitEstimate
from hirenet_sales.yaml_model import StrictModel

SCHEMA_VERSION = "1.4"
STREAM_NAMES: tuple[StreamName, ...] = ("visual", "audio", "text")


class Moment(StrictModel):
    """One step of a stream and how much it weighed: attention times steps, 1.0 = average."""

    start: float = Field(ge=0, description="seconds from the start of the answer")
    end: float = Field(ge=0)
    value: float = Field(ge=0, description="value of interest")


class Highlight(StrictModel):
    """A moment whose masking measurably changes an estimate, the strongest first.

    Before version 1.4, one of the moments with the highest weight; it has no effect then.
    """

    start: float = Field(ge=0, description="seconds from the start of the answer; as read")
    end: float = Field(ge=0)
    value: float | None = Field(
        default=None,
        ge=0,
        description="highest value of interest in it; null of a model without attention",
    )
    stream: StreamName
    question: str | None = Field(default=None, description="id of the answer")
    effect: dict[str, MomentEffect] = Field(default={}, description="by trait, and 'sales'")
    words: str | None = Field(default=None, description="what was said then")
    thumbnail: str | None = Field(default=None, description="data:image/jpeg;base64 of the face")


class StreamAssessment(StrictModel):
    """Result of one stream of one answer."""

    available: bool
    read: bool = Field(default=True, description="false where the model never reads this stream")
    reason: str = Field(default="", description="why the stream is missing, for a person")
    weight: float | None = Field(
        default=None, description="of this question in this stream's own attention, 1.0 = average"
    )
    timeline: list[Moment] = Field(default=[], description="attention, a step each")
    moments: list[MeasuredMoment] = Field(
        default=[],
        description="moments whose effect was measured, in order of time, measurable or not",
    )
    unmeasured: str = Field(
        default="", description="why no moment of a stream that was read was measured, in words"
    )


class WordAssessment(StrictModel):
    """One spoken word with its weight."""

    text: str
    start: float | None = Field(description="seconds; null if the transcript has no times")
    end: float | None
    probability: float | None = Field(description="of the speech recogniser, null if given")
    value: float | None = Field(description="value of interest, 1.0 = average; null if not read")


class SentenceRelevance(StrictModel):
    """How much one sentence of an answer is about the question."""

    start: float | None = Field(description="seconds; null if the transcript has no times")
    end: float | None
    first_word: int = Field(ge=0, description="place in the answer's transcript, from 0")
    last_word: int = Field(ge=0)
    text: str
    value: float = Field(
        description="match with the question: cosine of the two sentence vectors without what all "
        "interview answers and questions share, averaged with the neighbouring sentences; -1 to 1"
    )
    topic: Topic | None = Field(
        default=None,
        description="on: nearer to it than 95 % of the sentences of answers to other questions, "
        "and than 90 % of them without its neighbours; off: farther than half, both ways; null: "
        "neither",
    )


class RelevanceAssessment(StrictModel):
    """How much an answer's words are about its question; says nothing of the person."""

    available: bool
    reason: str = Field(default="", description="why it is missing, for a person")
    value: float | None = Field(default=None, description="match of the whole answer, -1 to 1")
    percentile: float | None = Field(
        default=None, description="percent of reference answers that match their question less"
    )
    percentile_of_others: float | None = Field(
        default=None,
        description="percent of reference answers to other questions that match a question less",
    )
    sentences: list[SentenceRelevance] = Field(default=[])


class SpeechAssessment(StrictModel):
    """Fluency measures derived from word times."""

    words: int
    words_per_minute: float | None
    pauses: int | None = Field(description="silences of at least 0.5 s between words")
    pause_seconds: float | None
    fillers: int | None = Field(description="null for a language without a list of fillers")
    repetitions: int


class QualityAssessment(StrictModel):
    """Quality measures of an answer's recording; null where not measured."""

    picture_share: float | None = Field(
        default=None, description="part of the answer with pictures that were decoded and moved"
    )
    face_share: float | None = Field(
        default=None, description="part of the pictures that were looked at with the face in view"
    )
    brightness: float | None = Field(
        default=None, description="mean grey level of the face, 0 to 1"
    )
    sharpness: float | None = Field(
        default=None, description="variance of the Laplacian of the aligned face, grey levels^2"
    )
    sound_share: float | None = Field(
        default=None, description="part of the answer with sound that was decoded"
    )
    sound_level_db: float | None = Field(
        default=None, description="root mean square, decibels below full scale (negative)"
    )
    clipped_share: float | None = Field(
        default=None, description="part of the samples at full scale"
    )
    snr_db: float | None = Field(
        default=None, description="how much louder the loud moments are than the quiet ones, dB"
    )
    recognition_confidence: float | None = Field(
        default=None, description="mean probability of the recognised words, 0 to 1"
    )


class AnswerAssessment(StrictModel):
    """One question and its answer."""

    id: str
    question: str
    media: str | None = Field(description="path as given in the interview, relative to it")
    duration: float | None = Field(description="seconds")
    status: Literal["analysed", "partial", "failed"]
    problems: list[str] = Field(
        default=[], description="what was missing or doubtful, each a whole sentence"
    )
    weight: float | None = Field(
        description="fused question weight, 1.0 = average; null of a model without attention"
    )
    weight_without_questions: float | None = Field(
        default=None,
        description="what it would be if no question were known; null of a model that reads none",
    )
    streams: dict[StreamName, StreamAssessment]
    highlights: list[Highlight] = Field(default=[])
    traits: dict[str, TraitEstimate] | None = Field(
        default=None,
        description="estimate from this answer as read within the interview; null of a model that "
        "says nothing of single answers",
    )
    language: str | None = None
    transcript: list[WordAssessment] = Field(default=[])
    transcript_source: Literal["recognised", "given", "corrected", "none"] = Field(
        default="none", description="corrected: by hand, after an earlier analysis"
    )
    relevance: RelevanceAssessment | None = Field(
        default=None, description="null where the words were not requested"
    )
    speech: SpeechAssessment | None = None
    face_summary: dict[str, float] = Field(
        default={}, description="mean of OpenFace-style columns over the frames with a face"
    )
    audio_summary: dict[str, float] = Field(
        default={}, description="eGeMAPSv02 functionals of the answer"
    )
    quality: QualityAssessment = Field(
        default=QualityAssessment(), description="of the recording and what was found in it"
    )


class Provenance(StrictModel):
    """Everything needed to reproduce the results."""

    software: str
    created: str = Field(description="ISO 8601, UTC")
    checkpoint: str
    checkpoint_sha256: str
    training_data: str
    sampling: str = Field(description="the sampling that the checkpoint was trained at, in words")
    rule_base: str
    abstention: AbstentionPolicy | None = Field(
        default=None, description="limits below which nothing was read; null before version 1.4"
    )
    extractors: list[dict[str, Any]]
    sources: dict[str, str] = Field(
        description="sha256 of every recording, by answer id, and of every transcript that was "
        "given, by '<answer id> transcript'"
    )
    libraries: dict[str, str]


class Assessment(StrictModel):
    """Results of one interview."""

    schema_version: str = SCHEMA_VERSION
    id: str
    job_title: str
    language: str
    synthetic: bool = Field(default=False, description="True for made-up sample recordings")
    consent: Consent | None = Field(
        default=None, description="null where no record of it came with the interview"
    )
    criteria: list[str] = Field(
        default=[], description="what a reader rates answers by; empty = general criteria"
    )
    rate_first: bool = Field(
        default=False, description="whether the page hides estimates until answers are rated"
    )
    traits: dict[str, TraitEstimate] = Field(description="empty where they are withheld")
    withheld: str = Field(
        default="", description="why there are no estimates, for a person: too little was read"
    )
    traits_without_questions: dict[str, float] | None = Field(
        default=None,
        description="estimates from the same answers if no question were known; null of a model "
        "that reads none",
    )
    standings: dict[str, Standing] = Field(
        default={},
        description="by trait, of a model whose training people's labels are known",
    )
    baseline: dict[str, float] | None = Field(
        default=None,
        description="estimates of an interview of which nothing is known, by trait, and 'sales'",
    )
    contributions: list[Contribution] = Field(default=[])
    counterfactuals: list[Counterfactual] = Field(default=[])
    sales: SalesScore | None = Field(description="null where the estimates are withheld")
    sales_interpolated: float | None = Field(
        default=None,
        description="sales score with the rule's steps interpolated: what contributions add up to",
    )
    score_steps: list[ScoreStep] = Field(
        default=[], description="what would change the sales score by one step of a rule"
    )
    answers: list[AnswerAssessment]
    confidence: float = Field(description="nominal coverage of the intervals, such as 0.9")
    notices: list[str] = Field(
        default=[], description="what the reader must know before using the estimate"
    )
    provenance: Provenance

    @property
    def read_in_full(self) -> bool:
        """Whether every answer was read in full, ignoring remarks and streams not recorded."""
        return all(
            answer.status == "analysed" or (answer.status == "partial" and not answer.problems)
            for answer in self.answers
        )

    def write(self, path: str | Path) -> None:
        """Write as JSON, UTF-8, traits in the order of TRAITS, atomically."""
        write_whole(Path(path), self.model_dump_json(indent=2) + "\n")

    @classmethod
    def read(cls, path: str | Path) -> Assessment:
        """Read an assessment.json.

        Raises
        ------
        AssessmentError
            if it cannot be read, or is something else.
        """
        try:
            return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise AssessmentError(f"{path}: cannot be read ({error.strerror})") from None
        except (ValidationError, UnicodeDecodeError) as error:
            first = str(error).splitlines()[0]
            raise AssessmentError(
                f"{path}: {first}; expected an assessment.json as `hirenet-sales analyze` writes it"
            ) from None


def json_schema() -> str:
    """The published JSON schema of assessment.json."""
    schema = Assessment.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    # all five, or none where they are withheld
    schema["properties"]["traits"]["anyOf"] = [{"required": list(TRAITS)}, {"maxProperties": 0}]
    return json.dumps(schema, indent=2) + "\n"
