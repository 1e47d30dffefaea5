"""`ipip50`: score answer sheets, make norms, print the items."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import click

from hirenet_sales.cli.output import say, write_csv, write_json
from hirenet_sales.cli.shared_options import JSON_OPTION, TABLE


@click.group()
def ipip50() -> None:
    """The IPIP-50 personality questionnaire: fifty public-domain items."""


@ipip50.command("score")
@click.argument("file", type=TABLE)
@JSON_OPTION
@click.option(
    "--out",
    type=TABLE,
    help="Write one row a sheet as CSV: traits on 0 to 1, sums, 90 % ends, percentiles.",
)
@click.option(
    "--norms",
    default="openpsychometrics2012",
    show_default=True,
    help="For percentiles and the error of measurement: norms that ship, or a YAML of `norms`.",
)
@click.pass_context
def score(
    ctx: click.Context, file: Path, json_file: Path | None, out: Path | None, norms: str
) -> None:
    """Score the answer sheets in FILE (CSV or TSV, one person a row).

    Columns E1 to O10 (or EXT1, q1 to q50 in the order of the form, or the statements themselves);
    answers 1 to 5, 0 or nothing for a missed one.

    \b
    Exit status: 0 every sheet was read; 1 some were left out and are listed;
    2 nothing could be scored.
    """  # noqa: D301
    from hirenet_sales.cli.expert_tables import print_scales
    from hirenet_sales.questionnaire.ipip50.norm_tables import load_norms
    from hirenet_sales.questionnaire.ipip50.results import person_rows, summarise
    from hirenet_sales.questionnaire.ipip50.scoring import score_sheets
    from hirenet_sales.questionnaire.ipip50.sheets import read_sheets

    norm_tables = load_norms(norms)
    sheets = read_sheets(file)
    scores = score_sheets(sheets.answers)
    summary = summarise(sheets, scores) | {"norms": norm_tables.name}
    if out is not None:
        write_csv(out, person_rows(sheets, scores, norm_tables))
    write_json(json_file, summary)
    print_scales(summary, norm_tables)
    if sheets.refused:
        ctx.exit(1)


@ipip50.command("norms")
@click.argument("file", type=TABLE)
@click.option("--out", required=True, type=TABLE)
@click.option("--source", required=True, help="Who the people are and how they were found.")
@click.option("--name", help="Name of the norms; default: that of the file written.")
@click.pass_context
def make_norms_file(
    ctx: click.Context, file: Path, out: Path, source: str, name: str | None
) -> None:
    """Make norms from the answer sheets in FILE; exit status as for `score`."""
    from hirenet_sales.cli.expert_tables import print_remarks
    from hirenet_sales.questionnaire.ipip50.norm_tables import make_norms, write_norms
    from hirenet_sales.questionnaire.ipip50.scoring import score_sheets
    from hirenet_sales.questionnaire.ipip50.sheets import read_sheets

    sheets = read_sheets(file)
    norms = make_norms(score_sheets(sheets.answers), name or out.stem, source)
    write_norms(norms, out)
    say(f"Wrote {out}: {norms.n} sheets without a gap")
    print_remarks(sheets.remarks, sheets.refused)
    if sheets.refused:
        ctx.exit(1)


@ipip50.command("items")
def items() -> None:
    """Print the fifty items as CSV, in the order of the form, with their keys."""
    from hirenet_sales.questionnaire.ipip50.items import questionnaire

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["number", "column", "trait", "key", "text"])
    for number, item in enumerate(questionnaire().items, start=1):
        writer.writerow([number, item.id, item.trait, item.key, item.text])


COMMANDS = (ipip50,)
