"""Salience study: tables, tidy data and figures of attention, from run folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from extractors.callbacks import Progress
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.experiment.cell_run import cell_folder, finished
from hirenet_sales.experiment.kind import Cell
from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.experiment.run import read_run
from hirenet_sales.models.model import AttentionModel
from hirenet_sales.salience import attention_figures
from hirenet_sales.salience.value_of_interest import (
    by_answer,
    question_means,
    question_variance,
    word_means,
)

LISTED_WORDS = 20  # as many as the paper speaks of
SHOWN_KEYS = ("dataset", "split", "row", "model", "streams", "stream", "questions", "seed")
MODEL_COLUMNS = (
    Column("model", "model"),
    Column("variant", "variant"),
    Column("streams", "read"),
    Column("split", "split"),
)
VOI = Column("voi", "value of interest", 2)


@dataclass(frozen=True)
class Study:
    """Output of a salience study.

    Attributes
    ----------
    folder : with <table>.csv, <table>.md, the tidy answers and steps, and figures/
    tables : variance, questions, positions, words
    """

    folder: Path
    tables: list[Table]


def study_salience(
    runs: Sequence[Path],
    dataset: str,
    out: Path,
    *,
    root: Path | None = None,
    minimum_count: int = 5,
    progress: Progress | None = None,
) -> Study:
    """Read the attention of every finished model of some runs on its test part.

    Parameters
    ----------
    runs : folders of `experiment run`
    dataset : cells of this data set are read
    out : where tables, tidy data and figures go
    root : folder of the data set; default: where the run found it
    minimum_count : of a word, to be listed

    Raises
    ------
    ConfigError
        if no run has a finished model with attention on that data set.
    DatasetError
        if its data no longer exist.
    """
    steps = _attentions(runs, dataset, root, progress or (lambda stage, done, total: None))
    out.mkdir(parents=True, exist_ok=True)
    answers = by_answer(steps)
    _write_tidy(out / "steps", steps)
    _write_tidy(out / "answers", answers)
    several = answers["position"].nunique() > 1
    positions = question_means(answers, ["position"]) if several else None
    words = word_means(steps, minimum_count)
    note = (
        "Value of interest: attention times the number of items that share it; 1 = average. In "
        "brackets: 95 % bootstrap interval over people. Attention says where a model looked, not "
        "whether that moved its estimate up or down."
    )
    stream = Column("stream", "stream")
    question = Column("question", "question")
    tables = [
        Table(
            "variance",
            f"Variance between questions, {dataset}",
            (
                *MODEL_COLUMNS,
                stream,
                Column("questions", "questions"),
                Column("variance", "variance of the means", 4),
                Column("share", "share of all variance"),
            ),
            _rows(question_variance(answers)),
            (note,),
        ),
        Table(
            "questions",
            f"Mean value of interest by question, {dataset}",
            (*MODEL_COLUMNS, stream, question, Column("answers", "answers"), VOI),
            _rows(question_means(answers)),
            (note,),
        ),
    ]
    if positions is not None:
        tables.append(
            Table(
                "positions",
                f"Mean value of interest by job position and question, {dataset}",
                (
                    *MODEL_COLUMNS,
                    stream,
                    Column("position", "position"),
                    question,
                    Column("answers", "answers"),
                    VOI,
                ),
                _rows(positions),
                (note,),
            )
        )
    if len(words):
        tables.append(
            Table(
                "words",
                f"Words by mean value of interest, {dataset}",
                (*MODEL_COLUMNS, Column("word", "word"), Column("count", "count"), VOI),
                _rows(words),
                (note, f"Words that occur at least {minimum_count} times in the test part."),
            )
        )
    for table in tables:
        table.write(out)
    attention_figures.draw(out / "figures", steps, question_means(answers, ["position"]), words)
    return Study(out, [_shortened(table) for table in tables])


def _attentions(
    runs: Sequence[Path], dataset: str, root: Path | None, report_progress: Progress
) -> pd.DataFrame:
    """One row a step of every test answer, model and seed."""
    frames: list[pd.DataFrame] = []
    for folder in runs:
        kind, _, cells, location = read_run(folder)
        location = replace(location, root=root or location.root)
        if location.root is not None and not location.root.is_dir():
            raise DatasetError(f"{location.root}: the data of {folder} are not there; give --root")
        wanted = [cell for cell in cells if _reads(cell, dataset) and finished(cell, location)]
        for done, cell in enumerate(wanted):
            report_progress(f"attention, {folder.name}", done, len(wanted))
            fitted = kind.fitted(cell, location, cell_folder(cell, location))
            if fitted is None:
                continue
            model, test = fitted
            read = model.streams
            if not isinstance(model, AttentionModel):
                continue
            steps = model.attentions(test)
            columns: dict[str, Any] = {
                "run": folder.name,
                "cell": cell.name,
                "model": cell.keys.get("row", cell.keys["model"]),
                "variant": _variant(cell),
                "streams": "+".join(read),
                "split": cell.keys.get("split", ""),
                "seed": cell.keys["seed"],
            }
            for position, (column, value) in enumerate(columns.items()):
                steps.insert(position, column, value)
            frames.append(steps)
        report_progress(f"attention, {folder.name}", len(wanted), len(wanted))
    if not frames:
        names = ", ".join(str(folder) for folder in runs)
        raise ConfigError(
            f"{names}: no finished model with attention on data set '{dataset}'; run an experiment "
            "with hirenet or hn_satt on it first"
        )
    return pd.concat(frames, ignore_index=True)


def _reads(cell: Cell, dataset: str) -> bool:
    """Whether a cell is on the data set, with the real questions."""
    name = cell.keys.get("dataset", cell.settings.get("data", {}).get("name"))
    matches: bool = name == dataset and cell.keys.get("questions", "real") == "real"
    return matches


def _variant(cell: Cell) -> str:
    """Further options of the cell, such as "steps 8"."""
    options = {key: value for key, value in cell.keys.items() if key not in SHOWN_KEYS}
    return ", ".join(f"{key} {value}" for key, value in options.items())


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(key): value for key, value in row.items() if not pd.isna(value)}
        for row in frame.to_dict("records")
    ]


def _write_tidy(path: Path, frame: pd.DataFrame) -> None:
    """Write path.csv, and path.parquet where pyarrow is installed."""
    frame.to_csv(path.with_suffix(".csv"), index=False)
    if find_spec("pyarrow") is not None:
        frame.to_parquet(path.with_suffix(".parquet"), index=False)


def _shortened(table: Table) -> Table:
    """The table for printing: only the first words of every model."""
    if table.name != "words":
        return table
    listed: dict[tuple[Any, ...], int] = {}
    rows = []
    for row in table.rows:
        model = tuple(row[column.key] for column in MODEL_COLUMNS)
        listed[model] = listed.get(model, 0) + 1
        if listed[model] <= LISTED_WORDS:
            rows.append(row)
    return replace(table, rows=rows)
