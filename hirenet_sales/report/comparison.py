"""comparison.html: the candidates of one position side by side, never in the order of a score."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from hirenet_sales.assessment import AnswerAssessment, Assessment, Highlight
from hirenet_sales.effect import SALES
from hirenet_sales.persist import whole_file, write_whole
from hirenet_sales.report.contribution_table import contribution_tables
from hirenet_sales.report.effect_lane import ESTIMATES
from hirenet_sales.report.page import render
from hirenet_sales.report.probability import Interval, probability_above
from hirenet_sales.report.result_folder import REPORT

COMPARISON = "comparison.html"
TABLE, PAIRS = "comparison.csv", "comparison-pairs.csv"
STYLES, SCRIPTS = ("style.css", "comparison.css"), ("comparison.js",)
PAIRED = 20  # candidates of whom the page shows every pair; the file of pairs has all
QUOTED = 2  # highlights of an answer


@dataclass(frozen=True)
class Reply:
    """One candidate's answer to a question that several were asked.

    Attributes
    ----------
    link : to its section of the report
    moved : by how much it moved each estimate that was measured
    highlights : of its measurable moments, with words
    """

    answer: AnswerAssessment
    link: str
    moved: dict[str, float]
    highlights: list[Highlight]


@dataclass(frozen=True)
class Candidate:
    """One person of the comparison, by the name of the interview.

    Attributes
    ----------
    estimates : interval by estimate; empty where the estimates are withheld
    replies : by the wording of the question
    """

    name: str
    assessment: Assessment
    link: str
    estimates: dict[str, Interval]
    replies: dict[str, Reply]

    @property
    def status(self) -> str:
        """How much of the interview the estimates rest on."""
        if not self.estimates:
            return "not enough to say"
        return "read in full" if self.assessment.read_in_full else "read in part"


@dataclass(frozen=True)
class Position:
    """A job title and its candidates in the order of their names; at least two."""

    title: str
    candidates: list[Candidate]

    @property
    def questions(self) -> list[str]:
        """What was asked, in the order of the first candidate who was."""
        return list(dict.fromkeys(q for c in self.candidates for q in c.replies))

    @property
    def paired(self) -> list[Candidate]:
        """Those whose estimates can be compared."""
        return [c for c in self.candidates if c.estimates]

    def probability(self, one: Candidate, other: Candidate, estimate: str) -> float:
        """Probability that an estimated value of one candidate is above the other's."""
        coverage = min(one.assessment.confidence, other.assessment.confidence)
        return probability_above(one.estimates[estimate], other.estimates[estimate], coverage)


def positions(assessments: Mapping[str, Assessment]) -> list[Position]:
    """The positions that several of these interviews, by name, were held for.

    Interviews belong together where their job titles differ in nothing but case.
    """
    grouped: dict[str, list[str]] = {}
    for name in sorted(assessments):
        grouped.setdefault(assessments[name].job_title.casefold(), []).append(name)
    return [
        Position(assessments[names[0]].job_title, [_candidate(n, assessments[n]) for n in names])
        for names in grouped.values()
        if len(names) > 1
    ]


def write_comparison(folder: Path, assessments: Mapping[str, Assessment]) -> bool:
    """Write the page and its two tables beside the folders of the interviews.

    Parameters
    ----------
    folder : where every interview has its folder, named as in `assessments`

    Returns
    -------
    bool
        Whether there is anything to compare; nothing is written otherwise.
    """
    compared = positions(assessments)
    if not compared:
        return False
    _write_csv(folder / TABLE, ESTIMATE_COLUMNS, _estimate_rows(compared))
    _write_csv(folder / PAIRS, PAIR_COLUMNS, _pair_rows(compared))
    page = render(
        "comparison.html.j2",
        media_sources="'none'",
        footer="Comparison",
        styles=STYLES,
        scripts=SCRIPTS,
        positions=compared,
        limit=PAIRED,
        files=(TABLE, PAIRS),
    )
    write_whole(folder / COMPARISON, page)
    return True


ESTIMATE_COLUMNS = (
    *("position", "candidate", "status", "question", "estimate", "value", "low", "high"),
    *("coverage", "moved"),
)
PAIR_COLUMNS = ("position", "estimate", "candidate", "other", "probability_above")


def _candidate(name: str, assessment: Assessment) -> Candidate:
    link = quote(f"{name}/{REPORT}")
    moved: dict[str, dict[str, float]] = {}
    for table in contribution_tables(assessment):
        for row in table.rows:
            moved.setdefault(row.question, {})[row.estimate] = row.together.effect
    estimates = {
        trait: Interval(e.estimate, e.low, e.high) for trait, e in assessment.traits.items()
    }
    if (sales := assessment.sales) is not None:
        estimates[SALES] = Interval(sales.score, sales.low, sales.high)
    return Candidate(
        name,
        assessment,
        link,
        estimates,
        {
            answer.question: Reply(
                answer,
                f"{link}#q{number}",
                moved.get(answer.id, {}),
                [h for h in answer.highlights if h.words][:QUOTED],
            )
            for number, answer in enumerate(assessment.answers, 1)
        },
    )


def _estimate_rows(compared: Sequence[Position]) -> Iterator[tuple[object, ...]]:
    """Of whole interviews first, then of each question, whose name is in the fourth column."""
    for position in compared:
        for candidate in position.candidates:
            whole = (position.title, candidate.name, candidate.status)
            coverage = candidate.assessment.confidence
            for name in ESTIMATES:
                if own := candidate.estimates.get(name):
                    yield *whole, "", name, own.value, own.low, own.high, coverage, ""
            for question, reply in candidate.replies.items():
                traits = reply.answer.traits or {}
                for name in ESTIMATES:
                    change = reply.moved.get(name)
                    part = traits.get(name)
                    if change is None and part is None:
                        continue
                    ends = (part.estimate, part.low, part.high, coverage) if part else ("",) * 4
                    yield *whole, question, name, *ends, "" if change is None else change


def _pair_rows(compared: Sequence[Position]) -> Iterator[tuple[object, ...]]:
    for position in compared:
        for name in ESTIMATES:
            for one in position.paired:
                for other in position.paired:
                    if one is not other:
                        share = position.probability(one, other, name)
                        yield position.title, name, one.name, other.name, share


def _write_csv(path: Path, columns: Sequence[str], rows: Iterator[tuple[object, ...]]) -> None:
    with whole_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers with four digits."""
    if isinstance(value, float):
        return f"{value:.4f}"
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
