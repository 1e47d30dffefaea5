"""Does attention find what was planted? Generated interviews in which the answer is known.

Every seed makes interviews of its own and trains every model anew, at several lengths of the
answers: the one moment that counts is the more diluted the longer they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from pydantic import Field, ValidationInfo, field_validator

from extractors.callbacks import Progress
from hirenet_sales.data.catalogue import PLANTED, STREAMS
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.sets.planted import NAME
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.data.splits import make_split
from hirenet_sales.evaluation.measure_table import evaluate_predictions
from hirenet_sales.experiment import figures
from hirenet_sales.experiment.fits import fit_once
from hirenet_sales.experiment.kind import (
    Cell,
    Experiment,
    Kind,
    Result,
    RunPaths,
    Some,
    check_options,
)
from hirenet_sales.experiment.kinds.planted_truth import ACCURACIES, attention_accuracy
from hirenet_sales.experiment.loading import digest, load
from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.experiment.seed_summary import mean_of_seeds
from hirenet_sales.models.catalogue import ENTRIES
from hirenet_sales.models.model import AttentionModel, Model
from hirenet_sales.yaml_file import Problem
from hirenet_sales.yaml_model import StrictModel, did_you_mean, require_one

FEW = 4
OWN = ("streams", "interviews", "answers", "steps", "seed")  # have keys of their own in the YAML
MEASURES = {
    "moment_accuracy": "moment first",
    "question_accuracy": "question found",
    "mae": "MAE",
    "mean_predictor_mae": "MAE of the mean predictor",
    "skill": "skill",
}


class ModelSection(StrictModel):
    """A model of the catalogue, its options, and its options on single streams."""

    model: str
    options: dict[str, Any] = Field(default_factory=dict)
    by_stream: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @field_validator("model")
    @classmethod
    def _in_catalogue(cls, name: str) -> str:
        return require_one("model", name, ENTRIES)

    @field_validator("options", "by_stream")
    @classmethod
    def _valid(cls, options: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        by_stream = info.field_name == "by_stream"
        for stream in options if by_stream else ():
            require_one("stream", stream, STREAMS)
        for each in options.values() if by_stream else [options]:
            if "model" in info.data:
                check_options(info.data["model"], ("text",), each)
        return options

    def on(self, stream: str) -> dict[str, Any]:
        """The options on a stream."""
        return {**self.options, **self.by_stream.get(stream, {})}


class PlantedConfig(Experiment):
    """Models x streams x lengths of answers x seeds.

    Attributes
    ----------
    interviews, answers : how many, of every seed
    steps : mean lengths of answers
    options : further ones of the planted data set, such as strength and noise
    split : of the interviews of a seed
    """

    models: Some[ModelSection]
    streams: Some[str] = STREAMS
    interviews: int = Field(1000, ge=30)
    answers: int = Field(3, ge=1)
    steps: Some[int] = (12,)
    options: dict[str, Any] = Field(default_factory=dict)
    split: SplitSection = SplitSection()

    @field_validator("streams")
    @classmethod
    def _streams(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(require_one("stream", name, STREAMS) for name in names)


class Planted(Kind[PlantedConfig]):
    """`kind: planted`."""

    name = "planted"
    config = PlantedConfig

    def problems(self, values: dict[str, Any], paths: RunPaths) -> list[Problem]:
        """Options that no planted set can have."""
        options = values.get("options")
        allowed = [name for name in PLANTED if name not in OWN]
        return [
            (("options", key), f"unknown option '{key}'{did_you_mean(str(key), allowed)}")
            for key in (options if isinstance(options, dict) else ())
            if key not in allowed
        ]

    def cells(self, config: PlantedConfig, paths: RunPaths, progress: Progress) -> list[Cell]:
        """One a model, stream, length and seed."""
        cells = []
        for steps, stream, section, seed in product(
            config.steps, config.streams, config.models, config.seeds
        ):
            sizes = {"interviews": config.interviews, "answers": config.answers}
            options = {**config.options, **sizes, "steps": steps, "seed": seed}
            data = DataSection(name=NAME, streams=(stream,), options=options)
            keys = {"model": section.model, "stream": stream, "steps": steps, "seed": seed}
            settings = {
                "data": data.model_dump(mode="json"),
                "data_digest": _generator(data, paths),
                "split": config.split.model_dump(mode="json"),
                "options": section.on(stream),
            }
            cells.append(Cell(keys, settings))
        return cells

    def run(self, cell: Cell, paths: RunPaths, folder: Path) -> dict[str, Any]:
        """Fit on the interviews of one seed and look where the attention is on held-out ones."""
        model, train, test = _fitted(cell, paths, folder)
        prediction = model.predict(test)
        evaluation = evaluate_predictions(prediction, test, train)
        error = np.abs(prediction.interviews - test.labels).mean()
        blind = np.abs(train.labels.mean(0) - test.labels).mean()
        values: dict[str, Any] = dict.fromkeys(ACCURACIES)
        if isinstance(model, AttentionModel):
            values.update(attention_accuracy(model.attentions(test), test))
        return {
            **values,
            "mae": float(error),
            "mean_predictor_mae": float(blind),
            "skill": evaluation["mean"]["skill"],
            "r": evaluation["mean"]["r"],
            "n": len(test),
            "parameters": model.parameters(),
        }

    def fitted(
        self, cell: Cell, paths: RunPaths, folder: Path
    ) -> tuple[Model, InterviewSet] | None:
        """The cell's model and its test part."""
        model, _, test = _fitted(cell, paths, folder)
        return model, test

    def tables(
        self, config: PlantedConfig, results: Sequence[Result], paths: RunPaths
    ) -> list[Table]:
        """Means over seeds of every model, stream and length."""
        groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        for result in results:
            key = tuple(result.cell.keys[k] for k in ("steps", "stream", "model"))
            groups[key].append(result.values)
        rows = []
        for (steps, stream, model), values in groups.items():
            row: dict[str, Any] = {"steps": steps, "stream": stream, "model": model}
            row |= {"seeds": len(values), "n": values[0]["n"]}
            for measure in MEASURES:
                row |= _over_seeds(measure, values)
            rows.append(row)
        chance = 1 / config.answers
        notes = (
            "Each answer holds two equally strong moments and its question tells which counts: "
            "without reading the question .5 of the moments can be found, by guessing "
            f"1 / steps; the question that counts is guessed in {chance:.3f}. MAE on a target "
            "from 0 to 1. In brackets: 95 % interval over seeds, each with interviews of its own "
            "(of one seed: by bootstrap over interviews).",
        )
        columns = (
            Column("steps", "steps an answer"),
            Column("stream", "stream"),
            Column("model", "model"),
            Column("seeds", "seeds"),
            Column("n", "test interviews a seed"),
            *(Column(key, label) for key, label in MEASURES.items()),
        )
        return [Table("table", config.title, columns, rows, notes)]

    def figures(
        self, config: PlantedConfig, results: list[Result], tables: list[Table], folder: Path
    ) -> list[Path]:
        """Accuracy of the moment and error against the length of answers, a panel a stream."""
        figure = Figure(figsize=(3.2 * len(config.streams), 5.5))
        shown = ("moment_accuracy", "mae")
        grid = figure.subplots(len(shown), len(config.streams), squeeze=False, sharex=True)
        for line, measure in zip(grid, shown, strict=True):
            for axes, stream in zip(line, config.streams, strict=True):
                rows = [row for row in tables[0].rows if row["stream"] == stream]
                figures.curves(axes, rows, "steps", measure, by="model")
                axes.set_title(stream)
                axes.set_ylabel(MEASURES[measure])
                axes.set_xlabel("steps an answer")
        grid[-1][0].legend(fontsize="small")
        figure.suptitle(config.title, fontsize="medium")
        figure.tight_layout()
        return figures.save(figure, folder / "dilution")


def _generator(data: DataSection, paths: RunPaths) -> str:
    """Identifies the state of the generator, by a few of its interviews."""
    few = {**data.options, "interviews": FEW}
    return digest(load(data.model_copy(update={"options": few}), paths))


def _fitted(cell: Cell, paths: RunPaths, folder: Path) -> tuple[Model, InterviewSet, InterviewSet]:
    data = DataSection.model_validate(cell.settings["data"])
    section = SplitSection.model_validate(cell.settings["split"])
    interviews = load(data, paths)
    split = make_split(interviews, section.kind, seed=section.seed, shares=section.shares)
    split.save(folder / "split.json")
    train, validation, test = split.apply(interviews)
    keys, options = cell.keys, cell.settings["options"]
    model, _ = fit_once(
        keys["model"], (keys["stream"],), options, train, validation, seed=keys["seed"], paths=paths
    )
    return model, train, test


def _over_seeds(measure: str, values: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    defined = [v[measure] for v in values if v.get(measure) is not None]
    if not defined:
        return {measure: None}
    mean, low, high = mean_of_seeds(defined)
    if len(defined) == 1:
        low, high = values[0].get(f"{measure}_low"), values[0].get(f"{measure}_high")
    elif measure in ACCURACIES and low is not None and high is not None:
        low, high = max(low, 0.0), min(high, 1.0)  # a share; Student's interval knows no ends
    return {measure: mean, f"{measure}_low": low, f"{measure}_high": high}
