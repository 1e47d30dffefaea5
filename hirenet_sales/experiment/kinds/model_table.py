"""Tables of models: data set x split x model x streams x questions, several seeds each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hirenet_sales.data.card import card_names, load_card
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.split_section import SplitSection
from hirenet_sales.data.splits import Split
from hirenet_sales.evaluation.baselines import baselines_left_out, trivial_baselines
from hirenet_sales.evaluation.table import evaluate_predictions
from hirenet_sales.experiment import figures
from hirenet_sales.experiment.data import (
    STREAMS,
    DataSection,
    data_problems,
    digest,
    load,
    parts,
    split_file,
    tell_completeness,
    write_split,
)
from hirenet_sales.experiment.kind import Cell, Kind, Place, Progress, Result
from hirenet_sales.experiment.kinds.model_lines import flat, lines, measures_of
from hirenet_sales.experiment.kinds.model_rows import MEASURES, ModelTableConfig
from hirenet_sales.experiment.predictions import score, write_scored
from hirenet_sales.experiment.published import read_published
from hirenet_sales.experiment.questions import with_questions
from hirenet_sales.experiment.table import Column, Table
from hirenet_sales.experiment.unfitted import unfitted
from hirenet_sales.models.model import Model
from hirenet_sales.yaml_model import Problem, did_you_mean

BASELINE = "baseline"
PREDICTIONS = "predictions.csv"
FIT = "fit"


class ModelTable(Kind[ModelTableConfig]):
    """`kind: table`."""

    name = "table"
    config = ModelTableConfig

    def problems(self, values: dict[str, Any], place: Place) -> list[Problem]:
        """Missing data, and rows that ask for streams that are not loaded."""
        return [*data_problems(values, place), *_absent_streams(values)]

    def cells(self, config: ModelTableConfig, place: Place, tell: Progress) -> list[Cell]:
        """One a row, reading, split and seed; the trivial baselines first in every split."""
        interviews = load(config.data, place, tell)
        tell_completeness(interviews, place)
        state = digest(interviews)
        found = []
        for section in config.splits:
            split = write_split(interviews, section, place)
            common = {
                "data": config.data.model_dump(mode="json"),
                "data_digest": state,
                "split": section.model_dump(mode="json"),
                "split_content": split.read_text(encoding="utf-8"),
            }
            where = {"dataset": interviews.dataset, "split": section.kind}
            found.append(Cell({**where, "row": BASELINE, "seed": 0}, common))
            for row in config.rows:
                for streams in row.readings(tuple(interviews.streams)):
                    for seed in config.seeds[:1] if row.once else config.seeds:
                        keys = {
                            **where,
                            "row": row.title,
                            "model": row.model,
                            "streams": "+".join(streams),
                            "questions": row.questions,
                            "seed": seed,
                        }
                        settings = {**common, "options": row.options, "read": list(streams)}
                        found.append(Cell(keys, settings))
        return found

    def run(self, cell: Cell, place: Place, folder: Path) -> dict[str, Any]:
        """Fit and test one model, or the trivial baselines."""
        train, validation, test = cell_parts(cell, place)
        if cell.keys["row"] == BASELINE:
            return _run_baselines(train, test, folder)
        model = _fit(cell, train, validation, folder)
        prediction = model.predict(test)
        return {
            "parameters": model.parameters(),
            "trained_on": train.answers_with(cell.settings["read"]),
            "votes": prediction.redraw is not None,
            "file": PREDICTIONS,
            "scored": write_scored(folder / PREDICTIONS, score(prediction, train, test), test),
            "evaluation": evaluate_predictions(prediction, test, train),
        }

    def fitted(self, cell: Cell, place: Place, folder: Path) -> tuple[Model, InterviewSet] | None:
        """The cell's model and its test part; None of the trivial baselines."""
        if cell.keys["row"] == BASELINE:
            return None
        train, validation, test = cell_parts(cell, place)
        return _fit(cell, train, validation, folder), test

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
        self, config: ModelTableConfig, results: Sequence[Result], place: Place
    ) -> list[Table]:
        """One table: means over seeds with intervals, tests against the reference, others' rows."""
        measures = config.measures or measures_of(results)
        first = MEASURES[measures[0]]
        found = lines(results, config.reference, measures[0])
        notes = [
            "In brackets: 95 % interval of the mean over seeds, by bootstrap over persons (or "
            "source videos) and seeds. Trained on: answers of which anything was read."
        ]
        if config.reference is not None:
            notes.append(
                f"Difference: {first} minus that of {config.reference} (on the same streams where "
                "it was run on them), paired on the same draws; p is two-sided and adjusted for "
                "the number of rows of the split (Holm 1979)."
            )
        for section in config.splits:
            split = split_file(results[0].cell.keys["dataset"], section, place)
            told = Split.load(split).notes if split.is_file() else ()
            notes += [f"Split {section.kind}: {sentence}" for sentence in told]
        notes += _left_out(results)
        extra: dict[str, None] = {}
        if config.published is not None:
            published = read_published(config.published)
            for line in found:
                beside = published.beside(line["dataset"], line)
                line.update({f"published_{measure}": value for measure, value in beside.items()})
                extra.update(dict.fromkeys(beside))
            none = "" if extra else " No printed number stands beside these rows."
            notes.append(f"{published.title}. {published.note}{none}".strip())
        columns = (
            Column("split", "split"),
            Column("title", "model"),
            Column("streams", "streams"),
            Column("seeds", "seeds"),
            Column("trained_on", "trained on"),
            Column("n", "n"),
            *(Column(measure, MEASURES[measure]) for measure in measures),
            Column("difference", f"difference in {first}"),
            Column("p", "p"),
            *(Column(f"published_{m}", f"published {MEASURES.get(m, m)}", 4) for m in extra),
        )
        return [Table("table", config.title, columns, found, tuple(notes))]

    def figures(
        self, config: ModelTableConfig, results: Sequence[Result], place: Place
    ) -> list[Path]:
        """The first measure of every row with its interval, a colour a split."""
        [table] = self.tables(config, results, place)
        measure = (config.measures or measures_of(results))[0]
        return figures.dots(place.folder / "figures" / measure, table, measure, MEASURES[measure])


def cell_parts(cell: Cell, place: Place) -> tuple[InterviewSet, InterviewSet, InterviewSet]:
    """Training, validation and test part of a cell, with the questions that it is told."""
    data = DataSection.model_validate(cell.settings["data"])
    split = SplitSection.model_validate(cell.settings["split"])
    train, validation, test = parts(load(data, place), split, place)
    told, seed = cell.keys.get("questions", "real"), 3 * cell.keys["seed"]
    return (
        with_questions(train, told, seed),
        with_questions(validation, told, seed + 1),
        with_questions(test, told, seed + 2),
    )


def _fit(cell: Cell, train: InterviewSet, validation: InterviewSet, folder: Path) -> Model:
    model = unfitted(cell.keys["model"], cell.settings["read"], cell.settings["options"])
    model.fit(train, validation, seed=cell.keys["seed"], folder=folder / FIT)
    return model


def _run_baselines(train: InterviewSet, test: InterviewSet, folder: Path) -> dict[str, Any]:
    found = {}
    for number, (name, prediction) in enumerate(trivial_baselines(train, test).items()):
        file = f"{BASELINE}-{number}.csv"
        found[name] = {
            "file": file,
            "scored": write_scored(folder / file, score(prediction, train, test), test),
            "evaluation": evaluate_predictions(prediction, test, train),
        }
    return {"baselines": found, "left_out": baselines_left_out(train, test)}


def _left_out(results: Sequence[Result]) -> list[str]:
    return [
        f"Split {result.cell.keys['split']}: {name} {reason}."
        for result in results
        for name, reason in result.values.get("left_out", {}).items()
    ]


def _absent_streams(values: dict[str, Any]) -> Iterable[Problem]:
    """Streams of rows that are not loaded, or that the data set never has."""
    data, rows = values.get("data"), values.get("rows")
    data = data if isinstance(data, dict) else {}
    named = data.get("streams")
    loaded = named if isinstance(named, list) else STREAMS
    has = load_card(data["name"]).streams if data.get("name") in card_names() else STREAMS
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        asked = row.get("streams") if isinstance(row, dict) else None
        for stream in asked if isinstance(asked, list) else ():
            place = ("rows", number, "streams")
            if stream not in loaded:
                yield (
                    place,
                    f"stream '{stream}' is not in data.streams{did_you_mean(stream, loaded)}",
                )
            elif stream not in has:
                yield place, f"data set {data['name']} has no stream '{stream}'"
