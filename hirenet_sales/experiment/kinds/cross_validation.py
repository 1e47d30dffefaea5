"""What a question is worth: cross-validation over people, and questions that were never seen.

Every person is in the test part of one fold, so that a measure is over everybody. The folds are the
same for all rows and seeds: rows are compared on the same people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationInfo, field_validator
from sklearn.model_selection import GroupShuffleSplit, KFold

from extractors.callbacks import Progress
from hirenet_sales.data.interview_set import InterviewSet
from hirenet_sales.data.question_condition import with_questions
from hirenet_sales.data.section import DataSection
from hirenet_sales.evaluation.baselines import trivial_baselines
from hirenet_sales.experiment import figures
from hirenet_sales.experiment.fits import fit_once
from hirenet_sales.experiment.kind import Cell, Experiment, Kind, Result, RunPaths, Some
from hirenet_sales.experiment.kinds.cross_validation_lines import (
    by_question,
    by_row,
    unseen_lines,
)
from hirenet_sales.experiment.kinds.model_rows import RowSection
from hirenet_sales.experiment.loading import data_problems, digest, load, log_completeness
from hirenet_sales.experiment.predictions import score, write_prediction, write_scored
from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.models.model import AttentionModel, Model
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_file import Problem
from hirenet_sales.yaml_model import require_one

FOLDS_SEED = 0
CHOOSE_SHARE = 0.1  # of the training people, by whom an epoch is chosen
BASELINE = "baseline"
ALL = "all.csv"  # predictions from all answers


class CrossValidationConfig(Experiment):
    """Rows of a table, each cross-validated.

    Attributes
    ----------
    folds : people are parted into; a fold is tested on by what the others taught
    rows : models, and the questions that they are shown, in training and in the test; each reads
        one set of streams
    reference : title of the row that others are tested against
    unseen : titles of rows that are also trained without one question at a time, and tested on the
        answers to that question alone; needs a set that asks everybody the same questions
    unseen_seeds : seeds of these, since there are as many trainings as questions
    single : titles of rows whose estimates from single answers are shown by question and trait
    """

    data: DataSection
    folds: int = Field(5, ge=2)
    rows: Some[RowSection]
    reference: str
    unseen: tuple[str, ...] = ()
    unseen_seeds: Some[int] = (0,)
    single: tuple[str, ...] = ()

    @field_validator("reference", "unseen", "single")
    @classmethod
    def _rows_there(cls, names: str | tuple[str, ...], info: ValidationInfo) -> Any:
        titles = [row.title for row in info.data.get("rows", ())]
        for name in [names] if isinstance(names, str) else names:
            if titles:
                require_one("row", name, titles)
        return names


class CrossValidation(Kind[CrossValidationConfig]):
    """`kind: cross_validation`."""

    name = "cross_validation"
    config = CrossValidationConfig

    def problems(self, values: dict[str, Any], paths: RunPaths) -> list[Problem]:
        """Missing data."""
        return data_problems(values, paths)

    def cells(
        self, config: CrossValidationConfig, paths: RunPaths, progress: Progress
    ) -> list[Cell]:
        """One a row, seed and fold; then those without a question."""
        interviews = load(config.data, paths, progress)
        log_completeness(interviews, paths)
        asked = [*dict.fromkeys(interviews.question_ids[0])] if config.unseen else []
        runs = [(row, "", row.seeds or config.seeds) for row in config.rows]
        runs += [
            (row, question, (row.seeds or config.unseen_seeds)[: len(config.unseen_seeds)])
            for row in config.rows
            if row.title in config.unseen
            for question in asked
        ]
        common = {
            "data": config.data.model_dump(mode="json"),
            "data_digest": digest(interviews),
            "folds": config.folds,
        }
        keys = {"dataset": interviews.dataset, "row": BASELINE, "questions": "real", "unseen": ""}
        cells = [Cell({**keys, "seed": 0, "fold": f}, common) for f in range(config.folds)]
        for row, question, seeds in runs:
            streams = row.readings(tuple(interviews.streams))[0]
            settings = {
                "data": config.data.model_dump(mode="json"),
                "data_digest": digest(interviews, streams),
                "folds": config.folds,
                "options": row.options,
                "read": list(streams),
                "single": row.title in config.single and not question,
            }
            keys = {
                "dataset": interviews.dataset,
                "row": row.title,
                "model": row.model,
                "questions": row.questions,
                "unseen": question,
            }
            cells += [
                Cell({**keys, "seed": seed, "fold": fold}, settings)
                for seed in seeds
                for fold in range(config.folds)
            ]
        return cells

    def run(self, cell: Cell, paths: RunPaths, folder: Path) -> dict[str, Any]:
        """Fit one model, and write its estimates of the fold's people; or the baselines'."""
        train, _, test = _parts(cell, paths)
        if cell.keys["row"] == BASELINE:
            baselines = trivial_baselines(train, test)
            return {
                "n": len(test),
                "parameters": 0,
                "baselines": {
                    name: write_prediction(folder / f"baseline-{k}.csv", values, train, test)
                    for k, (name, values) in enumerate(baselines.items())
                },
            }
        model = _fitted(cell, paths)
        prediction = model.predict(test)
        values: dict[str, Any] = {
            "n": len(test),
            "parameters": model.parameters(),
            "scored": write_scored(folder / ALL, score(prediction, train, test), test),
            "words": _words(test),
        }
        if isinstance(model, AttentionModel):
            steps = model.attentions(test)
            answers = steps.drop_duplicates(["interview", "stream", "answer"])
            voi = answers.groupby("question_id")["voi_question"].mean()
            values["voi"] = {str(name): float(value) for name, value in voi.items()}
        if cell.settings["single"]:
            for question in dict.fromkeys(test.question_ids[0]):
                alone = _only(test, (question,))
                estimates = score(model.predict(alone), train, alone)
                write_scored(folder / f"{question}.csv", estimates, alone)
            values["single"] = [*dict.fromkeys(test.question_ids[0])]
        return values

    def fitted(
        self, cell: Cell, paths: RunPaths, folder: Path
    ) -> tuple[Model, InterviewSet] | None:
        """The cell's model and its test part; None of the trivial baselines."""
        if cell.keys["row"] == BASELINE:
            return None
        return _fitted(cell, paths), _parts(cell, paths)[2]

    def rows(self, result: Result) -> list[dict[str, Any]]:
        """One a cell."""
        own = {key: result.values[key] for key in ("n", "parameters")}
        return [{**result.cell.keys, **own, "seconds": round(result.seconds, 1)}]

    def tables(
        self, config: CrossValidationConfig, results: Sequence[Result], paths: RunPaths
    ) -> list[Table]:
        """All rows; questions never seen; single questions by trait, with attention and length."""
        notes = (
            f"r over everybody, each estimated by a model that was trained on the other "
            f"{config.folds - 1} of {config.folds} folds of people; mean over the seeds, in "
            "brackets the 95 % interval by bootstrap over people and seeds. The mean predictor "
            "says the same of everybody and has no r; skill is the error that is saved beside it.",
            f"Difference: r minus that of {config.reference}, paired by person on the same draws; "
            "p is two-sided and adjusted for the number of rows (Holm 1979).",
        )
        traits = tuple(Column(f"r_{trait}", f"r {trait}") for trait in TRAITS)
        head = (
            Column("title", "model"),
            Column("seeds", "seeds"),
            Column("people", "people"),
            Column("r", "r"),
            Column("difference", "difference in r"),
            Column("p", "p"),
            Column("skill", "skill"),
        )
        about = (config.about,) if config.about else ()
        lines = by_row(results, config.reference)
        tables = [Table("table", config.title, (*head, *traits), lines, (*notes, *about))]
        if unseen := unseen_lines(results):
            columns = (
                Column("title", "model"),
                Column("unseen", "question never seen"),
                Column("seeds", "seeds"),
                Column("r", "r, mean over traits"),
                Column("r_own", "r of its own trait"),
            )
            note = "Trained on the answers to the others, tested on the answers to this one alone."
            tables.append(Table("unseen", "Questions never seen", columns, unseen, (note,)))
        if single := by_question(results):
            questions = (
                Column("title", "model"),
                Column("question", "answer to the question for"),
                *traits,
                Column("voi", "value of interest", 2),
                Column("words", "words, median", 0),
            )
            note = (
                "Estimates from the answer to one question alone. Value of interest: attention to "
                "the question times the number of questions, 1 = average."
            )
            tables.append(Table("single", "Trait by question", questions, single, (note,)))
        return tables

    def figures(
        self,
        config: CrossValidationConfig,
        results: list[Result],
        tables: list[Table],
        folder: Path,
    ) -> list[Path]:
        """R of every row with its interval."""
        rows = [{**row, "split": "people"} for row in tables[0].rows]
        return figures.dots(folder / "r", replace(tables[0], rows=rows), "r", "r")


def _fitted(cell: Cell, paths: RunPaths) -> Model:
    train, validation, _ = _parts(cell, paths)
    keys, settings = cell.keys, cell.settings
    model, _ = fit_once(
        keys["model"],
        settings["read"],
        settings["options"],
        train,
        validation,
        seed=keys["seed"],
        paths=paths,
    )
    return model


def _parts(cell: Cell, paths: RunPaths) -> tuple[InterviewSet, InterviewSet, InterviewSet]:
    """Training, validation and test part of a fold, with the questions that the row is shown."""
    keys = cell.keys
    interviews = load(DataSection.model_validate(cell.settings["data"]), paths)
    people = np.unique(interviews.people)
    folds = KFold(cell.settings["folds"], shuffle=True, random_state=FOLDS_SEED).split(people)
    rest, tested = [*folds][keys["fold"]]
    shown = with_questions(interviews, keys["questions"], keys["seed"])
    if keys["unseen"]:  # by the real question, whatever is shown
        others = [q for q in dict.fromkeys(interviews.question_ids[0]) if q != keys["unseen"]]
        seen, alone = _only(shown, others, interviews), _only(shown, (keys["unseen"],), interviews)
    else:
        seen = alone = shown
    learn = np.flatnonzero(np.isin(interviews.people, people[rest]))
    groups = interviews.people[learn]
    shuffle = GroupShuffleSplit(1, test_size=CHOOSE_SHARE, random_state=keys["fold"])
    train, choose = next(shuffle.split(learn, groups=groups))
    test = alone.take(np.flatnonzero(np.isin(interviews.people, people[tested])))
    return seen.take(learn[train]), seen.take(learn[choose]), test


def _only(
    shown: InterviewSet, questions: Sequence[str], real: InterviewSet | None = None
) -> InterviewSet:
    """The answers to some questions."""
    asked = (real or shown).question_ids
    return shown.take_answers([[k for k, q in enumerate(ids) if q in questions] for ids in asked])


def _words(interviews: InterviewSet) -> dict[str, float]:
    """Median number of words by question."""
    counts: dict[str, list[int]] = {}
    for ids, answers in zip(interviews.question_ids, interviews.words, strict=True):
        for question, words in zip(ids, answers, strict=True):
            counts.setdefault(question, []).append(sum(len(text.split()) for text in words))
    return {question: float(np.median(own)) for question, own in counts.items()}
