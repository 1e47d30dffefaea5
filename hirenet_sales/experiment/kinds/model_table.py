"""Tables of models: data set x split x model x streams x questions, several seeds each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from extractors.callbacks import Progress
from hirenet_sales.data.card import card_names, load_card
from hirenet_sales.data.catalogue import STREAMS
from hirenet_sales.data.intake import SENSES
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import with_questions
from hirenet_sales.data.section import DataSection
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.data.splits import Split
from hirenet_sales.evaluation.baselines import baselines_left_out, trivial_baselines
from hirenet_sales.evaluation.measure_table import evaluate_predictions
from hirenet_sales.evaluation.metrics import MSE
from hirenet_sales.experiment import figures
from hirenet_sales.experiment.fits import fit_once
from hirenet_sales.experiment.kind import Cell, Kind, Result, RunPaths
from hirenet_sales.experiment.kinds.frozen_steps import keras_problem, load_steps, stream_of
from hirenet_sales.experiment.kinds.model_lines import (
    add_published,
    add_published_differences,
    flat,
    label_of,
    lines,
    measures_of,
)
from hirenet_sales.experiment.kinds.model_rows import ModelTableConfig, MostSection
from hirenet_sales.experiment.loading import (
    data_problems,
    digest,
    load,
    log_completeness,
    parts,
    split_file,
    write_split,
)
from hirenet_sales.experiment.predictions import write_prediction
from hirenet_sales.experiment.published import read_published
from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.models.cnn_lstm import FROZEN_STREAM
from hirenet_sales.models.model import Model
from hirenet_sales.yaml_file import Problem
from hirenet_sales.yaml_model import did_you_mean

BASELINE = "baseline"
PREDICTIONS = "predictions.csv"


class ModelTable(Kind[ModelTableConfig]):
    """`kind: table`."""

    name = "table"
    config = ModelTableConfig

    def problems(self, values: dict[str, Any], paths: RunPaths) -> list[Problem]:
        """Missing data, rows that ask for streams that are not loaded, Keras where it is needed."""
        return [*data_problems(values, paths), *_row_problems(values)]

    def cells(self, config: ModelTableConfig, paths: RunPaths, progress: Progress) -> list[Cell]:
        """One a row, reading, split and seed; the trivial baselines first in every split."""
        interviews = load(config.data, paths, progress)
        log_completeness(interviews, paths)
        streams = tuple(interviews.streams)
        readings = [(row, read) for row in config.rows for read in row.readings(streams)]
        states = {read: digest(interviews, read) for _, read in [*readings, (None, streams)]}
        limits = dict.fromkeys(row.most for row in config.rows)
        cells = []
        for section in config.splits:
            split = write_split(interviews, section, paths)
            common = {
                "data": config.data.model_dump(mode="json"),
                "split": section.model_dump(mode="json"),
                "split_content": split.read_text(encoding="utf-8"),
                "averaged": config.averaged,
            }
            tested_on = {"dataset": interviews.dataset, "split": section.kind}
            for most in limits:
                keys = {**tested_on, **_limit(most), "row": BASELINE, "seed": 0}
                own = {"data_digest": states[streams], "most": most.model_dump()}
                cells.append(Cell(keys, {**common, **own}))
            for row, read in readings:
                own = {
                    "data_digest": states[read],
                    "most": row.most.model_dump(),
                    "options": row.options,
                    "read": list(read),
                }
                for seed in row.seeds or config.seeds:
                    keys = {
                        **tested_on,
                        **_limit(row.most),
                        "row": row.title,
                        "model": row.model,
                        "streams": "+".join(read),
                        "questions": row.questions,
                        "seed": seed,
                    }
                    cells.append(Cell(keys, {**common, **own}))
        for row in config.rows:  # what a frozen CNN sees is read here, once for all cells
            load_steps(config.data, row.model, row.options, paths, progress)
        return cells

    def run(self, cell: Cell, paths: RunPaths, folder: Path) -> dict[str, Any]:
        """Fit and test one model, or the trivial baselines."""
        averaged = cell.settings["averaged"]
        train, validation, test = cell_parts(cell, paths)
        if cell.keys["row"] == BASELINE:
            return _run_baselines(train, test, folder, averaged)
        model, fit = _fit(cell, train, validation, paths)
        prediction = model.predict(test)
        return {
            "parameters": model.parameters(),
            "trained_on": train.answers_with(_read(cell)),
            "votes": prediction.redraw is not None,
            "fit": fit.name,
            **write_prediction(folder / PREDICTIONS, prediction, train, test),
            "evaluation": evaluate_predictions(prediction, test, train, averaged=averaged),
        }

    def fitted(
        self, cell: Cell, paths: RunPaths, folder: Path
    ) -> tuple[Model, InterviewSet] | None:
        """The cell's model and its test part; None of the trivial baselines."""
        if cell.keys["row"] == BASELINE:
            return None
        train, validation, test = cell_parts(cell, paths)
        return _fit(cell, train, validation, paths)[0], test

    def rows(self, result: Result) -> list[dict[str, Any]]:
        """One a model and seed, or one a trivial baseline, with the mean over the targets."""
        keys, values = result.cell.keys, result.values
        if "baselines" in values:
            return [
                {**keys, "row": name, "model": name, "streams": "", **flat(part["evaluation"])}
                for name, part in values["baselines"].items()
            ]
        own = {
            "parameters": values["parameters"],
            "trained_on": values.get("trained_on"),  # not in what an earlier version left
            "seconds": round(result.seconds, 1),
        }
        return [{**keys, **flat(values["evaluation"]), **own}]

    def tables(
        self, config: ModelTableConfig, results: Sequence[Result], paths: RunPaths
    ) -> list[Table]:
        """One table: means over seeds with intervals, tests against the reference, others' rows."""
        measures = config.measures or measures_of(results)
        first = label_of(measures[0])
        rows = lines(results, config, measures[0])
        notes = [
            "In brackets: 95 % interval of the mean over seeds, by bootstrap over persons (or "
            "source videos) and seeds. Trained on: answers of which anything was read."
        ]
        if any("self-report" in kinds for kinds in map(_label_kinds, results)):
            notes.append("Labels are self-reports, not apparent traits.")
        if config.averaged is not None:
            notes.append(f"Means over {', '.join(config.averaged)}.")
        if config.reference is not None:
            notes.append(
                f"Difference: {first} minus that of {config.reference} (on the same streams where "
                "it was run on them), paired on the same draws; p is two-sided and adjusted for "
                "the number of rows of the split (Holm 1979)."
            )
        for section in config.splits:
            split = split_file(results[0].cell.keys["dataset"], section, paths)
            if split.is_file():
                notes += [f"Split {section.kind}: {note}" for note in Split.load(split).notes]
        notes += dict.fromkeys(
            f"Split {result.cell.keys['split']}: {name} {reason}."
            for result in results
            for name, reason in result.values.get("left_out", {}).items()
        )
        if config.about:
            notes.append(config.about)
        if config.published is not None:
            published = read_published(config.published)
            add_published(rows, published, config)
            if config.differences:
                add_published_differences(rows, config, measures[0])
            printed = any(key.startswith("published_") for row in rows for key in row)
            none = "" if printed else " No printed number stands beside these rows."
            notes.append(f"{published.title}. {published.note}{none}".strip())
        columns = (
            Column("split", "split"),
            Column("title", "model"),
            Column("streams", "streams"),
            *(Column(name, name) for name in config.columns),
            Column("seeds", "seeds"),
            Column("most", "answers at most"),
            Column("trained_on", "trained on"),
            Column("n", "n"),
            *(Column(measure, label_of(measure), config.digits) for measure in measures),
            Column("difference", f"difference in {first}", config.digits),
            Column("p", "p"),
            *(
                Column(f"difference_{m}", f"difference in {label_of(m)}", config.digits)
                for m in config.differences
            ),
            *(
                Column(f"published_{m}", f"published {label_of(m)}", 5 if m == MSE else 4)
                for m in measures
            ),
            Column("published_difference", f"published difference in {first}", 4),
            Column("source", "printed in"),
        )
        return [Table("table", config.title, columns, rows, tuple(notes))]

    def figures(
        self, config: ModelTableConfig, results: list[Result], tables: list[Table], folder: Path
    ) -> list[Path]:
        """The first measure of every row with its interval, a colour a split."""
        measure = (config.measures or measures_of(results))[0]
        return figures.dots(folder / measure, tables[0], measure, label_of(measure))


def cell_parts(cell: Cell, paths: RunPaths) -> tuple[InterviewSet, InterviewSet, InterviewSet]:
    """Training, validation and test part of a cell, with the questions that it is shown."""
    data = DataSection.model_validate(cell.settings["data"])
    split = SplitSection.model_validate(cell.settings["split"])
    options = cell.settings.get("options", {})
    interviews = load_steps(data, cell.keys.get("model", ""), options, paths)
    most = MostSection.model_validate(cell.settings["most"])
    train, validation, test = most.of(parts(interviews, split, paths))
    shown, seed = cell.keys.get("questions", "real"), 3 * cell.keys["seed"]
    return (
        with_questions(train, shown, seed),
        with_questions(validation, shown, seed + 1),
        with_questions(test, shown, seed + 2),
    )


def _limit(most: MostSection) -> dict[str, str]:
    return {"most": str(most)} if str(most) else {}


def _read(cell: Cell) -> tuple[str, ...]:
    """The streams that the cell's model reads."""
    seen = stream_of(cell.keys["model"], cell.settings["options"])
    return (FROZEN_STREAM,) if seen == FROZEN_STREAM else tuple(cell.settings["read"])


def _fit(
    cell: Cell, train: InterviewSet, validation: InterviewSet, paths: RunPaths
) -> tuple[Model, Path]:
    options, seed = cell.settings["options"], cell.keys["seed"]
    return fit_once(
        cell.keys["model"], _read(cell), options, train, validation, seed=seed, paths=paths
    )


def _run_baselines(
    train: InterviewSet, test: InterviewSet, folder: Path, averaged: list[str] | None
) -> dict[str, Any]:
    baselines = {
        name: {
            **write_prediction(folder / f"{BASELINE}-{number}.csv", prediction, train, test),
            "evaluation": evaluate_predictions(prediction, test, train, averaged=averaged),
        }
        for number, (name, prediction) in enumerate(trivial_baselines(train, test).items())
    }
    return {"baselines": baselines, "left_out": baselines_left_out(train, test)}


def _label_kinds(result: Result) -> set[str]:
    """Whose view of a person the labels of a cell are."""
    parts = result.values.get("baselines", {"": result.values}).values()
    return {target.get("label_kind", "") for p in parts for target in p["scored"]["targets"]}


def _row_problems(values: dict[str, Any]) -> Iterable[Problem]:
    """Streams of rows that are not loaded, and options that need what is not installed."""
    data, rows = values.get("data"), values.get("rows")
    data = data if isinstance(data, dict) else {}
    named = data.get("streams")
    loaded = named if isinstance(named, list) else STREAMS
    has = load_card(data["name"]).streams if data.get("name") in card_names() else STREAMS
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        if not isinstance(row, dict):
            continue
        asked = row.get("streams")
        for stream in asked if isinstance(asked, list) else ():
            location = ("rows", number, "streams")
            if stream not in loaded:
                hint = did_you_mean(stream, loaded)
                yield location, f"stream '{stream}' is not in data.streams{hint}"
            elif SENSES.get(stream) not in has:
                yield location, f"data set {data['name']} has no stream '{stream}'"
        if problem := keras_problem(row.get("options")):
            yield ("rows", number, "options", "backbone"), problem
