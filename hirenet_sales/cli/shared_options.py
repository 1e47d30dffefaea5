"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

TABLE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
DEBUG = "hirenet_sales.debug"  # in click's meta, which all commands of a call share


class NameList(click.ParamType[tuple[str, ...]]):
    """Some of several names, separated by commas, in a fixed order."""

    def __init__(self, names: Sequence[str], name: str) -> None:
        self.names, self.name = names, name

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Parse into a tuple of names; called by click."""
        if isinstance(value, tuple):
            return value
        names = [name.strip() for name in str(value).split(",") if name.strip()]
        unknown = [name for name in names if name not in self.names]
        if unknown or not names:
            given = ", ".join(unknown) or "nothing"
            self.fail(f"found {given}, expected some of {','.join(self.names)}", param, ctx)
        return tuple(name for name in self.names if name in names)


def _note_debug(ctx: click.Context, _: click.Parameter, chosen: bool) -> None:
    if chosen:
        ctx.meta[DEBUG] = True


DEBUG_OPTION = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=_note_debug,
    help="Show the traceback of an unexpected error.",
)
JSON_OPTION = click.option("--json", "json_file", type=TABLE, help="Write the numbers here.")
ROOT_OPTION = click.option(
    "--root", required=True, type=EXISTING_FOLDER, help="Folder of the data set."
)
SHIPPED_ROOT_OPTION = click.option(
    "--root", type=EXISTING_FOLDER, help="Folder of the data set; siop-2024 ships."
)
CACHE_OPTION = click.option(
    "--cache", type=FOLDER, help="Folder that keeps extracted features between runs."
)
POLARITY_OPTION = click.option(
    "--polarity",
    type=click.Choice(["auto", "neuroticism", "stability"]),
    default="auto",
    show_default=True,
    help="What the neuroticism column means; auto: as data card, item keys or its name say.",
)
SPLIT_OPTION = click.option(
    "--split", help="Of a table with a data card: the official split to take, such as train."
)
