"""Reading the recordings of many answers, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from extractors.errors import ExtractionError
from hirenet_sales.datasets.portraits import Progress
from hirenet_sales.datasets.records import AnswerRecord


def read_recordings(
    records: Sequence[AnswerRecord],
    read: Callable[[Path], np.ndarray],
    nothing: np.ndarray,
    stage: str,
    progress: Progress | None,
    problems: list[str],
) -> list[np.ndarray]:
    """What `read` gives of every answer's recording.

    Parameters
    ----------
    nothing : of an answer without a recording, or whose recording cannot be read
    problems : what could not be read is added, whole sentences
    """
    found = []
    for place, record in enumerate(records):
        if progress is not None:
            progress(stage, place, len(records))
        values = nothing
        if record.media is not None:
            try:
                values = read(record.media)
            except (ExtractionError, OSError) as error:
                problems.append(f"{record.place}: {error}.")
        found.append(values)
    return found
