"""Teaching a finished checkpoint to read questions; its networks and its intervals stay."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from extractors.callbacks import Progress
from hirenet_sales.data.card import PARTS, load_card
from hirenet_sales.data.completeness import record_completeness
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import with_questions
from hirenet_sales.data.sets.siop import SIOP_2024 as WRITTEN
from hirenet_sales.errors import ConfigError
from hirenet_sales.models.catalogue import build_model
from hirenet_sales.models.checkpoint import Checkpoint, load_checkpoint, write_checkpoint
from hirenet_sales.models.ensemble import FusedEnsemble
from hirenet_sales.models.model import SaveableModel
from hirenet_sales.models.question_ensemble import NAME, QuestionEnsemble
from hirenet_sales.release.measure import answers_read, blind_baselines, measure
from hirenet_sales.release.model_card import model_card
from hirenet_sales.release.question_effect import answer_weights, question_effect, weight_drop
from hirenet_sales.run_log import run_log
from hirenet_sales.training.strangers import Planted, with_strangers
from hirenet_sales.yaml_model import StrictModel

KIND = "questions"
TEST_SEED = 99  # of the strangers that the effect is measured with
DROPPED = 150  # interviews whose answers are asked wrong questions, one at a time


class QuestionsConfig(StrictModel):
    """How a checkpoint learns to read questions.

    Attributes
    ----------
    name : of the checkpoint that is made
    start : the one that is begun with, a shipped one's name or a folder; a fused ensemble, or one
        that reads questions already, whose match is learnt anew
    dataset : labelled recordings with words, and with a split of its data card that keeps people
        apart; questions are made of the answers' sentences
    streams : that are loaded to learn from; the other parts are read in full
    options : `teaching` of QuestionOptions
    notes : what a reader of the numbers must know of `start`, whole sentences
    """

    kind: Literal["questions"]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_\-]*$")
    start: str
    dataset: str
    streams: tuple[str, ...] = ("visual", "audio", "text")
    options: dict[str, Any] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seed: int = Field(0, ge=0)


def teach_questions(
    config: QuestionsConfig, root: Path, *, out: Path, cache: Path, progress: Progress
) -> Path:
    """Teach a checkpoint to read questions and write the new one.

    The fit lies in `out`/fit; an interrupted one goes on from there. Learnt from the training part
    of the data card's split, chosen on its validation part, measured on its test part.

    Raises
    ------
    ConfigError
        if the checkpoint is no fused ensemble, or an option is wrong.
    DatasetError
        if the data lack words, labels, or a part.
    WeightsError
        if the sentence encoder is not installed.
    """
    start = load_checkpoint(config.start)
    if not isinstance(start.model, FusedEnsemble):
        raise ConfigError(
            f"{config.name}: start {config.start} is a {start.model.name}, "
            "expected a fused ensemble"
        )
    options = {**start.options, **config.options}
    model = build_model(NAME, start.intake.streams, **options)
    assert isinstance(model, QuestionEnsemble)
    model.begin(start.model)
    names = {str(part): name for part, name in load_card(config.dataset).disjoint.items()}
    if not names:
        raise ConfigError(
            f"{config.name}: the card of {config.dataset} fixes no split that keeps people apart"
        )
    few = replace(
        start.intake, streams=tuple(n for n in start.intake.streams if n in config.streams)
    )
    parts = {
        part: (few if part == "train" else start.intake).load(
            config.dataset, root, split=names[part], cache=cache, progress=progress
        )
        for part in PARTS
    }
    out.mkdir(parents=True, exist_ok=True)
    with run_log(out, __name__) as log:
        test = parts["test"]
        record_completeness(out, test.dataset, test.completeness, log)
        progress(NAME, 0, 1)
        model.fit(parts["train"], parts["validation"], seed=config.seed, folder=out / "fit")
        progress(NAME, 1, 1)
        log.info("%s is fitted", NAME)
    checkpoint = replace(
        start,
        name=config.name,
        model=model,
        options=options,
        context_present=True,
        folder=None,
        sha256="",
    )
    effects = _effects(checkpoint, test)
    checkpoint = replace(checkpoint, questions_learnt=effects["strangers"]["learnt"])
    parts_by_name = ", ".join(f"{part} = {name}" for part, name in names.items())
    notes = [f"The split that the data card fixes for ever: {parts_by_name}.", *config.notes]
    metrics = {
        "split": {"kind": "disjoint", "seed": 0, "notes": notes, "measured_on": "test"},
        "data": test.completeness.to_dict(),
        "answers": {part: answers_read(parts[part], start.intake.streams) for part in PARTS},
        "coverage": None,
        "intervals": f"those of {start.name}",
        **measure(checkpoint, test, blind_baselines(checkpoint, test, root)),
        "questions": effects,
        "left_out": {},
    }
    write_checkpoint(
        checkpoint,
        out,
        metrics=metrics,
        card=model_card(checkpoint, metrics, load_card(config.dataset)),
        training=config.model_dump(mode="json"),
    )
    return out


def _effects(checkpoint: Checkpoint, test: InterviewSet) -> dict[str, Any]:
    """What questions do among strangers, without any, and in written answers to real questions."""
    assert isinstance(checkpoint.model, QuestionEnsemble)
    o = checkpoint.model.options.teaching
    planted = with_strangers(test, TEST_SEED, share=o.strangers, mixed=o.mixed)
    alone = with_strangers(test, TEST_SEED, share=0, mixed=0)
    result: dict[str, Any] = {
        "strangers": {
            **question_effect(checkpoint, planted.interviews),
            "strangers_weight": _strangers_weight(checkpoint.model, planted),
        },
        "alone": question_effect(checkpoint, alone.interviews),
    }
    text = replace(checkpoint.intake, streams=("text",))
    few = min(DROPPED, len(planted.interviews))
    tried = (
        ("strangers", planted.interviews.take(range(few)), planted.strange[:few]),
        (WRITTEN, text.load(WRITTEN, None), None),
    )
    for name, part, spared in tried:
        drops = {
            title: asdict(weight_drop(checkpoint.model, part, own=own, spared=spared))
            for title, own in (("another of the interview", True), ("another of the set", False))
        }
        result.setdefault(name, {})["weight_drop"] = drops
    return result


def _strangers_weight(model: SaveableModel, planted: Planted) -> dict[str, float]:
    """Share of the weight that answers of strangers have, with questions and without."""
    return {
        questions: float(
            np.mean(
                [
                    beta[strange].sum()
                    for beta, strange in zip(
                        answer_weights(model, with_questions(planted.interviews, questions, 0)),
                        planted.strange,
                        strict=True,
                    )
                ]
            )
        )
        for questions in ("real", "none")
    }
