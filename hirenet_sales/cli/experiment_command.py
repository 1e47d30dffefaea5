"""`experiment`, `salience` and `models`: comparing models over many interviews."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hirenet_sales.cli.output import new_console, print_completeness, say, write_json
from hirenet_sales.cli.shared_options import CACHE_OPTION, EXISTING_FOLDER, FOLDER, JSON_OPTION

if TYPE_CHECKING:  # imports heavy libraries, which --help does not need
    from hirenet_sales.experiment.run import Outcome


@click.group()
def experiment() -> None:
    """Run the experiments that a YAML describes, and show their results."""


@experiment.command("run")
@click.argument("source", metavar="EXPERIMENT")
@click.option("--root", type=EXISTING_FOLDER, help="Folder of the data set.")
@click.option("--dataset", help="Another data set than the YAML names; see `data list`.")
@click.option(
    "--out",
    type=FOLDER,
    help="Run folder; default: runs/ and the name. A finished cell in it is not run again.",
)
@click.option("--quick", is_flag=True, help="The short form that the YAML describes.")
@click.option(
    "--jobs", type=click.IntRange(1), help="Cells at the same time; default: one a processor."
)
@CACHE_OPTION
@JSON_OPTION
@click.pass_context
def run(
    ctx: click.Context,
    source: str,
    root: Path | None,
    dataset: str | None,
    out: Path | None,
    quick: bool,
    jobs: int | None,
    cache: Path | None,
    json_file: Path | None,
) -> None:
    """Run EXPERIMENT, a YAML file or the name of a shipped one.

    Interrupted, the same command goes on where it stopped and ends with the same numbers.

    \b
    Exit status:
      0  every cell was run
      1  some cell failed, or something that the data name could not be read; it is listed with
         its reason, and the others were run, on the rest
      2  nothing was started: every problem of the YAML and its data is listed
      130  interrupted
    """  # noqa: D301
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.experiment.run import run_experiment

    with StageProgress() as progress:
        outcome = run_experiment(
            source,
            root=root,
            out=out,
            dataset=dataset,
            cache=cache,
            quick=quick,
            jobs=jobs,
            progress=progress,
        )
    _report(ctx, outcome, json_file)


@experiment.command("show")
@click.argument("folder", metavar="DIR", type=EXISTING_FOLDER)
@JSON_OPTION
@click.pass_context
def show(ctx: click.Context, folder: Path, json_file: Path | None) -> None:
    """Print the table of the run folder DIR, and rewrite its CSV, Markdown and figures."""
    from hirenet_sales.experiment.run import show_experiment

    _report(ctx, show_experiment(folder), json_file)


@experiment.command("list")
def list_experiments() -> None:
    """List the shipped experiments."""
    from rich.table import Table

    from hirenet_sales.experiment.experiment_file import shipped

    table = Table("name", "kind", "what it shows")
    for recipe in shipped():
        table.add_row(recipe.name, recipe.kind, recipe.title)
    new_console().print(table)


@click.command()
@click.option(
    "--runs",
    required=True,
    multiple=True,
    type=EXISTING_FOLDER,
    help="A run folder of `experiment run`; may be given several times.",
)
@click.option("--dataset", required=True, help="Cells of this data set are read.")
@click.option(
    "--root", type=EXISTING_FOLDER, help="Folder of the data set; default: that of the run."
)
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    help="Folder for tables and figures.",
)
@click.option(
    "--minimum-count",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="A word that occurs less often is not listed.",
)
def salience(
    runs: tuple[Path, ...], dataset: str, root: Path | None, out: Path, minimum_count: int
) -> None:
    """Show the questions, moments and words with the highest attention in trained models."""
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.cli.result_tables import print_table
    from hirenet_sales.salience import study_salience

    with StageProgress() as progress:
        study = study_salience(
            runs, dataset, out, root=root, minimum_count=minimum_count, progress=progress
        )
    for table in study.tables:
        print_table(table)
    say(f"Tables and figures: {study.folder}")


@click.command()
@JSON_OPTION
def models(json_file: Path | None) -> None:
    """List all models, with their number of parameters and their paper."""
    from hirenet_sales.cli.result_tables import print_table
    from hirenet_sales.experiment.model_list import model_table

    table = model_table()
    write_json(json_file, {"models": table.rows})
    print_table(table)


def _report(ctx: click.Context, outcome: Outcome, json_file: Path | None) -> None:
    from hirenet_sales.cli.result_tables import print_table

    write_json(json_file, outcome.as_json())
    for table in outcome.tables:
        print_table(table)
    lost = print_completeness(outcome.data)
    for failure in outcome.failures:
        keys = ", ".join(
            f"{key} {value}" for key, value in failure.cell.keys.items() if value != ""
        )
        say(f"failed: {keys}: {failure.reason}", err=True)
    if outcome.missing:
        say(f"{outcome.missing} cells are not finished; run the experiment again", err=True)
    say(f"Run folder: {outcome.folder}")
    if outcome.failures or outcome.missing or lost:
        ctx.exit(1)


COMMANDS = (experiment, salience, models)
