"""Read back what `analyze` wrote: the assessments of a folder."""

from __future__ import annotations

from pathlib import Path

from hirenet_sales.assessment import Assessment
from hirenet_sales.errors import AssessmentError
from hirenet_sales.report.result_folder import ASSESSMENT


def read_results(path: str | Path) -> list[Assessment]:
    """The assessments at a path, by name of their folders; at least one.

    Parameters
    ----------
    path : an assessment.json, its folder, or a folder that holds such folders

    Raises
    ------
    AssessmentError
        if there is none, or one cannot be read.
    """
    return [Assessment.read(file) for file in result_files(Path(path))]


def result_files(path: Path) -> list[Path]:
    """The files that `read_results` reads, unopened; AssessmentError if there is none."""
    if path.is_file():
        return [path]
    own = path / ASSESSMENT
    files = [own] if own.is_file() else sorted(path.glob(f"*/{ASSESSMENT}"))
    if not files:
        raise AssessmentError(
            f"{path}: holds no {ASSESSMENT}, nor does a folder in it; expected what "
            "`hirenet-sales analyze` wrote with --out"
        )
    return files
