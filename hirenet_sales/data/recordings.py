"""Reading the recordings of many answers, one after the other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from extractors.callbacks import Progress
from extractors.errors import BackendError, ExtractionError, WeightsError
from hirenet_sales.data.completeness import Shortfall
from hirenet_sales.data.records import AnswerRecord

NO_FILE = "no such file; copy it into the folder, or take it out of the table"
log = logging.getLogger(__name__)


def loss_of(source: str, path: Path, error: Exception) -> Shortfall:
    """Why a file that an answer names could not be read.

    Parameters
    ----------
    source : where it is named
    error : what was raised while it was read
    """
    if not path.exists():
        reason = NO_FILE
    elif isinstance(error, ExtractionError):
        reason = str(error).removeprefix(str(path)).lstrip(":, ").replace(str(path), path.name)
    elif isinstance(error, OSError):
        reason = f"cannot be read ({error.strerror or error}); copy it again"
    else:  # a fault of ours in one file must not lose the others, and must not be hidden either
        log.error("%s: %s", source, path.name, exc_info=error)
        reason = (
            f"reading it failed with {type(error).__name__}: {error}; it is a fault of this "
            "program, please report it"
        )
    return Shortfall(source, reason.rstrip("."), path.name, lost=True)


def read_recordings(
    records: Sequence[AnswerRecord],
    read: Callable[[Path], np.ndarray],
    nothing: np.ndarray,
    stage: str,
    progress: Progress | None,
    shortfalls: list[Shortfall],
) -> list[np.ndarray]:
    """What `read` gives of every answer's recording.

    Parameters
    ----------
    nothing : of an answer without a recording, or whose recording cannot be read
    shortfalls : what could not be read is added

    Raises
    ------
    BackendError, WeightsError
        if something that every answer needs is missing.
    """
    rows = []
    for done, record in enumerate(records):
        if progress is not None:
            progress(stage, done, len(records))
        values = nothing
        if record.media is not None:
            try:
                values = read(record.media)
            except (BackendError, WeightsError):
                raise  # would meet every answer alike
            except Exception as error:
                shortfalls.append(loss_of(record.source, record.media, error))
        rows.append(values)
    return rows
