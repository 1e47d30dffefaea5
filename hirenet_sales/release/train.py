"""Training of a checkpoint: fit, intervals, numbers, card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator

from extractors.callbacks import Progress, no_progress
from extractors.store import default_store_root
from extractors.voice.spectral import SHORTEST_WINDOW_S, WINDOW_S
from hirenet_sales.data.card import load_card
from hirenet_sales.data.completeness import record_completeness
from hirenet_sales.data.encoding import SENTENCES
from hirenet_sales.data.frame_interviews import SCENES, STREAM
from hirenet_sales.data.intake import MOST_FACES_HZ
from hirenet_sales.data.interview_set import InterviewSet, Level
from hirenet_sales.data.question_condition import can_shuffle
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.sets.first_impressions import NAME, FirstImpressions
from hirenet_sales.data.sets.planted import NAME as PLANTED
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.data.splits import make_split
from hirenet_sales.errors import ConfigError
from hirenet_sales.evaluation.baselines import baselines_left_out, trivial_baselines
from hirenet_sales.evaluation.prediction import training_means
from hirenet_sales.models.catalogue import ENTRIES, build_model
from hirenet_sales.models.checkpoint import SPLIT, Checkpoint, write_checkpoint
from hirenet_sales.models.cnn_lstm import FROZEN_STREAM, CnnLstmModel
from hirenet_sales.models.ensemble import FusedEnsemble
from hirenet_sales.models.frozen_features import frozen_features
from hirenet_sales.models.model import SaveableModel, require_saveable
from hirenet_sales.release.calibration import (
    calibrate_model,
    measured_coverage,
    person_labels,
    trait_columns,
    trait_labels,
)
from hirenet_sales.release.measure import (
    SOURCE_LOOK_UP,
    answers_read,
    measure,
    source_look_up,
    trait_estimates,
)
from hirenet_sales.release.model_card import model_card
from hirenet_sales.release.question_effect import question_effect
from hirenet_sales.release.question_teaching import KIND as QUESTIONS
from hirenet_sales.release.question_teaching import QuestionsConfig, teach_questions
from hirenet_sales.release.tuned_cnn import with_tuned_cnn
from hirenet_sales.run_log import run_log
from hirenet_sales.standing import label_quantiles
from hirenet_sales.yaml_model import StrictModel, did_you_mean, read_raw

FIT = "fit"


class InUse(StrictModel):
    """How much more of an answer is read in use than in training; see Intake."""

    voice_row_s: float | None = Field(default=None, ge=SHORTEST_WINDOW_S, le=WINDOW_S)
    faces_hz: float | None = Field(default=None, gt=0, le=MOST_FACES_HZ)


class ModelConfig(BaseModel):
    """The configuration of a checkpoint: a YAML with `kind: model`.

    Attributes
    ----------
    name : of the checkpoint
    model : a name of `hirenet-sales models`
    options : of the model
    data : a set of people, or generated interviews to test explanations with; the model reads all
        its streams
    split : the training part is learnt from, the validation part decides when to stop, and the
        test part calibrates the intervals and gives the numbers of the card
    calibrate_on : "validation" lets validation and test part change places in training: the test
        part decides when to stop, the validation part calibrates. The numbers of the card are
        those of the test part all the same
    in_use : rows and moments beyond those of training, where the estimates are known to stay
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["model"]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_\-]*$")
    model: str
    options: dict[str, Any] = Field(default_factory=dict)
    data: DataSection
    split: SplitSection = SplitSection()
    calibrate_on: Literal["test", "validation"] = "test"
    in_use: InUse = InUse()
    seed: int = Field(0, ge=0)

    @field_validator("model")
    @classmethod
    def _in_catalogue(cls, name: str) -> str:
        if name not in ENTRIES:
            raise ValueError(f"no model '{name}'{did_you_mean(name, list(ENTRIES))}")
        return name

    @field_validator("data")
    @classmethod
    def _of_people(cls, data: DataSection) -> DataSection:
        if data.name == PLANTED and not data.options.get("traits"):
            raise ValueError(
                f"'{PLANTED}' is generated: a model for use needs recordings of people; one to "
                "test explanations with learns the five traits, options: {traits: true}"
            )
        if data.text == SENTENCES:
            raise ValueError(
                f"text: {SENTENCES} is for experiments; a report looks for moments among words, so "
                "a model for use reads glove, minilm or a file of word vectors"
            )
        return data


def train(
    config_path: str | Path,
    root: str | Path,
    *,
    out: Path | None = None,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> Path:
    """Train the model that a configuration describes and write its checkpoint folder.

    The fit lies in `out`/fit; an interrupted one goes on from there. Intervals are calibrated on
    the test part, which is used for nothing else but the numbers of the card, unless the
    configuration says otherwise. What was read of the data and what was lost stands in data.json,
    in log.txt and in the card.

    Parameters
    ----------
    config_path : YAML; see experiments/release_fi_v2.yaml, release_fi_v3.yaml, train_cnn_lstm.yaml
    root : folder of the data set; not read where the interviews are generated
    out : checkpoint folder; default runs/<name>
    cache : keeps extracted features; default: the user's cache folder

    Raises
    ------
    ConfigError
        with every problem of the configuration, or if the model cannot be saved, or `out` holds
        another.
    DatasetError
        if the data lack the five traits, a stream, or a part of the split.
    """
    raw, root = read_raw(Path(config_path), ConfigError), Path(root)
    cache = cache or default_store_root().parent / "training"
    if raw.values.get("kind") == QUESTIONS:
        taught = raw.validate(QuestionsConfig, ConfigError)
        out = out or Path("runs") / taught.name
        return teach_questions(taught, root, out=out, cache=cache, progress=progress)
    config = raw.validate(ModelConfig, ConfigError)
    out = out or Path("runs") / config.name
    intake = replace(config.data.intake(), **config.in_use.model_dump())
    model = require_saveable(build_model(config.model, intake.streams, **config.options))
    if config.data.name == NAME and not FirstImpressions(root).released:
        if SCENES in intake.streams:
            raise ConfigError(
                f"{config.name}: stream {SCENES} of {NAME}: its portraits are cut around the head, "
                f"the pictures of a recording are not; read {STREAM}, or learn from recordings"
            )
        intake = replace(intake, slice_s=load_card(NAME).clip_s)  # in use as in training
    interviews = config.data.load(root, cache=cache, progress=progress)
    interviews = replace(interviews, planted=None)  # calibration reads interviews of fewer answers
    trait_columns(interviews)
    s = config.split
    split = make_split(interviews, s.kind, seed=s.seed, shares=s.shares)
    if config.calibrate_on == "validation":
        split = split.exchanged()
    train, validation, test = split.apply(interviews)
    out.mkdir(parents=True, exist_ok=True)
    split.save(out / SPLIT)
    if isinstance(model, FusedEnsemble) and model.options.cnn is not None:
        interviews, encoding = with_tuned_cnn(
            interviews, train, intake.encoding, model.options.cnn, root, out=out, cache=cache,
            seed=config.seed, progress=progress,
        )  # fmt: skip
        intake = replace(intake, encoding=encoding)
        train, validation, test = split.apply(interviews)
    with run_log(out, __name__) as log:
        record_completeness(out, interviews.dataset, interviews.completeness, log)
        progress(config.model, 0, 1)
        _fit(model, config, train, validation, out / FIT, cache)
        progress(config.model, 1, 1)
        log.info("%s is fitted", config.model)
    card = load_card(interviews.dataset)
    level: Level = "interview" if train.answer_labels is None else "answer"
    checkpoint = Checkpoint(
        name=config.name,
        model=model,
        options=config.options,
        intake=intake,
        targets=interviews.targets,
        calibration=calibrate_model(model, test, intake.senses),
        training_mean=trait_labels(train, training_means(train, level)),
        training_data=f"{card.title}, training part of the {split.kind} split ({card.licence})",
        context_present=any(question for asked in train.questions for question in asked),
        label_quantiles=label_quantiles(person_labels(train)),
    )
    own_coverage = config.calibrate_on == "test"
    measured = test if own_coverage else validation
    measurable = checkpoint.context_present and can_shuffle(measured)
    effect = question_effect(checkpoint, measured) if measurable else None
    checkpoint = replace(checkpoint, questions_learnt=effect is not None and effect["learnt"])
    baselines = {
        name: trait_estimates(checkpoint, measured, prediction, level)
        for name, prediction in trivial_baselines(train, measured).items()
    }
    if measured.official and level == "answer":
        mean = checkpoint.training_mean
        baselines[SOURCE_LOOK_UP] = source_look_up(measured, interviews, mean)
    metrics = {
        "split": {
            "kind": split.kind,
            "seed": split.seed,
            "notes": list(split.notes),
            "measured_on": "test" if own_coverage else "validation",
        },
        "data": interviews.completeness.to_dict(),
        "answers": {
            name: answers_read(part, intake.streams)
            for name, part in (("train", train), ("validation", validation), ("test", test))
        },
        "coverage": measured_coverage(model.predict(test), test) if own_coverage else None,
        **measure(checkpoint, measured, baselines),
        **({} if effect is None else {"questions": {"test": effect}}),
        "left_out": baselines_left_out(train, measured),
    }
    write_checkpoint(
        checkpoint,
        out,
        metrics=metrics,
        card=model_card(checkpoint, metrics, card),
        training=config.model_dump(mode="json"),
    )
    return out


def _fit(
    model: SaveableModel,
    config: ModelConfig,
    train: InterviewSet,
    validation: InterviewSet,
    folder: Path,
    cache: Path,
) -> None:
    """Fit the model; a CNN that stays as it is reads every picture once instead of every epoch."""
    if not isinstance(model, CnnLstmModel) or model.options.freeze_before != "all":
        model.fit(train, validation, seed=config.seed, folder=folder)
        return
    quick = cast(SaveableModel, build_model(model.name, (FROZEN_STREAM,), **config.options))
    parts = [frozen_features(part, model.options, cache) for part in (train, validation)]
    quick.fit(parts[0], parts[1], seed=config.seed, folder=folder)
    model.restore(quick.state())
