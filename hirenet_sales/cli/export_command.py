"""`export` and `annotations`: results in the formats of other programs, and back."""

from __future__ import annotations

from pathlib import Path

import click

from hirenet_sales.cli.output import say, write_csv, write_json
from hirenet_sales.cli.shared_options import EXISTING_FOLDER, FOLDER, JSON_OPTION, TABLE, NameList
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


@click.command("annotations")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--tier", required=True, help="Name of the annotated tier.")
@click.option(
    "--results",
    type=EXISTING_FOLDER,
    help="Folder that `analyze` wrote about the annotated interview: the tier is compared with its "
    "highlights.",
)
@click.option("--answer", metavar="ID", help="The answer that a single file is about.")
@click.option(
    "--transcript",
    type=TABLE,
    help="Write the tier here as word JSON, a transcript that `analyze` takes.",
)
@click.option(
    "--labels",
    type=TABLE,
    help="Write a CSV here with one row an answer: the share of it with each annotation, or their "
    "mean where they are numbers.",
)
@click.option("--out", type=TABLE, help="Write the table of overlaps here, as CSV.")
@JSON_OPTION
@click.option(
    "--draws",
    type=click.IntRange(100, 1_000_000),
    default=10_000,
    show_default=True,
    help="Random arrangements of highlights.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.pass_context
def read_annotations(
    ctx: click.Context,
    files: tuple[Path, ...],
    tier: str,
    results: Path | None,
    answer: str | None,
    transcript: Path | None,
    labels: Path | None,
    out: Path | None,
    json_file: Path | None,
    draws: int,
    seed: int,
) -> None:
    """Read a tier that somebody annotated in FILES, .eaf or .TextGrid.

    With --results, its spans are compared with the highlights of the same answers, beside random
    spans of the highlights' lengths.

    Exit status: 0 all good; 1 something could not be compared: it is listed with its reason; 2 the
    files cannot be used.
    """
    if results is None and (labels or out or json_file):
        raise click.UsageError("--labels, --out and --json need --results, which has the answers")
    if results is None and transcript is None:
        raise click.UsageError("nothing to do; give --results, or --transcript")
    from hirenet_sales.annotations.annotation_file import AnnotationFile
    from hirenet_sales.annotations.answer_annotations import annotations_of, only_tier
    from hirenet_sales.annotations.span_labels import answer_labels
    from hirenet_sales.annotations.span_overlap import span_overlaps
    from hirenet_sales.annotations.tier_transcript import write_transcript
    from hirenet_sales.cli.overlap_table import print_overlaps
    from hirenet_sales.export.results import read_result

    read = [AnnotationFile.read(path) for path in files]
    left_out = []
    if transcript is not None:
        write_transcript(transcript, only_tier(read, tier, answer))
        say(f"Wrote {transcript}")
    if results is not None:
        assessment = read_result(results).assessment
        matched = annotations_of(assessment, read, tier, answer)
        left_out += [
            f"{item.file}: {item.tier.untimed} annotations of '{item.tier.name}' have no times"
            for item in matched
            if item.tier.untimed
        ]
        if labels is not None:
            rows, without = answer_labels(assessment.id, tier, matched)
            left_out += without
            if rows:
                write_csv(labels, rows)
                say(f"Wrote {labels}")
        overlaps, without = span_overlaps(matched, draws=draws, seed=seed)
        left_out += without
        table = [overlap.as_dict() for overlap in overlaps]
        if out is not None and table:
            write_csv(out, table)
        write_json(
            json_file,
            {"tier": tier, "draws": draws, "seed": seed, "overlaps": table, "left_out": left_out},
        )
        print_overlaps(overlaps, tier, draws)
    for sentence in left_out:
        say(f"left out: {sentence}", err=True)
    if left_out:
        ctx.exit(1)


COMMANDS = (export, read_annotations)
