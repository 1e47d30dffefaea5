"""`data list`, `data show` and `data check`: data sets and their cards."""

from __future__ import annotations

from pathlib import Path

import click

from hirenet_sales.cli.output import write_json
from hirenet_sales.cli.shared_options import JSON_OPTION, SHIPPED_ROOT_OPTION


@click.group()
def data() -> None:
    """Data sets: their cards, and checks of a folder against its card."""


@data.command("list")
def list_cards() -> None:
    """List the available data sets."""
    from hirenet_sales.cli.data_tables import print_cards
    from hirenet_sales.data.card import card_names, load_card

    print_cards({name: load_card(name) for name in card_names()})


@data.command()
@click.argument("name")
def show(name: str) -> None:
    """Show the card of the data set NAME, or a card file."""
    from hirenet_sales.cli.data_tables import print_card
    from hirenet_sales.data.card import load_card, read_card

    print_card(read_card(Path(name)) if Path(name).is_file() else load_card(name))


@data.command()
@click.argument("name")
@SHIPPED_ROOT_OPTION
@JSON_OPTION
@click.pass_context
def check(ctx: click.Context, name: str, root: Path | None, json_file: Path | None) -> None:
    """Check a folder against the card of the data set NAME.

    Opens every recording and transcript, and says what is missing or wrong, whether each trait
    points the way the card says, and how much each split leaks. Exit status: 0 no problem, 1
    some, 2 the folder cannot be used.
    """
    from hirenet_sales.cli.data_tables import print_check
    from hirenet_sales.cli.progress import StageProgress
    from hirenet_sales.data.card import load_card
    from hirenet_sales.data.dataset_check import check_dataset

    load_card(name)
    with StageProgress() as progress:
        result = check_dataset(name, root, progress)
    write_json(json_file, result)
    print_check(result)
    if not result["usable"]:
        ctx.exit(2)
    if result["problems"]:
        ctx.exit(1)


COMMANDS = (data,)
