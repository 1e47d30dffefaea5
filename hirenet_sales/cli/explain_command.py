"""`explain test`: whether a model's explanations are faithful."""

from __future__ import annotations

from pathlib import Path

import click

from hirenet_sales.cli.output import say, write_json
from hirenet_sales.cli.shared_options import (
    CACHE_OPTION,
    JSON_OPTION,
    SHIPPED_ROOT_OPTION,
    TABLE,
)


@click.group()
def explain() -> None:
    """Test the explanations of a model."""


@explain.command("test")
@click.option("--checkpoint", required=True, help="A shipped model's name, or a folder.")
@click.option(
    "--dataset", required=True, help="Name of a data set; planted: of a model trained on it."
)
@SHIPPED_ROOT_OPTION
@click.option("--split", help="Name of a split, or all; default: the part that is held out.")
@click.option(
    "--limit",
    type=click.IntRange(2),
    default=60,
    show_default=True,
    help="Interviews at most, drawn at random by the seed.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@JSON_OPTION
@click.option("--markdown", type=TABLE, help="Write the tables here.")
@click.option("--figure", type=TABLE, help="Draw the curves here, as .png and .svg.")
@CACHE_OPTION
def explain_test(
    checkpoint: str,
    dataset: str,
    root: Path | None,
    split: str | None,
    limit: int,
    seed: int,
    json_file: Path | None,
    markdown: Path | None,
    figure: Path | None,
    cache: Path | None,
) -> None:
    """Measure whether what is pointed at is what the estimates rest on.

    Parts of held-out interviews are masked: those that attention, effects and integrated gradients
    point at, and the highlights that are shown, against random ones of the same length.
    """
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.cli.result_tables import print_table
    from hirenet_sales.evaluate_explanations import evaluate_explanations
    from hirenet_sales.faithfulness.tables import explanation_tables, write_markdown

    with StageProgress() as progress:
        result = evaluate_explanations(
            checkpoint,
            dataset,
            root,
            split=split,
            limit=limit,
            seed=seed,
            cache=cache,
            progress=progress,
        )
    write_json(json_file, result)
    tables = explanation_tables(result)
    for table in tables:
        print_table(table)
    for remark in result["remarks"]:
        say(f"remark: {remark}", err=True)
    if markdown is not None:
        write_markdown(markdown, tables)
    if figure is not None:
        from hirenet_sales.faithfulness.figure import draw_curves

        for file in draw_curves(result, figure.with_suffix("")):
            say(f"Figure: {file}")


COMMANDS = (explain,)
