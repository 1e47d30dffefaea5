"""Summaries printed by commands: an outcome, an evaluation, the doctor's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from hirenet_sales.cli.assessment_tables import print_assessment
from hirenet_sales.cli.output import decimal, escape, new_console
from hirenet_sales.traits import TRAITS

if TYPE_CHECKING:  # these import heavy libraries, which --help does not need
    from extractors.checks import Check
    from hirenet_sales.analyze_many import Outcome
    from hirenet_sales.doctor import Finding
    from hirenet_sales.experiment.results_table import Table as ResultsTable

PIPE_WIDTH = 400
EVALUATION_WIDTH = 100  # columns of numbers that are cut say nothing


def print_outcome(outcome: Outcome) -> bool:
    """Print the result of one interview, failures on stderr; returns whether all was read.

    A remark, such as a second face, does not count.
    """
    errors = new_console(stderr=True, soft_wrap=True)
    assessment = outcome.assessment
    if assessment is None:
        errors.print(f"[red]failed[/red] {escape(outcome.interview_id)}: {escape(outcome.error)}")
        return False
    print_assessment(assessment)
    for number, answer in enumerate(assessment.answers, 1):
        if answer.status == "analysed" and not answer.problems:
            continue
        missing = [s.reason for s in answer.streams.values() if s.reason]
        reasons = " ".join(answer.problems or dict.fromkeys(missing))
        kind = "remark" if answer.status == "analysed" else answer.status
        colour = "red" if answer.status == "failed" else "yellow"
        errors.print(
            f"[{colour}]{kind}[/{colour}] {escape(assessment.id)}, answer {number} "
            f"({escape(answer.media or answer.id)}): {escape(reasons)}"
        )
    size = f"{outcome.report.stat().st_size / 1e6:.1f} MB"
    new_console(soft_wrap=True).print(f"Report: {escape(str(outcome.report))} ({size})")
    return assessment.read_in_full


def print_evaluation(result: Mapping[str, Any]) -> None:
    """Print the fused model, each stream, the baselines and the interviews, trait by trait."""
    console = new_console(width=EVALUATION_WIDTH)
    rows = "answers within their interview" if result["level"] == "answer" else "interviews"
    kind = result["label_kind"]
    differing = (
        "" if kind == result["model_label_kind"] else f"; {result['model_label_kind']} estimates"
    )
    _print_metrics(console, f"all streams, {rows}, {kind} labels{differing}", result)
    for name, part in result["streams"].items():
        _print_metrics(console, f"{name} alone", part)
    for name, part in result["baselines"].items():
        _print_metrics(console, f"baseline: {name}", part)
    if "alone" in result:
        _print_metrics(console, "all streams, each answer read by itself", result["alone"])
    for name, part in result["interviews"].items():
        title = "plain mean of the answers' estimates" if name == "plain_mean" else name
        _print_metrics(console, f"whole interviews, {title}", part)
    _print_coverage(console, result["coverage_by_answers"])
    errors = new_console(stderr=True)
    for kind in ("remarks", "failed"):
        for sentence in result.get(kind, []):
            errors.print(f"{kind.removesuffix('s')}: {escape(sentence)}", soft_wrap=True)
    for name, r in result.get("agreement", {}).items():
        shown = "not defined" if r is None else f"r = {r:.3f}"
        console.print(f"agreement of recordings and tables, {escape(name)}: {shown}")
    console.print(
        "skill 0 = predicting the training mean, 1 = no error; 95 % intervals by bootstrap over "
        "people or source videos",
        soft_wrap=True,
    )


def _print_coverage(console: Console, by_answers: Mapping[str, Mapping[str, Any]]) -> None:
    """Print what intervals of interviews cover, by the number of answers that are read."""
    table = Table(title="intervals of interviews, by answers that are read", title_justify="left")
    for column in ("answers", "people", "coverage", "95 %", "half width"):
        table.add_column(column, justify="right", no_wrap=True)
    for number, own in by_answers.items():
        low, high = own["interval"]
        table.add_row(
            number,
            str(own["n"]),
            f"{own['coverage']:.3f}",
            f"{low:.3f} to {high:.3f}",
            f"{own['half_width']:.3f}",
        )
    console.print(table)


def _print_metrics(console: Console, title: str, part: Mapping[str, Any]) -> None:
    from hirenet_sales.evaluation.metrics import LABELS, METRICS

    def cells(values: Mapping[str, Any]) -> list[str]:
        return [decimal(values.get(metric)) for metric in METRICS]

    table = Table(title=escape(f"{title}, n = {part['n']}"), title_justify="left")
    table.add_column("", no_wrap=True)
    for label in LABELS.values():
        table.add_column(label, justify="right", no_wrap=True)
    for trait in TRAITS:
        table.add_row(trait, *cells(part["traits"][trait]))
    table.add_section()
    table.add_row("mean", *cells(part["mean"]))
    ends = part["mean"].get("interval")
    if ends:
        for end, name in enumerate(("95 % low", "95 % high")):
            table.add_row(name, *cells({metric: pair[end] for metric, pair in ends.items()}))
    console.print(table)


def print_table(results: ResultsTable) -> None:
    """Print a results table with its notes."""
    console = new_console()
    if not console.is_terminal:  # a pipe has no width: nothing is cut or broken
        console.width = PIPE_WIDTH
    table = Table(title=escape(results.title), title_justify="left")
    columns = results.shown()
    for column in columns:
        number = any(isinstance(row.get(column.key), int | float) for row in results.rows)
        table.add_column(escape(column.label), justify="right" if number else "left")
    for row in results.rows:
        table.add_row(*(escape(results.cell(row, column)) for column in columns))
    console.print(table)
    for note in results.notes:
        console.print(escape(note), soft_wrap=True)


def print_findings(findings: Sequence[Finding]) -> None:
    """Print the doctor's findings, with a remedy for everything missing."""
    table = Table(show_lines=False)
    for column in ("", "what", "found", "remedy"):
        table.add_column(column, overflow="fold")
    for group in dict.fromkeys(finding.group for finding in findings):
        table.add_section()
        table.add_row("", f"[bold]{escape(group)}[/bold]", "", "")
        for finding in findings:
            if finding.group == group:
                table.add_row(*_finding_row(finding))
    new_console().print(table)


def print_checks(checks: Sequence[Check]) -> None:
    """Print the checks of a recording, with their limits."""
    table = Table(title="What is checked of a recording", title_justify="left", show_lines=True)
    for column in ("what", "from where on it counts", "what comes of it"):
        table.add_column(column, overflow="fold")
    for check in checks:
        table.add_row(escape(check.subject), escape(check.limit), escape(check.consequence))
    new_console().print(table)


def _finding_row(finding: Finding) -> tuple[str, str, str, str]:
    if finding.present:
        mark = "[green]ok[/green]"
    else:
        mark = "[red]missing[/red]" if finding.needed else "[yellow]optional[/yellow]"
    remedy = "" if finding.present else finding.remedy
    return mark, escape(finding.name), escape(finding.detail), escape(remedy)
