"""A release, such as fi-v2, as an assessor: an ensemble of HireNets over three streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np

from extractors.answer.extract import AnswerFeatures
from extractors.recipe import Recipe
from extractors.toolbox import Toolbox
from hirenet_sales.assessment import StreamName
from hirenet_sales.assessors.assessor import Reading
from hirenet_sales.data.stream_inputs import stream_tables
from hirenet_sales.errors import CheckpointError
from hirenet_sales.interview import Interview
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.networks.batch import Example
from hirenet_sales.uncertainty import AGAIN


class Release:
    """See Assessor."""

    voice_by_slice = True

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint
        self.name, self.sha256 = checkpoint.name, checkpoint.sha256
        self.training_data = checkpoint.training_data
        self.calibration = checkpoint.calibration

    @property
    def sampling(self) -> str:
        """See Assessor."""
        return self.checkpoint.sampling

    @property
    def streams(self) -> tuple[StreamName, ...]:
        """See Assessor."""
        return cast(tuple[StreamName, ...], self.checkpoint.ensemble.streams)

    @property
    def recipe(self) -> Recipe:
        """See Assessor."""
        return self.checkpoint.recipe

    @property
    def notices(self) -> list[str]:
        """See Assessor."""
        return [] if self.checkpoint.context_learnt else [context_notice(self.name)]

    def read(
        self,
        interview: Interview,
        features: Mapping[str, AnswerFeatures],
        streams: Sequence[str],
    ) -> Reading | None:
        """See Assessor; nothing is extracted besides, and what was is all that is asked for.

        Raises
        ------
        CheckpointError
            if the model reads rows of another width than its own recipe gives.
        """
        ensemble = self.checkpoint.ensemble
        tables = {id: stream_tables(found.streams, found.slices) for id, found in features.items()}
        answers = tuple(
            answer
            for answer in interview.answers
            if any(len(table.values) for table in tables.get(answer.id, {}).values())
        )
        if not answers:
            return None
        for name, fit in ensemble.inputs.items():
            read = [tables[a.id][name].values for a in answers if name in tables[a.id]]
            widths = {rows.shape[1] for rows in read if len(rows)}
            if widths - {len(fit.mean)}:
                raise CheckpointError(
                    f"{self.name}: {len(fit.mean)} means for the {max(widths)} values of {name} "
                    f"that its recipe takes; {AGAIN}"
                )
        rows = {
            name: [
                tables[a.id][name].values
                if name in tables[a.id] and len(tables[a.id][name].values)
                else np.zeros((0, len(fit.mean)), np.float32)
                for a in answers
            ]
            for name, fit in ensemble.inputs.items()
        }
        questions, job = self._context(interview, [answer.question for answer in answers])
        [conclusion] = ensemble.read([Example(ensemble.prepare(rows), questions, job)])
        return Reading(answers, tables, conclusion)

    def _context(
        self, interview: Interview, questions: Sequence[str]
    ) -> tuple[list[np.ndarray], np.ndarray]:
        """Word vectors of questions and job; none where the model has not learnt to use them."""
        if not self.checkpoint.context_learnt:
            nothing = np.zeros((0, self.checkpoint.ensemble.word_width), np.float32)
            return [nothing] * len(questions), nothing
        with Toolbox() as tools:
            encoder = tools.words(self.checkpoint.recipe)

            def vectors(text: str) -> np.ndarray:
                values, known = encoder.encode(text.split())
                return values[known]

            return [vectors(question) for question in questions], vectors(interview.job_title)


def context_notice(name: str) -> str:
    """What a reader must know of a model that was trained without questions."""
    return (
        f"The model {name} has not learnt to use questions or the job title: the weight of a "
        "question comes from the answers alone."
    )
