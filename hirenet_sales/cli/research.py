"""`train`, `evaluate`, `calibrate` and `relevance`: models on labelled data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hirenet_sales.cli.output import print_completeness, say, write_json
from hirenet_sales.cli.shared_options import (
    CACHE_OPTION,
    FOLDER,
    JSON_OPTION,
    ROOT_OPTION,
    SHIPPED_ROOT_OPTION,
)

if TYPE_CHECKING:  # imports heavy libraries, which --help does not need
    from hirenet_sales.data.question_condition import Questions


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@ROOT_OPTION
@click.option(
    "--out",
    type=FOLDER,
    help="Run folder; default: runs/ and the name of the configuration.",
)
@CACHE_OPTION
@click.pass_context
def train(
    ctx: click.Context, config: Path, root: Path, out: Path | None, cache: Path | None
) -> None:
    """Train the model that the file CONFIG describes.

    Exit status: 0 all good; 1 something that the data name could not be read: it is listed, and the
    model was trained on the rest; 2 unusable input.
    """
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.data.completeness import read_completeness
    from hirenet_sales.release import train as train_model

    with StageProgress() as progress:
        folder = train_model(config, root, out=out, cache=cache, progress=progress)
    lost = print_completeness(read_completeness(folder))
    say(f"Checkpoint: {folder}")
    if lost:
        ctx.exit(1)


@click.command()
@click.option("--checkpoint", required=True, help="A shipped model's name, or a folder.")
@click.option("--dataset", required=True, help="Name of a data set; see `data list`.")
@SHIPPED_ROOT_OPTION
@click.option("--split", default="all", show_default=True, help="Name of a split, or all.")
@click.option(
    "--questions",
    type=click.Choice(["real", "shuffled", "none"]),
    default="real",
    show_default=True,
    help="Questions that the model is shown; shuffled: another one of the set for every answer.",
)
@click.option(
    "--from-media",
    is_flag=True,
    help="Of first-impressions-v2, extract from clips/*.mp4 instead of its tables.",
)
@JSON_OPTION
@CACHE_OPTION
@click.pass_context
def evaluate(
    ctx: click.Context,
    checkpoint: str,
    dataset: str,
    root: Path | None,
    split: str,
    questions: Questions,
    from_media: bool,
    json_file: Path | None,
    cache: Path | None,
) -> None:
    """Evaluate a model on the labels of a data set.

    Exit status: 0 all good, 1 some recording could not be read, 2 unusable input.
    """
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.cli.result_tables import print_evaluation
    from hirenet_sales.evaluate import evaluate as measure

    with StageProgress() as progress:
        result = measure(
            checkpoint,
            dataset,
            root,
            split=split,
            questions=questions,
            from_media=from_media,
            cache=cache,
            progress=progress,
        )
    write_json(json_file, result)
    print_evaluation(result)
    if result.get("failed"):
        ctx.exit(1)


@click.command()
@click.option("--checkpoint", required=True, help="A shipped model's name, or a folder.")
@click.option("--dataset", required=True, help="Name of a data set; see `data list`.")
@ROOT_OPTION
@click.option("--split", required=True, help="Split that calibrates: nobody of it was trained on.")
@click.option("--measure-on", required=True, help="Another split, for coverage and scores.")
@click.option("--note", default="", help="A sentence on these splits, for the card.")
@click.option(
    "--out",
    required=True,
    type=FOLDER,
    help="Folder of the result; it may be that of the checkpoint.",
)
@CACHE_OPTION
def calibrate(
    checkpoint: str,
    dataset: str,
    root: Path,
    split: str,
    measure_on: str,
    note: str,
    out: Path,
    cache: Path | None,
) -> None:
    """Calibrate the intervals of a trained model anew; its weights stay as they are."""
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.release.recalibrate import recalibrate

    with StageProgress() as progress:
        folder = recalibrate(
            checkpoint,
            dataset,
            root,
            calibrate_on=split,
            measure_on=measure_on,
            note=note,
            out=out,
            cache=cache,
            progress=progress,
        )
    say(f"Checkpoint: {folder}")


@click.command()
@click.option("--dataset", required=True, help="Name of a data set with questions and texts.")
@SHIPPED_ROOT_OPTION
@click.option(
    "--split",
    default="validation",
    show_default=True,
    help="Part of the official split, or all; the reference was made from train.",
)
@click.option(
    "--checkpoint",
    help="A shipped model's name, or a folder: whether a wrong question lowers an answer's weight.",
)
@JSON_OPTION
@CACHE_OPTION
def relevance(
    dataset: str,
    root: Path | None,
    split: str,
    checkpoint: str | None,
    json_file: Path | None,
    cache: Path | None,
) -> None:
    """Evaluate how well relevance tells an answer's own question from others."""
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.cli.relevance_table import print_relevance
    from hirenet_sales.evaluate_relevance import evaluate_relevance

    with StageProgress() as progress:
        result = evaluate_relevance(
            dataset, root, split=split, checkpoint=checkpoint, cache=cache, progress=progress
        )
    write_json(json_file, result)
    print_relevance(result)


COMMANDS = (train, evaluate, calibrate, relevance)
