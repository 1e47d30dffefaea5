"""HireNet and what it is compared with on one stream: HN_SATT, HN_AVG, a BiGRU for each answer.

Hemamou et al. 2019, Formalization and Baselines. The equations and our deviations stand in
networks/hirenet.py. The paper gives no sizes: the defaults are those of our shipped model.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from pydantic import Field
from torch import nn

from hirenet_sales.models.entry import Entry
from hirenet_sales.models.neural import AttentionNeuralModel, NeuralModel, NeuralOptions
from hirenet_sales.networks.batch import Shape
from hirenet_sales.networks.hirenet import HireNetConfig
from hirenet_sales.networks.single import AnswerBiGru, SingleHireNet
from hirenet_sales.training.options import Losses


class HireNetOptions(NeuralOptions):
    """Training and sizes; see FittingOptions and HireNetConfig."""

    projection: int = Field(48, ge=1)
    answer_hidden: int = Field(24, ge=1)
    interview_hidden: int = Field(24, ge=1)
    context_hidden: int = Field(8, ge=1)
    attention_hidden: int = Field(16, ge=1)
    dropout_in: float = Field(0.3, ge=0, lt=1)
    dropout: float = Field(0.3, ge=0, lt=1)
    cell: Literal["gru", "lstm"] = "gru"

    def config(self, shape: Shape, stream: str, targets: int, **changes: Any) -> HireNetConfig:
        """Of one stream's network."""
        sizes = self.model_dump(include={*HireNetConfig.__dataclass_fields__})
        return HireNetConfig(
            width=shape.widths[stream],
            word_width=shape.word_width,
            targets=targets,
            **{**sizes, **changes},
        )


def _hirenet(
    name: str, changes: dict[str, Any], streams: tuple[str, ...], options: HireNetOptions
) -> AttentionNeuralModel:
    def net(shape: Shape, targets: int) -> nn.Module:
        return SingleHireNet(streams[0], options.config(shape, streams[0], targets, **changes))

    return AttentionNeuralModel(name, streams, options, net, Losses())


def _bigru(streams: tuple[str, ...], options: HireNetOptions) -> NeuralModel:
    def net(shape: Shape, targets: int) -> nn.Module:
        return AnswerBiGru(streams[0], options.config(shape, streams[0], targets))

    return NeuralModel("bigru", streams, options, net, Losses(per_answer=True))


PAPER = "Hemamou et al. 2019"
ENTRIES = (
    Entry(
        "hirenet",
        f"{PAPER}, Formalization",
        "hierarchical attention, conditioned on question and job title",
        HireNetOptions,
        partial(_hirenet, "hirenet", {}),
    ),
    Entry(
        "hirenet_question_in_attention",
        f"{PAPER}, Formalization, with v_i = a_i",
        "HireNet whose question decides what weighs and is no input beside that",
        HireNetOptions,
        partial(_hirenet, "hirenet_question_in_attention", {"question_in_pair": False}),
    ),
    Entry(
        "hn_satt",
        f"{PAPER}, Baselines (HN_SATT)",
        "hierarchical self-attention: moments and answers are weighed without question or job, and "
        "the question is read beside each answer, v_i = [q_i ; a_i]",
        HireNetOptions,
        partial(_hirenet, "hn_satt", {"context": False}),
    ),
    Entry(
        "hn_satt_no_question",
        f"{PAPER}, Baselines (HN_SATT), with v_i = a_i",
        "hierarchical self-attention that reads neither question nor job title",
        HireNetOptions,
        partial(_hirenet, "hn_satt_no_question", {"context": False, "question_in_pair": False}),
    ),
    Entry(
        "hn_avg",
        f"{PAPER}, Baselines (HN_AVG)",
        "the hierarchy alone: means in place of attention, and the question is read beside each "
        "answer, v_i = [q_i ; a_i]",
        HireNetOptions,
        partial(_hirenet, "hn_avg", {"pooling": "mean"}),
    ),
    Entry(
        "hn_avg_no_question",
        f"{PAPER}, Baselines (HN_AVG), with v_i = a_i",
        "means in place of attention, and neither question nor job title",
        HireNetOptions,
        partial(_hirenet, "hn_avg_no_question", {"pooling": "mean", "question_in_pair": False}),
    ),
    Entry(
        "bigru",
        f"{PAPER}, Baselines (Bidirectional-GRU)",
        "a bidirectional GRU for each answer by itself, averaged over the interview",
        HireNetOptions,
        _bigru,
    ),
)
