"""Running an experiment: the cells that are not finished, in parallel processes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from extractors.callbacks import Progress, no_progress
from hirenet_sales.data.completeness import (
    COMPLETENESS,
    Completeness,
    read_completeness,
    summarised,
)
from hirenet_sales.errors import ConfigError
from hirenet_sales.experiment.cell_run import Failure, died, finished, run_cell
from hirenet_sales.experiment.experiment_file import kind_of, read_experiment
from hirenet_sales.experiment.kind import Cell, Experiment, Kind, RunPaths
from hirenet_sales.experiment.loading import RUN
from hirenet_sales.experiment.results_table import Table, write_rows
from hirenet_sales.experiment.run_record import CONFIG, write_record
from hirenet_sales.persist import write_json
from hirenet_sales.run_log import run_log
from hirenet_sales.yaml_model import read_raw

CELLS = "cells.json"
KILLED = "its process was killed from outside, perhaps for want of memory; try --jobs 1"


@dataclass(frozen=True)
class Outcome:
    """What came of an experiment.

    Attributes
    ----------
    config : as it was run
    folder : the run folder
    rows : flat rows of the finished cells
    tables : what they were made into
    figures : files
    failures : cells that could not be run
    missing : cells that were not run yet; only `show` finds any
    data : what was read of each data set
    """

    config: Experiment
    folder: Path
    rows: list[dict[str, Any]]
    tables: list[Table]
    figures: list[Path]
    failures: list[Failure]
    missing: int = 0
    data: dict[str, Completeness] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """What --json writes."""
        return {
            "experiment": self.config.name,
            "kind": self.config.kind,
            "title": self.config.title,
            "folder": str(self.folder),
            "rows": self.rows,
            "tables": {t.name: {"rows": t.rows, "notes": t.notes} for t in self.tables},
            "figures": [str(path) for path in self.figures],
            "failed": [{**f.cell.keys, "reason": f.reason} for f in self.failures],
            "missing": self.missing,
            "data": {name: completeness.to_dict() for name, completeness in self.data.items()},
        }


def run_experiment(
    source: str | Path,
    *,
    root: Path | None = None,
    out: Path | None = None,
    dataset: str | None = None,
    cache: Path | None = None,
    quick: bool = False,
    jobs: int | None = None,
    progress: Progress = no_progress,
) -> Outcome:
    """Run what is not finished yet, then write tables and figures.

    Parameters
    ----------
    source : a YAML's path, or the name of a shipped experiment
    root : folder of the data set
    out : run folder; default runs/<name>, with -quick for a quick run
    dataset : replaces the data set that the YAML names
    cache : of extracted features and fits; default: the user's cache folder
    quick : the short form that the YAML describes
    jobs : cells at the same time; default: one a processor
    progress : called with the stage, what is done, and the total

    Raises
    ------
    ConfigError
        with every problem of the YAML and its data, before anything starts.
    """
    paths = RunPaths(Path(), root, cache)
    kind, config = read_experiment(source, paths, quick=quick, dataset=dataset)
    out = out or Path("runs") / (f"{config.name}-quick" if quick else config.name)
    if out.exists() and any(out.iterdir()) and not (out / CONFIG).is_file():
        raise ConfigError(f"{out}: holds other things than a run; give an empty folder with --out")
    paths = RunPaths(out.resolve(), root and root.resolve(), cache and cache.resolve())
    write_record(config, paths, quick=quick)
    with run_log(paths.folder, RUN) as log:
        (paths.folder / COMPLETENESS).unlink(missing_ok=True)  # of an earlier start
        cells = kind.cells(config, paths, progress)
        log.info("%s: %d cells", config.name, len(cells))
        folders = [None if path is None else str(path) for path in (paths.root, paths.cache)]
        content = {"place": folders, "cells": [asdict(cell) for cell in cells]}
        write_json(paths.folder / CELLS, content)
        failures = _run_all(kind, cells, paths, jobs, progress, log)
        progress("tables", 0, 1)
        outcome = conclude(kind, config, cells, paths, failures)
        progress("tables", 1, 1)
    return outcome


def show_experiment(folder: Path) -> Outcome:
    """The tables of a run folder, from the cells that are finished.

    Raises
    ------
    ConfigError
        if the folder is no run folder, or one of a version that this one cannot read.
    """
    kind, config, cells, paths = read_run(folder)
    return conclude(kind, config, cells, paths, [])


def read_run(folder: Path) -> tuple[Kind[Any], Experiment, list[Cell], RunPaths]:
    """The cells that a run folder was made for; see `cell_run.finished` for their results.

    Raises
    ------
    ConfigError
    """
    if not (folder / CONFIG).is_file() or not (folder / CELLS).is_file():
        raise ConfigError(f"{folder}: holds no run; give a folder that `experiment run` wrote")
    raw = read_raw(folder / CONFIG, ConfigError)
    kind = kind_of(raw)
    config = raw.validate(kind.config, ConfigError)
    try:
        content = json.loads((folder / CELLS).read_text(encoding="utf-8"))
        cells = [Cell(cell["keys"], cell["settings"]) for cell in content["cells"]]
        paths = RunPaths(folder.resolve(), *(p and Path(p) for p in content["place"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{folder / CELLS}: not a list of cells ({error})") from error
    return kind, config, cells, paths


def conclude(
    kind: Kind[Any],
    config: Experiment,
    cells: Sequence[Cell],
    paths: RunPaths,
    failures: list[Failure],
) -> Outcome:
    """Write cells.csv, the tables and the figures of the cells that are finished."""
    results = [result for cell in cells if (result := finished(cell, paths)) is not None]
    rows = [row for result in results for row in kind.rows(result)]
    data = read_completeness(paths.folder)
    notes: list[str] = []  # what was read of the data, and what was lost
    for name, completeness in data.items():
        notes.append(f"Data, {completeness.counted(name)}")
        notes += [f"Lost: {sentence}" for sentence in summarised(completeness.losses)]
    tables = kind.tables(config, results, paths) if results else []
    tables = [replace(table, notes=(*table.notes, *notes)) for table in tables]
    write_rows(paths.folder / "cells.csv", rows)
    for table in tables:
        table.write(paths.folder)
    folder = paths.folder / "figures"
    folder.mkdir(exist_ok=True)
    figures = kind.figures(config, results, tables, folder) if results else []
    missing = len(cells) - len(results) - len(failures)
    return Outcome(config, paths.folder, rows, tables, figures, failures, missing, data)


def _run_all(
    kind: Kind[Any],
    cells: Sequence[Cell],
    paths: RunPaths,
    jobs: int | None,
    progress: Progress,
    log: logging.Logger,
) -> list[Failure]:
    """Run the cells that are not finished, and give those that failed."""
    left = [cell for cell in cells if finished(cell, paths) is None]
    done = len(cells) - len(left)
    failures: list[Failure] = []
    progress("cells", done, len(cells))

    def note(cell: Cell, failure: Failure | None) -> None:
        nonlocal done
        done += 1
        progress("cells", done, len(cells))
        log.info("%s: %s", cell.name, failure.reason if failure else "finished")
        failures.extend([failure] if failure else [])
        left.remove(cell)

    while left:
        workers = min(jobs or joblib.cpu_count(), len(left))
        running = joblib.Parallel(workers, return_as="generator_unordered", batch_size=1)(
            joblib.delayed(_run_one)(kind.name, cell, paths)
            for cell in list(left)  # note() shortens left
        )
        try:
            for cell, failure in running:
                note(cell, failure)
        except TerminatedWorkerError:  # one process was killed and took the others with it
            for cell in [cell for cell in left if died(cell, paths)]:
                note(cell, _run_apart(kind.name, cell, paths))
            for cell in [cell for cell in left if finished(cell, paths)]:
                note(cell, None)
    return failures


def _run_apart(kind_name: str, cell: Cell, paths: RunPaths) -> Failure | None:
    """Run a cell with no other beside it: if its process is killed again, it is its own fault."""
    try:
        [(_, failure)] = joblib.Parallel(2)([joblib.delayed(_run_one)(kind_name, cell, paths)])
    except TerminatedWorkerError:
        return Failure(cell, KILLED)
    result: Failure | None = failure
    return result


def _run_one(kind_name: str, cell: Cell, paths: RunPaths) -> tuple[Cell, Failure | None]:
    return cell, run_cell(kind_name, cell, paths)
