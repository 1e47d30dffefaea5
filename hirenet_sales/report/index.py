"""index.html: the reports of several interviews, listed in the order given and never ranked."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from hirenet_sales.assessment import Assessment
from hirenet_sales.persist import write_whole
from hirenet_sales.report.page import render


def write_index(
    reports: Sequence[tuple[Assessment, str | Path]],
    path: str | Path,
    failures: Mapping[str, str] | None = None,
) -> Path:
    """Write a small page that links the reports of several interviews.

    Parameters
    ----------
    reports : each Assessment with the path of its report.html
    path : the file to write; links are relative to its folder
    failures : interview id to reason, for those of which nothing could be analysed

    Returns
    -------
    Path
        `path`.
    """
    path = Path(path)
    rows = [
        (
            assessment,
            _link(Path(report), path.parent),
            sum(answer.status != "failed" for answer in assessment.answers),
        )
        for assessment, report in reports
    ]
    html = render("index.html.j2", media_sources="'none'", rows=rows, failures=failures or {})
    return write_whole(path, html)


def _link(report: Path, folder: Path) -> str:
    relative = Path(os.path.relpath(report.resolve(), folder.resolve()))
    return quote(os.fsencode(relative.as_posix()))  # a folder's name need not be UTF-8
