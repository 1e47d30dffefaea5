"""`analyze`, `correct`, `init`, `doctor` and `schema`: interviews with a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hirenet_sales.cli.output import say
from hirenet_sales.cli.shared_options import (
    DEBUG,
    DEBUG_OPTION,
    EXISTING_FOLDER,
    FOLDER,
    NameList,
)
from hirenet_sales.messages import PAGE_LANGUAGES

if TYPE_CHECKING:  # this imports heavy libraries, which --help does not need
    from hirenet_sales.viewing import Embed

STREAMS = ("visual", "audio", "text")
EMBED_OPTION = click.option(
    "--embed",
    type=click.Choice(["small", "all", "none"]),
    default="small",
    show_default=True,
    help="Recordings in the report: small copies, which lie in the folder recordings beside it if "
    "they exceed 20 MB; all as they are; or none.",
)


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    help="Folder for assessment.json and report.html; for several interviews one folder each, and "
    "index.html, which lists them.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace results in the folder that are not of the same interview: those of another id, "
    "or of none of these recordings.",
)
@click.option(
    "--checkpoint", default="fi-v2", show_default=True, help="A shipped model's name, or a folder."
)
@click.option(
    "--rule-base", default="kassab2022", show_default=True, help="A shipped name, or a YAML file."
)
@click.option(
    "--streams",
    type=NameList(STREAMS, "streams"),
    default=",".join(STREAMS),
    show_default=True,
    help="What to read: visual, audio, text, separated by commas.",
)
@click.option("--job-title", help="Replaces the job title of the input.")
@click.option("--language", help="Replaces the language: a tag such as en, or auto.")
@click.option(
    "--question-set",
    help="For folders and single recordings: a name, or a text file with one question a line; "
    "without it, the questions of kassab2022 are assumed.",
)
@click.option(
    "--question",
    "other_questions",
    multiple=True,
    metavar="ID=TEXT",
    help="Also estimate what it would be had the answer ID been to the question TEXT; of a model "
    "that has learnt to use questions, such as fi-v3. May be given several times.",
)
@click.option(
    "--whisper", help="Speech recognition: a size such as tiny.en or base, or a folder of weights."
)
@click.option(
    "--page-language",
    type=click.Choice(PAGE_LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the report.",
)
@click.option(
    "--store",
    type=FOLDER,
    help="Folder that keeps extracted features, so that a second run takes seconds.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Interviews analysed at the same time.",
)
@EMBED_OPTION
@DEBUG_OPTION
@click.pass_context
def analyze(
    ctx: click.Context,
    path: Path,
    out: Path,
    overwrite: bool,
    checkpoint: str,
    rule_base: str,
    streams: tuple[str, ...],
    job_title: str | None,
    language: str | None,
    question_set: str | None,
    other_questions: tuple[str, ...],
    whisper: str | None,
    page_language: str,
    store: Path | None,
    jobs: int,
    embed: Embed,
) -> None:
    """Analyse the interview at PATH, or the many of a CSV.

    PATH is an interview.yaml or .json, a folder with q1.* to qN.*, one recording, or a CSV with one
    row an answer.

    Existing results of the same interview are replaced: one with the same id and at least one of
    the same files. Until the new ones are written they are named assessment.previous.json and
    report.previous.html, and keep these names if the run fails. An index of several interviews is
    replaced if this run has all that it lists.

    \b
    Exit status:
      0  every answer was read in full; remarks may stand on stderr (two faces,
         the face out of the picture for a while)
      1  an answer or an interview could not be read, or only in part (no sound,
         no face, a file that is missing or cut off, an unexpected error); it is
         listed with its reason, and the others were analysed
      2  nothing was analysed: wrong path, unusable description, missing weights,
         results that cannot be written or would replace others, a full disk,
         an unexpected error
      130  interrupted; run the same command again to resume
      143  terminated; as interrupted
    """  # noqa: D301
    from hirenet_sales.interview import load_interviews
    from hirenet_sales.report import ResultFolder, ResultIndex

    with ResultFolder(out).earlier_named(), ResultIndex(out).earlier_named():
        interviews = load_interviews(
            path, job_title=job_title, language=language, question_set=question_set
        )
    from hirenet_sales.analyze_many import analyze_interviews
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.cli.result_tables import print_outcome
    from hirenet_sales.report.index import INDEX

    with StageProgress() as progress:
        outcomes = analyze_interviews(
            interviews,
            out_dir=out,
            checkpoint=checkpoint,
            rule_base=rule_base,
            streams=streams,
            whisper=whisper,
            store=store,
            page_language=page_language,
            jobs=jobs,
            progress=progress,
            overwrite=overwrite,
            embed=embed,
            debug=ctx.meta.get(DEBUG, False),
            other_questions=_by_id(other_questions),
        )
    complete = [print_outcome(outcome) for outcome in outcomes]
    if not any(outcome.assessment for outcome in outcomes):
        ctx.exit(2)
    if len(outcomes) > 1:
        say(f"Index: {out / INDEX}")
    if not all(complete):
        ctx.exit(1)


def _by_id(questions: tuple[str, ...]) -> dict[str, str]:
    """Other questions by the id of their answer."""
    pairs = [(given, *given.partition("=")) for given in questions]
    for given, name, _, text in pairs:
        if not name or not text.strip():
            raise click.BadParameter(
                f"found '{given}', expected the id of an answer and a question, such as "
                "'q3=What did you learn there?'",
                param_hint="--question",
            )
    return {name: text.strip() for _, name, _, text in pairs}


@click.command()
@click.argument("folder", metavar="DIR", type=EXISTING_FOLDER)
@click.argument("path", metavar="INTERVIEW", type=click.Path(path_type=Path))
@click.option("--checkpoint", help="A shipped model's name, or a folder; default: as before.")
@click.option("--rule-base", help="A shipped name, or a YAML file; default: as before.")
@click.option("--store", type=FOLDER, help="Folder that keeps extracted features, as of analyze.")
@EMBED_OPTION
@DEBUG_OPTION
@click.pass_context
def correct(
    ctx: click.Context,
    folder: Path,
    path: Path,
    checkpoint: str | None,
    rule_base: str | None,
    store: Path | None,
    embed: Embed,
) -> None:
    """Analyse again with corrected transcripts.

    DIR holds the results of INTERVIEW, and in transcripts/ a WebVTT file an answer: correct the
    words there, then run this. The earlier results stay as assessment.previous.json and
    report.previous.html.
    """
    from hirenet_sales.analyze_many import Outcome
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.cli.result_tables import print_outcome
    from hirenet_sales.correct import correct_interview
    from hirenet_sales.interview import load_interviews

    with StageProgress() as progress:
        assessment = correct_interview(
            load_interviews(path),
            folder=folder,
            checkpoint=checkpoint,
            rule_base=rule_base,
            store=store,
            embed=embed,
            progress=progress,
            debug=ctx.meta.get(DEBUG, False),
        )
    if not print_outcome(Outcome(assessment.id, folder, assessment)):
        ctx.exit(1)


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
def init(folder: Path) -> None:
    """Write a commented interview.yaml into DIR; never overwrites one."""
    from hirenet_sales.interview import write_template

    path = write_template(folder)
    say(f"Wrote {path}")
    say(f"Put the recordings next to it, then: hirenet-sales analyze {path} --out results")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """List the back ends, weights and system libraries, and how to install missing ones.

    Then what is checked of a recording, and at which limits. Exit status 1 if something that is
    needed is missing.
    """
    from extractors.checks import CHECKS
    from hirenet_sales.cli.result_tables import print_checks, print_findings
    from hirenet_sales.doctor import examine, findings_json

    findings = examine()
    if as_json:
        click.echo(findings_json(findings))
    else:
        print_findings(findings)
        print_checks(CHECKS)
    if any(finding.needed and not finding.present for finding in findings):
        ctx.exit(1)


@click.command()
def schema() -> None:
    """Print the JSON schema of assessment.json."""
    from hirenet_sales.assessment import json_schema

    click.echo(json_schema(), nl=False)


COMMANDS = (analyze, correct, init, doctor, schema)
