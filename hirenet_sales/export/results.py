"""Result folders of `analyze`, read for export: one interview or many."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hirenet_sales.assessment import Assessment
from hirenet_sales.errors import AssessmentError
from hirenet_sales.report.results import result_files


@dataclass(frozen=True)
class Result:
    """One interview's folder and what it holds."""

    folder: Path
    assessment: Assessment


def read_results(path: Path) -> tuple[list[Result], list[str]]:
    """The results of a folder that `analyze` wrote, of one interview or of many.

    Unlike `report.results.read_results`, which stops at one that cannot be read.

    Parameters
    ----------
    path : as for `report.results.result_files`

    Returns
    -------
    The results in order of their folders' names, and why others could not be read.

    Raises
    ------
    AssessmentError
        if none can be read.
    """
    results, problems = [], []
    for file in result_files(path):
        try:
            results.append(Result(file.parent, Assessment.read(file)))
        except AssessmentError as error:
            problems.append(str(error))
    if not results:
        raise AssessmentError("\n".join(problems))
    return results, problems


def read_result(path: Path) -> Result:
    """The result of one interview; AssessmentError if the folder holds none, or several."""
    results, problems = read_results(path)
    if len(results) + len(problems) > 1:
        raise AssessmentError(
            f"{path}: results of {len(results) + len(problems)} interviews; give the folder of one"
        )
    return results[0]
