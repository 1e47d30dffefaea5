"""index.html: the results of several interviews, listed in the order given and never ranked.

Beside it lies the comparison of those that were held for the same position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from hirenet_sales.assessment import Assessment
from hirenet_sales.errors import OutputError
from hirenet_sales.persist import write_whole
from hirenet_sales.report.comparison import COMPARISON, PAIRS, TABLE, write_comparison
from hirenet_sales.report.page import render
from hirenet_sales.report.result_files import ResultFiles
from hirenet_sales.report.result_folder import REPORT

INDEX = "index.html"
LISTED = "data-interview"  # the attribute that names an interview of the page


@dataclass(frozen=True)
class ResultIndex(ResultFiles):
    """index.html, and the comparison, of a folder in which every interview has its own folder."""

    PREVIOUS: ClassVar[Mapping[str, str]] = {
        INDEX: "index.previous.html",
        COMPARISON: "comparison.previous.html",
        TABLE: "comparison.previous.csv",
        PAIRS: "comparison-pairs.previous.csv",
    }

    def check(self, interview_ids: Sequence[str], *, overwrite: bool) -> None:
        """Refuse a folder that the page cannot be written to, before any work is done.

        OutputError if the folder of an interview that is to be analysed, or anything but a file,
        has the name of the page, or if the existing one lists an interview that is not to be
        analysed now and may not be overwritten.
        """
        for name in (*self.PREVIOUS, *self.PREVIOUS.values()):
            if name in interview_ids:
                raise OutputError(
                    f"{self.path}: the interview '{name}' would have its results where the index "
                    "of all interviews is written; give it another id"
                )
        self.check_names()
        if overwrite:
            return
        lists = [name for name in (INDEX, self.PREVIOUS[INDEX]) if (self.path / name).exists()]
        for name in lists:
            self._check_listed(name, interview_ids)
        for name in (*self.PREVIOUS, *self.PREVIOUS.values()):
            if not lists and (self.path / name).exists():
                raise self.refusal(f"a {name} without its {INDEX}")

    def write(self, results: Mapping[str, Assessment | str]) -> Path:
        """Write the pages, then delete the previous ones; they link every report beside them.

        `results` are assessments by interview id, or the reasons why there is none. Returns the
        path of the index.
        """
        rows = [
            (name, result if isinstance(result, Assessment) else None, result)
            for name, result in results.items()
        ]
        links = {name: quote(f"{name}/{REPORT}") for name in results}
        try:
            compared = write_comparison(
                self.path, {name: result for name, result, _ in rows if result is not None}
            )
            page = render(
                "index.html.j2",
                media_sources="'none'",
                rows=rows,
                links=links,
                comparison=COMPARISON if compared else "",
            )
            path = write_whole(self.path / INDEX, page)
        except BaseException:
            for name in (COMPARISON, TABLE, PAIRS):
                (self.path / name).unlink(missing_ok=True)
            raise
        self.drop_previous()
        return path

    def _check_listed(self, name: str, interview_ids: Sequence[str]) -> None:
        listed = _listed(self.path / name)
        if not listed:
            raise self.refusal(f"an {name} that this program did not write")
        others = [other for other in listed if other not in interview_ids]
        if others:
            more = f" and {len(others) - 1} more" if others[1:] else ""
            raise self.refusal(
                f"an {name} of {self.date(name)} that lists an interview which is not of this run, "
                f"'{others[0]}'{more}"
            )


class _Interviews(HTMLParser):
    """The ids of the interviews that a page lists."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for key, value in attrs if key == LISTED and value]


def _listed(path: Path) -> list[str]:
    page = _Interviews()
    try:
        page.feed(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return []
    return page.ids
