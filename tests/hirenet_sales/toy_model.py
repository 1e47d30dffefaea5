"""Tiny models and random interviews for them."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import torch

from hirenet_sales.data.encoding import Encoding
from hirenet_sales.data.intake import Intake
from hirenet_sales.data.interview_set import TRAIT_TARGETS, InterviewSet
from hirenet_sales.data.network_inputs import Inputs
from hirenet_sales.data.stream_inputs import StreamInput
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.checkpoint import Checkpoint
from hirenet_sales.models.ensemble import FusedEnsemble
from hirenet_sales.models.model import ModelState
from hirenet_sales.models.network_model import weights_of
from hirenet_sales.networks.batch import Example, InterviewBatch, Shape, StreamBatch
from hirenet_sales.networks.ensemble import NetworkEnsemble
from hirenet_sales.networks.fusion import FusedHireNet
from hirenet_sales.networks.hirenet import HireNetConfig
from hirenet_sales.uncertainty import LEVELS, Calibration, set_name, stream_sets

WIDTHS = {"visual": 7, "audio": 5, "text": 6}
WORD_WIDTH = 4
GLOVE_WIDTH = 50
COLUMNS = {name: tuple(f"{name}_{k}" for k in range(width)) for name, width in WIDTHS.items()}
OPTIONS = {  # of a network as `fused` makes it
    "projection": 6,
    "answer_hidden": 4,
    "interview_hidden": 5,
    "context_hidden": 3,
    "attention_hidden": 4,
    "fusion_hidden": 6,
    "cells": {"visual": "lstm", "audio": "gru", "text": "gru"},
}

torch.set_num_threads(1)  # tiny tensors: a second thread only waits for the first


def config(width: int = 6, **changes) -> HireNetConfig:
    """A HireNet of a few units, without dropout unless asked for."""
    small = HireNetConfig(
        width=width,
        word_width=WORD_WIDTH,
        projection=6,
        answer_hidden=4,
        interview_hidden=5,
        context_hidden=3,
        attention_hidden=4,
        dropout_in=0.0,
        dropout=0.0,
    )
    return replace(small, **changes)


def words(rng: np.random.Generator, count: int) -> np.ndarray:
    """Vectors of `count` words of a question or a job title."""
    return rng.normal(size=(count, WORD_WIDTH)).astype(np.float32)


def interview(
    rng: np.random.Generator, answers: int, widths: dict[str, int] = WIDTHS, missing: float = 0.0
) -> Example:
    """A random interview; each stream of each answer is missing with probability `missing`."""
    streams = {
        name: [
            rng.normal(size=(0 if rng.random() < missing else rng.integers(1, 6), width)).astype(
                np.float32
            )
            for _ in range(answers)
        ]
        for name, width in widths.items()
    }
    return Example(
        streams,
        [words(rng, int(rng.integers(0, 5))) for _ in range(answers)],
        words(rng, 3),
        rng.uniform(size=5),
        rng.uniform(size=(answers, 5)),
    )


def padded(batch: InterviewBatch, rng: np.random.Generator) -> InterviewBatch:
    """The same batch with more answers, steps and words, all invalid and full of nonsense."""

    def longer(values: torch.Tensor, valid: torch.Tensor, dims: tuple[int, ...]) -> tuple:
        for dim in dims:
            extra = int(rng.integers(1, 4))
            shape = list(values.shape)
            shape[dim] = extra
            noise = torch.from_numpy(rng.normal(0, 9, shape).astype(np.float32))
            values = torch.cat([values, noise], dim)
            none = torch.zeros(shape[:-1], dtype=torch.bool)
            valid = torch.cat([valid, none], dim)
        return values, valid

    more = int(rng.integers(1, 3))

    def grown(values: torch.Tensor, valid: torch.Tensor) -> tuple:
        values, valid = longer(values, valid, (2,))
        shape = [values.shape[0], more, *values.shape[2:]]
        noise = torch.from_numpy(rng.normal(0, 9, shape).astype(np.float32))
        none = torch.zeros(shape[:-1], dtype=torch.bool)
        return torch.cat([values, noise], 1), torch.cat([valid, none], 1)

    c = batch.context
    questions, questions_valid = grown(c.questions, c.questions_valid)
    job, job_valid = longer(c.job, c.job_valid, (1,))
    none = torch.zeros(len(batch.answers_valid), more, dtype=torch.bool)
    return batch._replace(
        streams={n: StreamBatch(*grown(s.values, s.valid)) for n, s in batch.streams.items()},
        context=c._replace(
            questions=questions, questions_valid=questions_valid, job=job, job_valid=job_valid
        ),
        answers_valid=torch.cat([batch.answers_valid, none], 1),
    )


def batch_of(*examples: Example, widths: dict[str, int] = WIDTHS) -> InterviewBatch:
    return Shape(widths, WORD_WIDTH).batch(examples)


def fused(seed: int = 0, **changes) -> FusedHireNet:
    """A fused HireNet over three streams, every parameter random, ready for use."""
    torch.manual_seed(seed)
    cells = {"visual": "lstm", "audio": "gru", "text": "gru"}
    net = FusedHireNet(
        {n: config(width, cell=cells[n], **changes) for n, width in WIDTHS.items()},
        hidden=6,
        dropout=0.0,
    )
    for missing in net.missing.values():
        torch.nn.init.normal_(missing)
    return net.eval()


def interview_set(rng: np.random.Generator, count: int, missing: float = 0.3) -> InterviewSet:
    """Random interviews as a set, with the traits of every answer."""
    answers = [int(rng.integers(1, 5)) for _ in range(count)]
    made = [interview(rng, n, missing=missing) for n in answers]
    labels = [example.answer_targets for example in made]
    return InterviewSet(
        dataset="toy",
        ids=tuple(f"i{k}" for k in range(count)),
        people=np.array([f"p{k}" for k in range(count)]),
        positions=np.array([""] * count),
        question_ids=tuple(("",) * n for n in answers),
        questions=tuple(("why?",) * n for n in answers),
        streams={name: [example.streams[name] for example in made] for name in WIDTHS},
        columns=COLUMNS,
        targets=TRAIT_TARGETS,
        labels=np.stack([rows.mean(0) for rows in labels]),
        answer_labels=labels,
        level="answer",
    )


def ensemble(members: int = 2) -> FusedEnsemble:
    """An ensemble of untrained members whose weights are already in half precision."""
    rng = np.random.default_rng(0)
    inputs = {
        name: StreamInput.fit(rng.normal(3, 2, (40, width)), COLUMNS[name], components=4)
        for name, width in WIDTHS.items()
    }
    nets = [fused(seed, word_width=GLOVE_WIDTH) for seed in range(members)]
    model = build_model("fused_ensemble", tuple(WIDTHS), **OPTIONS, members=members)
    assert isinstance(model, FusedEnsemble)
    state = {
        "targets": [asdict(target) for target in TRAIT_TARGETS],
        "mean": [0.5] * 5,
        "answers_learnt": True,
        "word_width": GLOVE_WIDTH,
    }
    arrays = {f"inputs.{name}": array for name, array in Inputs(inputs, "glove").arrays.items()}
    weights = weights_of(NetworkEnsemble(nets).half(), "members.")
    model.restore(ModelState(state, {**arrays, **weights}))
    return model


def checkpoint(members: int = 2) -> Checkpoint:
    """A checkpoint of such an ensemble."""
    rng = np.random.default_rng(0)
    widths = {set_name(s): rng.uniform(0.1, 0.3, 5).round(6) for s in stream_sets(tuple(WIDTHS))}
    return Checkpoint(
        name="toy",
        model=ensemble(members),
        options={**OPTIONS, "members": members},
        intake=Intake(tuple(WIDTHS), Encoding(audio="spectral")),
        targets=TRAIT_TARGETS,
        calibration=Calibration(0.9, dict.fromkeys(LEVELS, widths), np.eye(5)),
        training_mean=np.full(5, 0.5),
        training_data="made-up numbers",
        context_present=True,
    )
