"""Salience study: tables, tidy data and figures of attention, from run folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd

from extractors.callbacks import Progress, no_progress
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.experiment.cell_run import cell_folder, finished
from hirenet_sales.experiment.kind import Cell
from hirenet_sales.experiment.results_table import Column, Table
from hirenet_sales.experiment.run import read_run
from hirenet_sales.models.model import AttentionModel
from hirenet_sales.salience import attention_figures
from hirenet_sales.salience.value_of_interest import (
    MODEL,
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
    tables : variance, questions, positions, and of words only the first of every model
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
    progress: Progress = no_progress,
) -> Study:
    """Read the attention of every finished model of some runs on its test part.

    Parameters
    ----------
    runs : folders of `experiment run`
    dataset : cells of this data set are read
    out : where tables, tidy data and figures go
    root : folder of the data set; default: that of the run
    minimum_count : of a word, to be listed

    Raises
    ------
    ConfigError
        if no run has a finished model with attention on that data set.
    DatasetError
        if its data no longer exist.
    """
    steps = _attentions(runs, dataset, root, progress)
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
    stream, question = Column("stream", "stream"), Column("question", "question")
    asked = Column("answers", "answers")

    def table(
        name: str, title: str, frame: pd.DataFrame, *columns: Column, notes: Sequence[str] = ()
    ) -> Table:
        columns = (*MODEL_COLUMNS, *columns)
        return Table(name, f"{title}, {dataset}", columns, _rows(frame), (note, *notes))

    shares = (
        Column("questions", "questions"),
        Column("variance", "variance of the means", 4),
        Column("share", "share of all variance"),
    )
    title, by_question = "Mean value of interest by question", question_means(answers)
    tables = [
        table(
            "variance", "Variance between questions", question_variance(answers), stream, *shares
        ),
        table("questions", title, by_question, stream, question, asked, VOI),
    ]
    if positions is not None:
        title = "Mean value of interest by job position and question"
        position = Column("position", "position")
        tables.append(table("positions", title, positions, stream, position, question, asked, VOI))
    for each in tables:
        each.write(out)
    if len(words):
        of_words = partial(
            table,
            "words",
            "Words by mean value of interest",
            notes=[f"Words that occur at least {minimum_count} times in the test part."],
        )
        columns = (Column("word", "word"), Column("count", "count"), VOI)
        of_words(words, *columns).write(out)
        tables.append(of_words(words.groupby(MODEL, sort=False).head(LISTED_WORDS), *columns))
    attention_figures.draw(out / "figures", steps, question_means(answers, ["position"]), words)
    return Study(out, tables)


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
