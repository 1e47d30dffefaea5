"""A finished model in an analysis: it supplies the trait estimates and their attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from extractors.answer.extract import AnswerFeatures
from extractors.recipe import Recipe
from hirenet_sales.assessment import STREAM_NAMES, StreamName
from hirenet_sales.data.intake import AnswerRows
from hirenet_sales.data.interview_set import InterviewSet, label_kind_of
from hirenet_sales.data.question_condition import with_questions
from hirenet_sales.data.stream_inputs import StreamTable, differing_columns
from hirenet_sales.errors import CheckpointError, DatasetError
from hirenet_sales.interview import Answer, Interview
from hirenet_sales.models.catalogue import QUESTION_MATCHERS
from hirenet_sales.models.checkpoint import Checkpoint, load_checkpoint
from hirenet_sales.models.conclusion import Conclusion, StreamConclusion, Unasked
from hirenet_sales.models.model import AttentionModel
from hirenet_sales.uncertainty import AGAIN

if TYPE_CHECKING:
    import pandas as pd

WORDS: dict[StreamName, str] = {"visual": "the face", "audio": "the voice", "text": "the words"}


@dataclass(frozen=True, eq=False)
class Reading:
    """What a model read of one interview, and its conclusion.

    Attributes
    ----------
    answers : those that were read, in order; the rows of `conclusion` are theirs
    tables : answer id to visual, audio and text to the rows that have a span in time
    conclusion : its streams are visual, audio and text, those that the model reads
    interview : what the model read, a set of one; its streams are those of the model
    uncompared : answer id to the reason why its question was not compared with it

    Raises
    ------
    CheckpointError
        if an estimate of the interview is not a number: weights that are finite may still overflow.
    """

    answers: tuple[Answer, ...]
    tables: dict[str, dict[str, StreamTable]]
    conclusion: Conclusion
    interview: InterviewSet
    uncompared: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not np.isfinite(self.conclusion.estimates).all():
            raise CheckpointError(
                "the model's estimates are no finite numbers: its weights are damaged, although "
                f"each is a number; {AGAIN}"
            )


class Assessor:
    """A finished model, as an analysis uses it.

    Attributes
    ----------
    checkpoint : the model with all that is needed to use it
    name, sha256 : of the checkpoint and its weights
    training_data : what it was trained on, in words
    calibration : half widths of its intervals
    voice_by_slice : whether a row of the voice stands for its whole slice
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.name, self.sha256 = checkpoint.name, checkpoint.sha256
        self.training_data = checkpoint.training_data
        self.calibration = checkpoint.calibration
        intake = checkpoint.intake
        self.voice_by_slice = intake.encoding.audio == "spectral" and intake.voice_row_s is None

    @property
    def sampling(self) -> str:
        """The moments of an answer that it looks at, in words."""
        return self.checkpoint.intake.sampling

    @property
    def streams(self) -> tuple[StreamName, ...]:
        """Those of visual, audio and text that it reads."""
        return cast(tuple[StreamName, ...], tuple(self.checkpoint.intake.senses))

    @property
    def recipe(self) -> Recipe:
        """What is to be extracted of every answer."""
        return self.checkpoint.recipe

    @property
    def notices(self) -> list[str]:
        """Notices for readers of any assessment by this model, whole sentences."""
        model, sentences = self.checkpoint.model, []
        if label_kind_of(self.checkpoint.targets) == "self-report":
            sentences.append(
                f"The model {self.name} was trained on self-report: it estimates what people say "
                "of themselves, not apparent traits."
            )
        if not isinstance(model, AttentionModel):
            sentences.append(
                f"The model {self.name} ({model.name}) does not weigh questions or moments: this "
                "assessment has no attention; its contributions are measured all the same."
            )
        elif not self.checkpoint.context_present:
            sentences.append(
                f"The model {self.name} has not learnt to use questions or the job title: the "
                "weight of a question comes from the answers alone."
            )
        elif not self.checkpoint.questions_learnt:
            sentences.append(
                f"The model {self.name} has not learnt to use questions: it was given them, and "
                "its errors are not measurably smaller under real ones than under shuffled ones."
            )
        if model.name in QUESTION_MATCHERS:
            sentences.append(
                f"The model {self.name} weighs an answer by how well it matches its question; it "
                "does not read the job title."
            )
        unread = [WORDS[name] for name in STREAM_NAMES if name not in self.streams]
        if unread:
            sentences.append(
                f"The model {self.name} does not read {' or '.join(unread)}; what is shown of that "
                "is for the reader alone."
            )
        return sentences

    def read(
        self,
        interview: Interview,
        features: Mapping[str, AnswerFeatures],
        streams: Sequence[str],
    ) -> Reading | None:
        """Read the answers that have any of these streams; None if none has.

        Pictures and sound that no stream holds are read from the recordings.

        Parameters
        ----------
        features : answer id to what `recipe` extracted; answers that cannot be used are left out
        streams : some of visual, audio and text; nothing else is looked at

        Raises
        ------
        CheckpointError
            if the model reads rows of another width than its own recipe gives, or answers have
            other columns than others.
        """
        intake = self.checkpoint.intake
        asked = [answer for answer in interview.answers if answer.id in features]
        rows_of = intake.read([features[answer.id] for answer in asked], streams)
        observed = {
            answer: rows
            for answer, rows in zip(asked, rows_of, strict=True)
            if any(map(len, rows.rows.values()))
        }
        if not observed:
            return None
        self._check_columns(observed)
        uncompared = self._uncompared(observed, features)
        interviews = self._interview_set(interview, observed, uncompared)
        model, steps, unasked = self.checkpoint.model, None, None
        try:
            if isinstance(model, AttentionModel):
                prediction, steps = model.predict_with_attentions(interviews)
                if any(question for asked in interviews.questions for question in asked):
                    unasked = model.predict_with_attentions(with_questions(interviews, "none", 0))
            else:
                prediction = model.predict(interviews)
        except DatasetError as error:  # rows of another width than those it was trained on
            raise CheckpointError(f"{self.name}: {error}; {AGAIN}") from error
        unknown = np.full((len(observed), len(interviews.targets)), np.nan)
        answers = prediction.answers or [unknown]
        valid = {
            sense: np.array(
                [any(len(rows.rows.get(n, ())) for n in own) for rows in observed.values()]
            )
            for sense, own in intake.senses.items()
        }
        weights, beta = _attention(steps, valid, len(observed))
        conclusion = Conclusion(
            self.checkpoint.traits(prediction.interviews[0]),
            self.checkpoint.traits(answers[0]),
            np.any(list(valid.values()), axis=0),
            weights,
            beta,
            None
            if unasked is None
            else Unasked(
                self.checkpoint.traits(unasked[0].interviews[0]),
                _answer_weights(unasked[1], len(observed)),
            ),
        )
        tables = {answer.id: rows.tables for answer, rows in observed.items()}
        return Reading(tuple(observed), tables, conclusion, interviews, uncompared)

    def _uncompared(
        self, answers: Mapping[Answer, AnswerRows], features: Mapping[str, AnswerFeatures]
    ) -> dict[str, str]:
        """By answer, why its question is not compared with it; of a model that does compare."""
        if self.checkpoint.model.name not in QUESTION_MATCHERS:
            return {}
        reasons = {}
        for answer in answers:
            sentences = features[answer.id].streams.get("sentences")
            if answer.question_assumed:
                reasons[answer.id] = "its wording was not given but assumed"
            elif "text" in features[answer.id].unread:
                reasons[answer.id] = "its words are too poor to be read"
            elif answer.question and (sentences is None or not sentences.observed):
                reasons[answer.id] = "no words are read" if sentences is None else sentences.reason
        return reasons

    def _check_columns(self, answers: Mapping[Answer, AnswerRows]) -> None:
        for name in self.checkpoint.intake.streams:
            tables = [
                (f"answer {answer.id}", rows.tables[name].columns)
                for answer, rows in answers.items()
                if name in rows.tables and len(rows.tables[name].rows)
            ]
            if differ := differing_columns(name, tables):
                raise CheckpointError(f"{self.name}: {differ}")

    def _interview_set(
        self,
        interview: Interview,
        answers: Mapping[Answer, AnswerRows],
        uncompared: Mapping[str, str],
    ) -> InterviewSet:
        """The interview in the form of the training set, without labels."""
        context = self.checkpoint.context_present
        questions = tuple(
            answer.question if context and answer.id not in uncompared else "" for answer in answers
        )
        targets = self.checkpoint.targets
        streams = {
            name: [[rows.rows.get(name, np.zeros((0, 1), np.float32)) for rows in answers.values()]]
            for name in self.checkpoint.intake.streams
        }
        tables = [table for rows in answers.values() for table in rows.tables.items()]
        return InterviewSet(
            dataset=interview.id,
            ids=(interview.id,),
            people=np.array([interview.id]),
            positions=np.array([interview.job_title if context else ""]),
            question_ids=(questions,),
            questions=(questions,),
            streams=streams,
            columns={name: table.columns for name, table in tables},
            targets=targets,
            labels=np.full((1, len(targets)), np.nan),
            words=[[rows.words for rows in answers.values()]],
            functionals=_functionals(list(answers.values())),
        )


def _attention(
    steps: pd.DataFrame | None, valid: Mapping[str, np.ndarray], answers: int
) -> tuple[dict[str, StreamConclusion], np.ndarray | None]:
    """Attention of each stream, and over the answers; None of a model without attention."""
    if steps is None:
        return {name: StreamConclusion(observed) for name, observed in valid.items()}, None
    alpha = {name: [np.zeros(0)] * answers for name in valid}
    own = {name: np.zeros(answers) for name in valid}
    for (answer, name), rows in steps.groupby(["answer", "stream"]):
        alpha[name][answer] = rows["alpha"].to_numpy()
        own[name][answer] = rows["beta_stream"].iloc[0]
    return {
        name: StreamConclusion(observed, alpha[name], own[name]) for name, observed in valid.items()
    }, _answer_weights(steps, answers)


def _answer_weights(steps: pd.DataFrame, answers: int) -> np.ndarray:
    """The weight (Q,) of every answer of one interview; 0 where nothing was read."""
    beta = np.zeros(answers)
    first = steps.drop_duplicates("answer")
    beta[first["answer"].to_numpy()] = first["beta"].to_numpy()
    return beta


def _functionals(answers: Sequence[AnswerRows]) -> dict[str, list[np.ndarray]]:
    """Of the voice, as an InterviewSet of one interview has them."""
    present = [rows.functionals for rows in answers if rows.functionals is not None]
    if not present:
        return {}
    missing = np.full_like(present[0], np.nan)
    rows = [missing if rows.functionals is None else rows.functionals for rows in answers]
    return {"audio": [np.stack(rows)]}


def load_assessor(name_or_path: str | Path) -> Assessor:
    """A model that ships, by name, or one from a folder of `train`; see `load_checkpoint`."""
    return Assessor(load_checkpoint(name_or_path))
