"""`data list`, `data show` and `data check`: data sets and their cards."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from hirenet_sales.cli.output import JSON_OPTION, escape, new_console, write_json

WIDTH = 100


@click.group()
def data() -> None:
    """Data sets: their cards, and checks of a folder against its card."""


@data.command("list")
def list_cards() -> None:
    """List the available data sets."""
    from hirenet_sales.data.card import card_names, load_card

    table = Table()
    table.add_column("name", no_wrap=True)
    for column in ("title", "labelled", "streams", "licence"):
        table.add_column(column)
    for name in card_names():
        card = load_card(name)
        table.add_row(
            escape(name),
            escape(card.title),
            f"{card.level}s",
            ", ".join(card.streams),
            card.licence,
        )
    _console().print(table)


@data.command()
@click.argument("name")
def show(name: str) -> None:
    """Show the card of the data set NAME, or a card file."""
    from hirenet_sales.data.card import load_card, read_card

    card = read_card(Path(name)) if Path(name).is_file() else load_card(name)
    console = _console()
    console.print(f"[bold]{escape(card.title)}[/bold] ({escape(card.name)})")
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    rows = {
        "access": card.access,
        "licence": card.licence,
        "consent": card.consent,
        "labelled": f"{card.level}s",
        "streams": ", ".join(card.streams),
        "files": ", ".join(name for name in card.files.values() if name),
        "official parts": ", ".join(card.official) or "none",
        "fixed disjoint parts": ", ".join(f"{p} = {n}" for p, n in card.disjoint.items()) or "none",
        "known leakage": card.leakage,
    }
    for label, text in rows.items():
        facts.add_row(label, escape(" ".join(text.split())))
    for use in card.forbidden_uses:
        facts.add_row("not for", escape(use))
    console.print(facts)
    targets = Table("label", "column", "kind", "scale", "polarity")
    for name, column in card.targets.items():
        low, high = column.range
        targets.add_row(
            name,
            escape(column.column),
            column.kind,
            f"{low:g} to {high:g}",
            "turned round" if column.polarity == "reversed" else "as it is",
        )
    console.print(targets)
    console.print(Markdown(card.body))


@data.command()
@click.argument("name")
@click.option(
    "--root",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of the data set.",
)
@JSON_OPTION
@click.pass_context
def check(ctx: click.Context, name: str, root: Path, json_file: Path | None) -> None:
    """Check a folder against the card of the data set NAME.

    Opens every recording and transcript, and says what is missing or wrong, whether each trait
    points the way the card says, and how much each split leaks. Exit status: 0 no problem, 1
    some, 2 the folder cannot be used.
    """
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.data.card import load_card
    from hirenet_sales.data.dataset_check import check_dataset

    load_card(name)
    with StageProgress() as progress:
        result = check_dataset(name, root, progress)
    write_json(json_file, result)
    _print(result)
    if not result["usable"]:
        ctx.exit(2)
    if result["problems"]:
        ctx.exit(1)


def _print(result: Mapping[str, Any]) -> None:
    from hirenet_sales.data.completeness import Completeness

    console = _console()
    if result["counts"]:
        counts = ", ".join(f"{n} {what}" for what, n in result["counts"].items())
        console.print(f"{escape(result['dataset'])}: {counts}")
        completeness = Completeness.from_dict(result["data"])
        console.print(escape(completeness.counted(result["dataset"])), soft_wrap=True)
    if result["polarity"]:
        table = Table("trait", "card", "r as distributed", "r after reversal", "agrees")
        for trait, row in result["polarity"].items():
            agrees = "yes" if row["agrees"] else "[red]no[/red]"
            numbers = (f"{row['before']:+.2f}", f"{row['after']:+.2f}")
            table.add_row(trait, row["declared"], *numbers, agrees)
        table.caption = "r with the mean of the other traits, neuroticism never among them"
        console.print(table)
    _print_leakage(console, result["leakage"])
    for problem in result["problems"]:
        console.print(f"[yellow]problem[/yellow] {escape(problem)}", soft_wrap=True)
    for remark in result["remarks"]:
        console.print(f"remark {escape(remark)}", soft_wrap=True)
    if not result["problems"]:
        console.print("No problem.")


def _print_leakage(console: Console, leakage: Mapping[str, Any]) -> None:
    if not leakage:
        return
    table = Table("split", "part", "n", "person also in training", "look-up 1-MAE", "mean 1-MAE")
    for kind, parts in leakage.items():
        if "note" in parts:
            table.add_row(kind, escape(parts["note"]), "", "", "", "")
            continue
        for part, row in parts.items():
            scores = ["" if row[k] is None else f"{row[k]:.4f}" for k in ("look_up", "mean")]
            table.add_row(kind, part, str(row["n"]), f"{row['share']:.1%}", *scores)
    console.print(table)


def _console() -> Console:
    console = new_console()
    console.width = max(console.width, WIDTH)
    return console


COMMANDS = (data,)
