"""A laboratory model as an assessor: HireNet and its kin, CNN-LSTM, CR-Net, Deep Impression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from extractors.answer.extract import AnswerFeatures
from extractors.recipe import Recipe
from hirenet_sales.assessment import STREAM_NAMES, StreamName
from hirenet_sales.assessors.assessor import Reading
from hirenet_sales.assessors.release import context_notice
from hirenet_sales.data.intake import AnswerRows
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.interview import Answer, Interview
from hirenet_sales.models.conclusion import Conclusion, StreamConclusion
from hirenet_sales.models.model import AttentionModel
from hirenet_sales.models.model_checkpoint import ModelCheckpoint

WORDS: dict[StreamName, str] = {"visual": "the face", "audio": "the voice", "text": "the words"}


class LaboratoryModel:
    """See Assessor."""

    def __init__(self, checkpoint: ModelCheckpoint) -> None:
        self.checkpoint = checkpoint
        self.name, self.sha256 = checkpoint.name, checkpoint.sha256
        self.training_data = checkpoint.training_data
        self.calibration = checkpoint.calibration
        self.voice_by_slice = checkpoint.intake.encoding.audio == "spectral"

    @property
    def sampling(self) -> str:
        """See Assessor."""
        return self.checkpoint.intake.sampling

    @property
    def streams(self) -> tuple[StreamName, ...]:
        """See Assessor."""
        return cast(tuple[StreamName, ...], tuple(self.checkpoint.intake.senses))

    @property
    def recipe(self) -> Recipe:
        """See Assessor."""
        return self.checkpoint.intake.recipe

    @property
    def notices(self) -> list[str]:
        """See Assessor."""
        model, found = self.checkpoint.model, []
        if not isinstance(model, AttentionModel):
            found.append(
                f"The model {self.name} ({model.name}) does not weigh questions or moments: this "
                "assessment has estimates and no highlights."
            )
        elif not self.checkpoint.context_learnt:
            found.append(context_notice(self.name))
        unread = [WORDS[name] for name in STREAM_NAMES if name not in self.streams]
        if unread:
            found.append(
                f"The model {self.name} does not read {' or '.join(unread)}; what is shown of that "
                "is for the reader alone."
            )
        return found

    def read(
        self,
        interview: Interview,
        features: Mapping[str, AnswerFeatures],
        streams: Sequence[str],
    ) -> Reading | None:
        """See Assessor; pictures and sound that no stream holds are read from the recordings."""
        intake = self.checkpoint.intake
        asked = [answer for answer in interview.answers if answer.id in features]
        rows_of = intake.read([features[answer.id] for answer in asked], streams)
        found = dict(zip(asked, rows_of, strict=True))
        there = {a: rows for a, rows in found.items() if any(map(len, rows.rows.values()))}
        if not there:
            return None
        shown = self._shown(interview, there)
        said = self.checkpoint.model.predict(shown)
        unknown = np.full((len(there), len(shown.targets)), np.nan)
        answers = self.checkpoint.traits(unknown if said.answers is None else said.answers[0])
        valid = {
            sense: np.array(
                [any(len(rows.rows.get(n, ())) for n in own) for rows in there.values()]
            )
            for sense, own in intake.senses.items()
        }
        weights, beta = self._attention(shown, valid)
        conclusion = Conclusion(
            self.checkpoint.traits(said.interviews[0]),
            answers,
            np.any(list(valid.values()), axis=0),
            weights,
            beta,
        )
        tables = {answer.id: rows.tables for answer, rows in there.items()}
        return Reading(tuple(there), tables, conclusion)

    def _shown(self, interview: Interview, answers: Mapping[Answer, AnswerRows]) -> InterviewSet:
        """The interview as its model has seen those of the training set."""
        known = self.checkpoint.context_learnt
        questions = tuple(answer.question if known else "" for answer in answers)
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
            positions=np.array([interview.job_title if known else ""]),
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
        self, shown: InterviewSet, valid: Mapping[str, np.ndarray]
    ) -> tuple[dict[str, StreamConclusion], np.ndarray | None]:
        """What weighed of each stream, and of the answers; None of a model without attention."""
        model = self.checkpoint.model
        if not isinstance(model, AttentionModel):
            return {name: StreamConclusion(there) for name, there in valid.items()}, None
        steps = model.attentions(shown)
        alpha = {name: [np.zeros(0)] * len(there) for name, there in valid.items()}
        own = {name: np.zeros(len(there)) for name, there in valid.items()}
        beta = np.zeros(len(shown.questions[0]))
        for (answer, name), rows in steps.groupby(["answer", "stream"]):
            alpha[name][answer] = rows["alpha"].to_numpy()
            own[name][answer] = rows["beta_stream"].iloc[0]
            beta[answer] = rows["beta"].iloc[0]
        return {
            name: StreamConclusion(there, alpha[name], own[name]) for name, there in valid.items()
        }, beta


def _functionals(answers: Sequence[AnswerRows]) -> dict[str, list[np.ndarray]]:
    """Of the voice, as an InterviewSet of one interview has them."""
    heard = [rows.functionals for rows in answers if rows.functionals is not None]
    if not heard:
        return {}
    nothing = np.full_like(heard[0], np.nan)
    rows = [nothing if rows.functionals is None else rows.functionals for rows in answers]
    return {"audio": [np.stack(rows)]}
