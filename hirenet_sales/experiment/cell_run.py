"""Running one cell in a process of its own, and recognising one that is finished."""

from __future__ import annotations

import json
import logging
import shutil
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hirenet_sales.errors import HirenetSalesError
from hirenet_sales.experiment.kind import Cell, Result, RunPaths
from hirenet_sales.experiment.kinds import KINDS
from hirenet_sales.persist import write_whole

CELL, RESULT, LOG, STARTED = "cell.json", "result.json", "log.txt", "started"
CHATTY = ("lightning.pytorch", "lightning.fabric")  # print to the terminal by handlers of their own


@dataclass(frozen=True)
class Failure:
    """A cell that could not be run, and why."""

    cell: Cell
    reason: str


def cell_folder(cell: Cell, paths: RunPaths) -> Path:
    """Where a cell writes."""
    return paths.folder / "cells" / cell.name


def finished(cell: Cell, paths: RunPaths) -> Result | None:
    """The result of a finished cell of the same keys and settings, or None."""
    folder = cell_folder(cell, paths)
    path = folder / RESULT
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["digest"] != cell.digest:
            return None
        return Result(cell, folder, content["values"], content["seconds"])
    except (ValueError, KeyError, TypeError):  # damaged: it is run again
        return None


def died(cell: Cell, paths: RunPaths) -> bool:
    """Whether a cell was begun and its process ended without a word."""
    return (cell_folder(cell, paths) / STARTED).exists()


def run_cell(kind_name: str, cell: Cell, paths: RunPaths) -> Failure | None:
    """Run a cell and write its result; an interrupted one goes on from what it left.

    Returns
    -------
    The reason if it failed; the trace is in the cell's log.txt.
    """
    from extractors.threads import single_torch_thread  # imports torch, which tables do not need

    folder = cell_folder(cell, paths)
    description = folder / CELL
    content = json.dumps({"digest": cell.digest, **asdict(cell)}, indent=2) + "\n"
    if folder.exists() and not (
        description.is_file() and description.read_text("utf-8") == content
    ):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(description, content)
    started = folder / STARTED
    started.touch()
    begin = time.perf_counter()
    with _logged(folder / LOG) as log:
        try:
            with single_torch_thread():  # cells run side by side
                values = KINDS[kind_name]().run(cell, paths, folder)
            result = {
                "digest": cell.digest,
                "values": values,
                "seconds": time.perf_counter() - begin,
            }
            write_whole(folder / RESULT, json.dumps(result, indent=2) + "\n")
            log.info("finished after %.1f s", result["seconds"])
            failure = None
        except HirenetSalesError as error:
            failure = Failure(cell, str(error))
            log.error("%s", error)
        except Exception as error:  # a fault of ours in one cell must not lose the others
            failure = Failure(cell, f"{type(error).__name__}: {error} (see {folder / LOG})")
            log.error("%s", traceback.format_exc())
    started.unlink()
    return failure


@contextmanager
def _logged(path: Path) -> Iterator[logging.Logger]:
    """Everything that is logged or warned goes into the file and not to the terminal."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log = logging.getLogger("hirenet_sales.experiment")
    loggers = [log, *(logging.getLogger(name) for name in (*CHATTY, "py.warnings"))]
    before: list[tuple[logging.Logger, list[Any], bool, int]] = [
        (logger, logger.handlers[:], logger.propagate, logger.level) for logger in loggers
    ]
    try:
        with warnings.catch_warnings():
            logging.captureWarnings(True)
            for logger in loggers:
                logger.handlers, logger.propagate = [handler], False
                logger.setLevel(logging.INFO)
            yield log
    finally:
        logging.captureWarnings(False)
        for logger, handlers, propagate, level in before:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)
        handler.close()
