"""An Assessment in the terminal: in short, in full, one answer of it, and several in a list."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from hirenet_sales.assessment import STREAM_NAMES, AnswerAssessment, Assessment
from hirenet_sales.cli.output import escape, new_console
from hirenet_sales.effect import SALES, MeasuredMoment
from hirenet_sales.report.contribution_table import contribution_tables
from hirenet_sales.report.effect_lane import ESTIMATES
from hirenet_sales.report.summary import strongest_reasons
from hirenet_sales.report.wording import (
    QUALITY_FIGURES,
    STREAM_LABELS,
    duration,
    effect_text,
    estimate_label,
    span,
)
from hirenet_sales.traits import TRAITS

NOT_ENOUGH = "not enough to say"
NOTHING_MOVED = "No question measurably moved the sales score."
NOT_MEASURED = "What questions and moments changed was not measured."
WIDTH = 100  # columns of figures that are cut say nothing


def print_assessment(assessment: Assessment, *, full: bool = False) -> None:
    """Print the estimates and the notices; in full, what moved them and every answer, too."""
    console = new_console(width=WIDTH) if full else new_console()
    if assessment.sales is None:
        name = f"{escape(assessment.id)}{_made_up(assessment)}"
        console.print(
            f"{name}: no estimate is given. {escape(assessment.withheld)}", soft_wrap=True
        )
    else:
        console.print(_estimates(assessment))
    if full:
        if assessment.sales is not None:
            _print_reasons(assessment, console)
        console.print(_questions(assessment))
        for number, answer in enumerate(assessment.answers, 1):
            for problem in answer.problems:
                console.print(f"Answer {number}: {escape(problem)}", soft_wrap=True)
    for notice in assessment.notices:
        console.print(f"Note: {escape(notice)}", soft_wrap=True)


def print_answer(assessment: Assessment, number: int) -> None:
    """Print one answer, from 1: what it moved, its estimates, moments, speech and recording."""
    answer = assessment.answers[number - 1]
    console = new_console(width=WIDTH)
    length = "" if answer.duration is None else f", {duration(answer.duration)}"
    title = f"Question {number} ({answer.id}): {answer.question}"
    console.print(escape(title), style="bold", soft_wrap=True)
    console.print(f"{answer.status}{length}")
    for problem in answer.problems:
        console.print(escape(problem), soft_wrap=True)
    if (estimates := _answer_estimates(assessment, answer)) is not None:
        console.print(estimates)
    _print_moments(answer, console)
    if (speech := answer.speech) is not None:
        pace = speech.words_per_minute
        counts = {"pauses": speech.pauses, "fillers": speech.fillers}
        parts = [f"{speech.words} words", f"{pace:.0f} a minute" if pace is not None else ""]
        parts += [f"{n} {name}" for name, n in counts.items() if n is not None]
        console.print("Speech: " + ", ".join([*filter(None, parts)]))
    if recording := _recording(answer):
        console.print(f"Recording: {recording}", soft_wrap=True)
    if answer.transcript:
        words = " ".join(word.text.strip() for word in answer.transcript)
        console.print(f"Words: {escape(words)}", soft_wrap=True)


def print_list(assessments: Sequence[Assessment]) -> None:
    """Print one line an interview, in the order given: it is no ranking."""
    console = new_console(width=WIDTH)
    table = Table(title="Interviews by name; this is not a ranking", title_justify="left")
    for column in ("interview", "job title", "answers", "sales score, 1 to 10", "interval"):
        table.add_column(column, overflow="fold")
    for one in assessments:
        analysed = sum(answer.status != "failed" for answer in one.answers)
        sales = one.sales
        table.add_row(
            f"{escape(one.id)}{_made_up(one)}",
            escape(one.job_title),
            f"{analysed} of {len(one.answers)}",
            NOT_ENOUGH if sales is None else f"{sales.score:.1f}",
            "" if sales is None else f"{sales.low:.1f} to {sales.high:.1f} ({_percent(one)})",
        )
    console.print(table)
    console.print("Where two intervals overlap, the figures do not tell two people apart.")


def _estimates(assessment: Assessment) -> Table:
    sales = assessment.sales
    assert sales is not None
    name = f"{escape(assessment.id)}{_made_up(assessment)}"
    table = Table(title=f"{name}: {escape(assessment.job_title)}")
    table.add_column("apparent trait, 0 to 1")
    table.add_column("estimate", justify="right")
    table.add_column(f"{_percent(assessment)} interval", justify="right")
    if assessment.standings:
        table.add_column("percentile", justify="right")
    table.add_column("rule score", justify="right")
    scores = {rule.trait: rule.score for rule in sales.trace}
    for trait in TRAITS:
        value = assessment.traits[trait]
        row = [trait, f"{value.estimate:.2f}", f"{value.low:.2f} to {value.high:.2f}"]
        if assessment.standings:
            row.append(_percentile(assessment, trait))
        table.add_row(*row, str(scores.get(trait, "")))
    table.add_section()
    table.add_row(
        f"sales score, 1 to 10 ({escape(sales.rule_base)})",
        f"{sales.score:.1f}",
        f"{sales.low:.1f} to {sales.high:.1f}",
    )
    return table


def _percent(assessment: Assessment) -> str:
    return f"{100 * assessment.confidence:.0f} %"


def _made_up(assessment: Assessment) -> str:
    return " (synthetic)" if assessment.synthetic else ""


def _percentile(assessment: Assessment, trait: str) -> str:
    standing = assessment.standings.get(trait)
    if standing is None:
        return ""
    return f"{standing.estimate:.0f} ({standing.low:.0f} to {standing.high:.0f})"


def _print_reasons(assessment: Assessment, console: Console) -> None:
    """What raised and lowered the sales score most: question, stream and moment, as the report."""
    reasons = strongest_reasons(assessment)
    if not reasons:
        measured = bool(assessment.contributions)
        console.print(NOTHING_MOVED if measured else NOT_MEASURED, soft_wrap=True)
        return
    table = Table(title="What moved the sales score most", title_justify="left")
    for column in ("", "by", "question", "stream", "strongest moment", "words"):
        table.add_column(column, justify="right" if column == "by" else "left")
    for way, group in (("raised", reasons.raising), ("lowered", reasons.lowering)):
        for reason in group:
            moment = reason.moment
            table.add_row(
                way,
                effect_text(reason.contribution.effect, SALES),
                f"{reason.number} ({escape(reason.answer.id)})",
                STREAM_LABELS[reason.contribution.stream],
                "none measurable" if moment is None else span(moment.start, moment.end),
                escape((moment and moment.words) or ""),
            )
        table.add_section()
    console.print(table)


def _questions(assessment: Assessment) -> Table:
    """One row a question, with its contribution to the sales score where it was measured."""
    moved = {
        row.question: row
        for table in contribution_tables(assessment)
        if table.estimate == SALES
        for row in table.rows
    }
    table = Table(title="Questions", title_justify="left")
    table.add_column("question")
    table.add_column("status", no_wrap=True)
    table.add_column("length", justify="right", no_wrap=True)
    if moved:
        table.add_column("sales score moved by", justify="right")
    table.add_column("recording")
    for number, answer in enumerate(assessment.answers, 1):
        row = [
            escape(f"{number} ({answer.id}): {answer.question}"),
            answer.status,
            "" if answer.duration is None else duration(answer.duration),
        ]
        if moved:
            own = moved.get(answer.id)
            row.append("" if own is None else effect_text(own.together.effect, SALES))
        table.add_row(*row, _recording(answer))
    return table


def _answer_estimates(assessment: Assessment, answer: AnswerAssessment) -> Table | None:
    """What an answer moved, stream by stream, beside the estimates from this answer alone."""
    rows = {
        row.estimate: row
        for table in contribution_tables(assessment)
        for row in table.rows
        if row.question == answer.id
    }
    own = answer.traits or {}
    if not rows and not own:
        return None
    table = Table(title="What this answer moved" if rows else "Estimates", title_justify="left")
    table.add_column("estimate")
    if rows:
        for stream in STREAM_NAMES:
            table.add_column(f"by {STREAM_LABELS[stream].lower()}", justify="right")
        table.add_column("in all", justify="right")
    table.add_column(f"from this answer ({_percent(assessment)} interval)", justify="right")
    for name in (n for n in ESTIMATES if n in rows or n in own):
        bars = (*rows[name].streams, rows[name].together) if name in rows else (None,) * 4
        cells = ["" if bar is None else effect_text(bar.effect, name) for bar in bars]
        e = own.get(name)
        table.add_row(
            estimate_label(name),
            *(cells if rows else ()),
            "" if e is None else f"{e.estimate:.2f} ({e.low:.2f} to {e.high:.2f})",
        )
    return table


def _print_moments(answer: AnswerAssessment, console: Console) -> None:
    """Every measurable moment, with all that it moves, in order of time."""
    moments = [(m, name) for name, s in answer.streams.items() for m in s.moments]
    moments.sort(key=lambda pair: (pair[0].start, pair[0].end))
    shown = [
        (moment, name)
        for moment, name in moments
        if any(effect.direction != "none" for effect in moment.effects.values())
    ]
    console.print(
        f"{len(shown)} of {len(moments)} moments measurably move an estimate."
        if moments
        else NOT_MEASURED
    )
    if not shown:
        return
    table = Table()
    for column in ("time", "stream", "words", "moves"):
        table.add_column(column)
    for moment, name in shown:
        moves = [
            f"{estimate_label(estimate).lower()} {effect_text(effect.effect, estimate)}"
            for estimate, effect in moment.effects.items()
            if effect.direction != "none"
        ]
        untimed = moment.first_word is not None and moment.end == 0
        table.add_row(
            "" if untimed else span(moment.start, moment.end),
            STREAM_LABELS[name],
            escape(_spoken(answer, moment)),
            "\n".join(moves),
        )
    console.print(table)


def _spoken(answer: AnswerAssessment, moment: MeasuredMoment) -> str:
    """The words of a moment: its own, or those that begin in it."""
    words = (
        answer.transcript[moment.first_word : (moment.last_word or 0) + 1]
        if moment.first_word is not None
        else [w for w in answer.transcript if w.start and moment.start <= w.start < moment.end]
    )
    return " ".join(word.text.strip() for word in words)


def _recording(answer: AnswerAssessment) -> str:
    measured = answer.quality.model_dump(exclude_none=True)
    return "; ".join(
        f"{figure.label.lower()} {figure.text(measured[figure.key])}"
        for figure in QUALITY_FIGURES
        if figure.key in measured
    )
