"""An ensemble whose attention reads the questions: how well they match what is answered.

Its networks are those of a fused ensemble, learnt without questions, and stay as they are. What is
added, and learnt, is the match of networks/question_match.py: so where there is no question, or no
word of an answer, the model is that ensemble exactly. The match is learnt from interviews in which
other people answer in between (training/strangers.py), by the error of the traits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from pydantic import Field
from torch import nn

from extractors.toolbox import Toolbox
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.network_inputs import to_unit
from hirenet_sales.data.passages import PassageReader
from hirenet_sales.data.question_condition import Questions, with_questions
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.evaluation.error_gain import error_gain
from hirenet_sales.models.ensemble import EnsembleOptions, FusedEnsemble
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.joint_fusion import fusion
from hirenet_sales.models.network_model import PREFIX, weights_of
from hirenet_sales.models.neural import data_digest
from hirenet_sales.networks.batch import Example, Shape
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.networks.question_match import QuestionMatched
from hirenet_sales.persist import digest
from hirenet_sales.training.interviews import InterviewTask
from hirenet_sales.training.loop import train_net
from hirenet_sales.training.objective import Objective
from hirenet_sales.training.options import FittingOptions, Losses
from hirenet_sales.training.strangers import with_strangers

NAME = "question_ensemble"


class TeachingOptions(FittingOptions):
    """How the match is learnt; see FittingOptions."""

    epochs: int = Field(4, ge=1)
    patience: int = Field(2, ge=1)
    learning_rate: float = Field(0.3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    absolute_loss: float = Field(1.0, ge=0)
    strangers: float = Field(0.5, ge=0, lt=1, description="share of places that are strangers'")
    mixed: float = Field(0.3, ge=0, le=1, description="share of answers with a stranger's words")
    people: int | None = Field(None, ge=2, description="learnt from, at most; null = all")
    questions: Questions = Field("real", description="shuffled: the control, which learns nothing")


class QuestionOptions(EnsembleOptions):
    """An ensemble's options, and how its match is learnt."""

    teaching: TeachingOptions = Field(default_factory=lambda: TeachingOptions.model_validate({}))


class QuestionEnsemble(FusedEnsemble):
    """See Model. Fitted from nothing it first learns its ensemble; see `begin` for another way."""

    prefix = PREFIX
    options: QuestionOptions
    _begun: FusedEnsemble | None = None

    def begin(self, ensemble: FusedEnsemble) -> None:
        """Take the networks and inputs of a fitted ensemble as they are, in place of learning them.

        Raises
        ------
        ConfigError
            if it reads other streams.
        """
        if ensemble.streams != self.streams:
            raise ConfigError(
                f"model '{self.name}': it reads {', '.join(self.streams)}, the ensemble that it "
                f"begins with {', '.join(ensemble.streams)}"
            )
        self._begun = ensemble

    def fit(
        self, train: InterviewSet, validation: InterviewSet, *, seed: int, folder: Path
    ) -> None:
        """See Model. A match that does not measurably help on `validation` is left out.

        Raises
        ------
        DatasetError
            if a stream, the labels, or the words of the answers are missing.
        ConfigError
            if `folder` holds a fit of other arguments.
        WeightsError
            if the sentence encoder is not installed.
        """
        if self._begun is None:
            super().fit(train, validation, seed=seed, folder=folder / "ensemble")
        else:
            self._take(self._begun)
        if not train.words or not validation.words:
            raise DatasetError(
                f"{train.dataset}: the match of questions is learnt from the words of answers, "
                "and none are read here"
            )
        reader, o = self._fitted(), self.options.teaching
        parts = self._few(train, seed), validation
        arguments = self._arguments(
            train.targets,
            seed,
            reader=digest(weights_of(reader)),
            **{
                name: data_digest(part, [n for n in self.streams if n in part.streams])
                for name, part in zip(("train", "validation"), parts, strict=True)
            },
        )
        planted = [self._planted(part, seed + k) for k, part in enumerate(parts)]
        assert self._inputs is not None
        shape = Shape(self._inputs.widths, self._inputs.word_width)
        net = self._learnt = QuestionMatched(reader)
        task = InterviewTask(
            *([e for own in part for e in self._examples(own)] for part in planted),
            shape=shape,
            objective=Objective(self._targets, o.absolute_loss),
            options=o,
            losses=Losses(),
            seed=seed,
        )
        train_net(net, [task], options=o, seed=seed, folder=folder / "match", arguments=arguments)
        net.half().float().eval()
        if not self._helps(planted[1]):
            net.match.gains.data.zero_()

    def _take(self, ensemble: FusedEnsemble) -> None:
        learnt = ensemble._fitted()
        self._learnt = learnt.reader if isinstance(learnt, QuestionMatched) else learnt
        self._inputs, self._targets = ensemble._inputs, ensemble._targets
        self._mean, self._answers_learnt = ensemble._mean, ensemble._answers_learnt

    def _few(self, train: InterviewSet, seed: int) -> InterviewSet:
        """Interviews of as many people as are learnt from."""
        people = np.unique(train.people)
        most = self.options.teaching.people or len(people)
        chosen = np.random.default_rng(seed).permutation(people)[:most]
        return train.take(np.flatnonzero(np.isin(train.people, chosen)))

    def _planted(self, part: InterviewSet, seed: int) -> list[InterviewSet]:
        """The interviews with strangers, and as often without: most interviews have none."""
        o = self.options.teaching
        shares = ((o.strangers, o.mixed), (0.0, 0.0))
        return [
            with_questions(
                with_strangers(part, seed, share=share, mixed=mixed).interviews, o.questions, seed
            )
            for share, mixed in shares
        ]

    def _helps(self, planted: Sequence[InterviewSet]) -> bool:
        """Whether errors are measurably smaller with the match than without."""
        errors = {
            questions: np.concatenate(
                [
                    np.abs(to_unit(estimates, self._targets) - to_unit(own.labels, self._targets))
                    for own in planted
                    for estimates in [self.predict(with_questions(own, questions, 0)).interviews]
                ]
            )
            for questions in ("real", "none")
        }
        people = np.concatenate([own.people for own in planted])
        return error_gain(errors["none"], errors["real"], people).measurable

    def _whole(self, shape: Shape, targets: int) -> nn.Module:
        return QuestionMatched(super()._whole(shape, targets))

    def _examples(self, interviews: InterviewSet) -> list[Example]:
        """Its networks have never seen a question or a job: those are for the match alone."""
        assert self._inputs is not None
        unread = np.zeros((0, self._inputs.word_width), np.float32)
        examples = [
            replace(example, questions=[unread] * len(example.questions), job=unread)
            for example in super()._examples(interviews)
        ]
        if not any(question.strip() for asked in interviews.questions for question in asked):
            return examples
        passages = self._passages.read(interviews)
        return [
            replace(example, passages=own) for example, own in zip(examples, passages, strict=True)
        ]

    @cached_property
    def _passages(self) -> PassageReader:
        with Toolbox() as tools:
            return PassageReader(tools.sentence_encoder)


ENTRIES = (
    Entry(
        NAME,
        "ours; Hemamou et al. 2019, questions in the attention; Lee et al. 2019, inverse cloze",
        "a fused ensemble that weighs answers and words by their match with the question: fi-v3",
        QuestionOptions,
        partial(fusion, QuestionEnsemble, NAME, FusedHireNet),
        fuses=True,
    ),
)
