"""An ensemble whose attention reads the questions: how well they match what is answered.

Its networks are those of a fused ensemble, learnt without questions, and stay as they are. What is
added, and learnt, is the match of networks/question_match.py: so where there is no question, or no
word of an answer, the model is that ensemble exactly. The match is learnt in two stages: which
answer does a sentence belong to (training/cloze.py), then the traits of people in whose interviews
others answer in between (training/strangers.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import nn

from extractors.toolbox import Toolbox
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.passages import PassageReader
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.models.ensemble import EnsembleOptions, FusedEnsemble
from hirenet_sales.models.entry import Entry
from hirenet_sales.models.joint_fusion import fusion
from hirenet_sales.models.network_model import PREFIX, weights_of
from hirenet_sales.models.neural import data_digest
from hirenet_sales.networks.batch import Example, Shape
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.networks.question_match import QuestionMatch, QuestionMatched
from hirenet_sales.persist import digest
from hirenet_sales.training.loop import train_net
from hirenet_sales.training.objective import Objective
from hirenet_sales.training.options import FittingOptions, Losses, TrainingOptions
from hirenet_sales.training.questions import ClozeTask, QuestionTask
from hirenet_sales.training.strangers import with_strangers

NAME = "question_ensemble"
WIDTH = 384  # values of a sentence vector


class ClozeOptions(TrainingOptions):
    """Of the first stage; see TrainingOptions."""

    epochs: int = Field(10, ge=0, description="0 leaves the stage out")
    batch: int = Field(64, ge=2)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)


class TeachingOptions(FittingOptions):
    """Of the second stage; see FittingOptions."""

    epochs: int = Field(4, ge=1)
    patience: int = Field(2, ge=1)
    learning_rate: float = Field(0.3, gt=0, description="of the gains")
    projection_rate: float = Field(3e-4, ge=0, description="of the projection")
    weight_decay: float = Field(0.0, ge=0)
    absolute_loss: float = Field(1.0, ge=0)
    strangers: float = Field(0.5, ge=0, lt=1, description="share of places that are strangers'")
    mixed: float = Field(0.3, ge=0, le=1, description="share of answers with a stranger's words")
    people: int | None = Field(None, ge=2, description="learnt from, at most; null = all")


class QuestionOptions(EnsembleOptions):
    """An ensemble's options, and how its match is learnt."""

    rank: int = Field(16, ge=1, description="of the learnt projection of sentence vectors")
    cloze: ClozeOptions = Field(default_factory=lambda: ClozeOptions.model_validate({}))
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
        """See Model.

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
        reader = self._fitted()
        parts = self._few(train, seed), validation
        planted = [self._planted(part, seed + k) for k, part in enumerate(parts)]
        arguments = self._arguments(
            train.targets,
            seed,
            reader=digest(weights_of(reader)),
            train=data_digest(parts[0], self.streams),
            validation=data_digest(parts[1], self.streams),
        )
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = QuestionMatched(reader, QuestionMatch(WIDTH, self.options.rank))
            net.reader.requires_grad_(False)
            self._teach(net, *planted, seed=seed, folder=folder / "match", arguments=arguments)
        self._learnt = net.half().float().eval()

    def _take(self, ensemble: FusedEnsemble) -> None:
        self._learnt, self._inputs = ensemble._fitted(), ensemble._inputs
        self._targets, self._mean = ensemble._targets, ensemble._mean
        self._answers_learnt = ensemble._answers_learnt

    def _few(self, train: InterviewSet, seed: int) -> InterviewSet:
        """Interviews of as many people as are learnt from."""
        people = np.unique(train.people)
        most = self.options.teaching.people or len(people)
        chosen = np.random.default_rng(seed).permutation(people)[:most]
        return train.take(np.flatnonzero(np.isin(train.people, chosen)))

    def _planted(self, part: InterviewSet, seed: int) -> list[list[Example]]:
        """Examples of each stage: questions alone; then half of the interviews with strangers."""
        o = self.options.teaching
        plain = self._examples(with_strangers(part, seed, share=0, mixed=0).interviews)
        strange = with_strangers(part, seed, share=o.strangers, mixed=o.mixed)
        return [plain, [*plain, *self._examples(strange.interviews)]]

    def _teach(
        self,
        net: QuestionMatched,
        train: Sequence[Sequence[Example]],
        validation: Sequence[Sequence[Example]],
        *,
        seed: int,
        folder: Path,
        arguments: dict[str, Any],
    ) -> None:
        assert self._inputs is not None
        o = self.options
        shape = Shape(self._inputs.widths, self._inputs.word_width)
        cloze = ClozeTask(train[0], validation[0], shape=shape, options=o.cloze, seed=seed)
        traits = QuestionTask(
            train[1],
            validation[1],
            shape=shape,
            objective=Objective(self._targets, o.teaching.absolute_loss),
            options=o.teaching,
            losses=Losses(),
            seed=seed,
            projection_rate=o.teaching.projection_rate,
        )
        stages = [cloze, traits] if o.cloze.epochs else [traits]
        train_net(net, stages, options=o, seed=seed, folder=folder, arguments=arguments)

    def _whole(self, shape: Shape, targets: int) -> nn.Module:
        match = QuestionMatch(WIDTH, self.options.rank)
        return QuestionMatched(super()._whole(shape, targets), match)

    def _examples(self, interviews: InterviewSet) -> list[Example]:
        """Its networks have never seen a question or a job: those are for the match alone."""
        examples = [
            replace(example, questions=[w[:0] for w in example.questions], job=example.job[:0])
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
