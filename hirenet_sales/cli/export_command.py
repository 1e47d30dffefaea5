"""`export` and `annotations`: results in the formats of other programs, and back."""

from __future__ import annotations

from pathlib import Path

import click

from hirenet_sales.cli.output import say
from hirenet_sales.cli.shared_options import EXISTING_FOLDER, FOLDER, NameList
from hirenet_sales.export.formats import FORMATS, KINDS


@click.command()
@click.argument("folder", metavar="DIR", type=EXISTING_FOLDER)
@click.option("--to", required=True, type=click.Choice(list(FORMATS)), help="The format.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="A file, if its name ends as the format's do (.csv, .parquet, .eaf, .TextGrid, .vtt): all "
    "tiers in one table, or all answers in one annotation file. Else a folder: a table of every "
    "kind, or a file an answer.",
)
@click.option(
    "--tiers",
    type=NameList(KINDS, "tiers"),
    help=f"What to export, separated by commas; default: all of {', '.join(KINDS)}.",
)
@click.option("--answer", metavar="ID", help="The only answer to export.")
@click.option(
    "--store",
    type=FOLDER,
    help="Where `analyze` put extracted features: face and voice descriptors come from there; "
    "default: that of `analyze` without --store.",
)
@click.option(
    "--media",
    type=EXISTING_FOLDER,
    help="Folder of the interview, so that an .eaf links its recordings; without it they are "
    "expected beside the .eaf.",
)
@click.pass_context
def export(
    ctx: click.Context,
    folder: Path,
    to: str,
    out: Path,
    tiers: tuple[str, ...] | None,
    answer: str | None,
    store: Path | None,
    media: Path | None,
) -> None:
    """Export the results in DIR, which `analyze` wrote, for statistics and annotation programs.

    Exit status: 0 all good; 1 something that was asked for is not in the files: it is listed with
    its reason; 2 nothing could be exported.
    """
    from hirenet_sales.export.exporter import export as write_export

    if tiers and to == "webvtt":
        raise click.UsageError("--tiers does not go with --to webvtt: captions hold the words")
    done = write_export(folder, to, out, kinds=tiers or (), answer=answer, store=store, media=media)
    for path in done.files:
        say(f"Wrote {path}")
    for kind, sentences in (("remark", done.remarks), ("missing", done.missing)):
        for sentence in sentences:
            say(f"{kind}: {sentence}", err=True)
    if done.missing:
        ctx.exit(1)


COMMANDS = (export,)
