"""Second phase of Kassab et al. 2022, IV.D: a trained network goes on with one's own interviews.

Two ways to part the participants' answers: by participant (the default, which is what use means),
and 2:1:1 within each participant, as in the paper, which leaks identity.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from extractors.callbacks import Progress
from hirenet_sales.data.frame_interviews import STREAM
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.splits import Split
from hirenet_sales.data.within_person import LEAST, WARNING
from hirenet_sales.errors import HirenetSalesError
from hirenet_sales.evaluation.baselines import LOOK_UP, MEAN, trivial_baselines
from hirenet_sales.evaluation.metrics import LABELS
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
from hirenet_sales.experiment.kinds.frozen_steps import (
    check_pictures,
    keras_problem,
    load_steps,
    stream_of,
)
from hirenet_sales.experiment.kinds.participants import (
    Way,
    first_phase,
    participants,
    split_of,
    unseen,
    with_pictures,
)
from hirenet_sales.experiment.loading import data_problems, digest, log_completeness
from hirenet_sales.experiment.predictions import read_predictions, write_prediction
from hirenet_sales.experiment.published import read_published
from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.experiment.seed_summary import summarise
from hirenet_sales.models.cnn_lstm import CnnLstmModel, CnnLstmOptions
from hirenet_sales.models.model import Model
from hirenet_sales.yaml_file import Problem

MODEL = "cnn_lstm"
FIRST, TUNED, OWN = "first phase alone", "first phase, then fine-tuned", "second phase alone"
SPLITS: dict[str, str] = {
    "disjoint": "participants kept apart (default)",
    "within": "2:1:1 within each participant, as in the paper (leaks identity)",
}


class FinetuneConfig(Experiment):
    """A first phase, and a second one on the answers of participants it has not seen.

    Attributes
    ----------
    data : holds the participants; without `start`, people of First Impressions V2 or any other set
        with fixed source-disjoint parts, whose training part is the first phase
    start : folder of a finished fit of cnn_lstm, or null = a first phase is trained on `data`
    first, second : options of model cnn_lstm in either phase
    participants : how many, each number a table of its own; null = all
    answers : of each participant, drawn with the seed; null = all
    ways : how the answers are parted
    """

    data: DataSection
    start: str | None = None
    first: dict[str, Any] = Field(default_factory=dict)
    second: dict[str, Any] = Field(default_factory=dict)
    participants: Some[int | None] = (None,)
    answers: int | None = Field(default=None, ge=LEAST)
    ways: Some[Way] = ("disjoint", "within")

    @field_validator("first", "second")
    @classmethod
    def _valid(cls, options: dict[str, Any]) -> dict[str, Any]:
        if "start" in options:
            raise ValueError("start belongs to the top of the file")
        check_options(MODEL, (STREAM,), options)
        return options

    @model_validator(mode="after")
    def _one_network(self) -> FinetuneConfig:
        phases = [CnnLstmOptions.model_validate(o) for o in (self.first, self.second)]
        for name in ("backbone", "input_px", "inputs", "pool"):
            values = [getattr(phase, name) for phase in phases]
            if self.start is None and values[0] != values[1]:
                raise ValueError(f"{name} is {values[0]} in first and {values[1]} in second")
        check_pictures(self.data, phases[1])
        return self


class Finetune(Kind[FinetuneConfig]):
    """`kind: finetune`."""

    name = "finetune"
    config = FinetuneConfig

    def problems(self, values: dict[str, Any], paths: RunPaths) -> list[Problem]:
        """Missing data, Keras where it is needed, a first phase that does not exist."""
        problems = data_problems(values, paths)
        if problem := keras_problem(values.get("second")):
            problems.append((("second", "backbone"), problem))
        start = values.get("start")
        if isinstance(start, str):
            try:
                CnnLstmModel.load(Path(start))
            except HirenetSalesError as error:
                problems.append((("start",), str(error)))
        return problems

    def cells(self, config: FinetuneConfig, paths: RunPaths, progress: Progress) -> list[Cell]:
        """One a seed: the first phase is trained once for all that is held against it."""
        settings = {
            "data": config.data.model_dump(mode="json"),
            **{k: getattr(config, k) for k in ("start", "first", "second", "answers")},
            "participants": list(config.participants),
            "ways": list(config.ways),
        }
        phases = [] if config.start else [config.first]
        for options in (*phases, {**config.second, "start": config.start}):
            interviews = load_steps(config.data, MODEL, options, paths, progress)
            log_completeness(interviews, paths)
        settings["data_digest"] = digest(interviews)
        return [Cell({"dataset": interviews.dataset, "seed": s}, settings) for s in config.seeds]

    def run(self, cell: Cell, paths: RunPaths, folder: Path) -> dict[str, Any]:
        """The first phase, and for every way and number of participants the second."""
        s, seed = cell.settings, cell.keys["seed"]
        data = DataSection.model_validate(s["data"])
        start = s["start"]
        if start is None:
            train, choose = first_phase(load_steps(data, MODEL, s["first"], paths), seed)
            _, fit = _fit(s["first"], train, choose, seed, paths)
            start = str(fit)
        # What a frozen CNN sees: after a first phase that tuned it, and by itself.
        tuned = s["start"] or CnnLstmOptions(**s["first"]).freeze_before != "all"
        sets = []
        for cnn in (start if tuned else None, None):
            steps = load_steps(data, MODEL, {**s["second"], "start": cnn}, paths)
            sets.append(with_pictures(steps if s["start"] else unseen(steps)))
        lines: list[dict[str, Any]] = []
        for count in s["participants"]:
            tuned_steps, own_steps = (
                participants(steps, count, s["answers"], seed) for steps in sets
            )
            for way in s["ways"]:
                name = f"{way}-{'all' if count is None else count}"
                split = split_of(tuned_steps, way, seed)
                split.save(folder / "splits" / f"{name}.json")
                pair, out = (tuned_steps, own_steps), folder / name
                lines += _second_phase(split, pair, start, s["second"], seed, paths, out)
        return {"lines": lines, "first": Path(start).name}

    def rows(self, result: Result) -> list[dict[str, Any]]:
        """One a line, way, number of participants and seed."""
        return [
            {**result.cell.keys, **part["line"], **_measures([(result.folder, part)])}
            for part in result.values["lines"]
        ]

    def tables(
        self, config: FinetuneConfig, results: Sequence[Result], paths: RunPaths
    ) -> list[Table]:
        """Means over seeds, which draw other participants too."""
        by_line: dict[tuple[Any, ...], list[tuple[Path, dict[str, Any]]]] = defaultdict(list)
        for result in results:
            for part in result.values["lines"]:
                key = tuple(part["line"][k] for k in ("participants", "way", "title"))
                by_line[key].append((result.folder, part))
        rows = [
            {
                "participants": count,
                "way": way,
                "split": SPLITS[way],
                "title": title,
                "seeds": len(parts),
                "trained_on": parts[0][1]["line"]["trained_on"],
                **_measures(parts),
            }
            for (count, way, title), parts in by_line.items()
        ]
        notes = [
            "Every seed draws other participants and trains both phases anew; in brackets the 95 % "
            "interval of the mean over seeds, by bootstrap over seeds and each one's participants. "
            "Means over the targets. The mean predictor knows the second phase's training labels "
            "alone, the person look-up whose answer it is.",
            f"2:1:1 within each participant. {WARNING} The number to expect for somebody new is "
            "the one with participants kept apart.",
        ]
        if config.about:
            notes.append(config.about)
        if config.published is not None:
            published = read_published(config.published)
            fact = published.facts.get("finetuning", {})
            if "one_minus_mae" in fact:
                notes.append(
                    f"{published.title}, {fact['source']}: {fact['one_minus_mae']} with "
                    f"{fact['backbone']} on {fact['test_clips']} clips of {fact['participants']} "
                    f"participants, {fact['split']}; other people, and labels of another kind "
                    f"({fact['labels']}), so it cannot be held against these rows."
                )
        columns = (
            Column("participants", "participants"),
            Column("split", "split"),
            Column("title", "model"),
            Column("seeds", "seeds"),
            Column("trained_on", "trained on"),
            Column("n", "n"),
            Column("mse", "MSE", 4),
            Column("one_minus_mae", LABELS["one_minus_mae"], 4),
            *(Column(name, LABELS[name]) for name in ("skill", "r", "ccc", "sd_ratio")),
        )
        return [Table("table", config.title, columns, rows, tuple(notes))]

    def figures(
        self, config: FinetuneConfig, results: list[Result], tables: list[Table], folder: Path
    ) -> list[Path]:
        """1 − MAE of every line, a colour a way of parting."""
        rows = [
            {**row, "split": row["way"], "title": f"{row['title']}, {row['participants']}"}
            for row in tables[0].rows
        ]
        shown = replace(tables[0], rows=rows)
        return figures.dots(folder / "one_minus_mae", shown, "one_minus_mae", "1 − MAE")


def _measures(parts: Sequence[tuple[Path, dict[str, Any]]]) -> dict[str, Any]:
    """Measures over the seeds of one line, which each drew people of their own."""
    summary = summarise(read_predictions(parts), same_people=False)
    row: dict[str, Any] = {"n": summary.rows, "people": summary.people}
    row |= summary.row() if len(parts) == 1 else {}
    return row | summary.flat(squared=True)


def _second_phase(
    split: Split,
    sets: tuple[InterviewSet, InterviewSet],
    start: str,
    second: dict[str, Any],
    seed: int,
    paths: RunPaths,
    folder: Path,
) -> list[dict[str, Any]]:
    folder.mkdir(parents=True, exist_ok=True)
    train, validation, test = split.apply(sets[0])
    train_own, validation_own, test_own = split.apply(sets[1])
    first = CnnLstmModel.load(Path(start), (stream_of(MODEL, second),))
    tuned, _ = _fit({**second, "start": start}, train, validation, seed, paths)
    own, _ = _fit(second, train_own, validation_own, seed, paths)
    trivial = trivial_baselines(train, test)
    predictions = [(n, n.replace(" ", "-"), trivial[n]) for n in (MEAN, LOOK_UP) if n in trivial]
    predictions += [
        (FIRST, "first", first.predict(test)),
        (TUNED, "tuned", tuned.predict(test)),
        (OWN, "own", own.predict(test_own)),
    ]
    parts = {
        title: write_prediction(folder / f"{name}.csv", prediction, train, test)
        for title, name, prediction in predictions
    }
    people = len(set(sets[0].people.tolist()))
    trained_on = train.answers_with(tuple(train.streams))
    about = {"participants": people, "way": split.kind, "trained_on": trained_on}
    return [
        {**part, "file": f"{folder.name}/{part['file']}", "line": {**about, "title": title}}
        for title, part in parts.items()
    ]


def _fit(
    options: dict[str, Any],
    train: InterviewSet,
    validation: InterviewSet,
    seed: int,
    paths: RunPaths,
) -> tuple[Model, Path]:
    streams = (stream_of(MODEL, options),)
    return fit_once(MODEL, streams, options, train, validation, seed=seed, paths=paths)
