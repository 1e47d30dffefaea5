"""`store`: size of the feature cache, and deletion from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hirenet_sales.cli.output import say
from hirenet_sales.cli.shared_options import FOLDER, TABLE

if TYPE_CHECKING:
    from extractors.store import FeatureStore

STORE_OPTION = click.option(
    "--store",
    "folder",
    type=FOLDER,
    help="The folder; default: that of `analyze` without --store.",
)


@click.group()
def store() -> None:
    """Extracted features, stored so that a second run takes seconds."""


@store.command()
@STORE_OPTION
def show(folder: Path | None) -> None:
    """Show the location and size of the store."""
    features = _store(folder)
    size = f"{features.size() / 1e6:.1f} MB"
    say(f"{features.root}: {size}; recordings and given transcripts: {features.recordings()}")


@store.command()
@click.argument("files", nargs=-1, required=True, type=TABLE)
@STORE_OPTION
def forget(files: tuple[Path, ...], folder: Path | None) -> None:
    """Delete the features of FILES: recordings, transcripts, or an assessment.json.

    An assessment.json names everything that it was made from, so it does without the recordings.
    An answer that failed is not in it: give its recording. For requests of the person who was
    recorded: recordings and reports themselves are not touched.
    """
    features = _store(folder)
    digests = {name: digest for file in files for name, digest in _sources(file).items()}
    for name, digest in digests.items():
        try:
            count = features.forget(digest)
        except ValueError as error:
            raise click.BadParameter(f"{name}: {error}; give the recording instead") from error
        say(f"{name}: {count} results deleted" if count else f"{name}: nothing was stored")


@store.command()
@click.option("--keep", required=True, type=click.IntRange(0), metavar="MB", help="Megabytes.")
@STORE_OPTION
def prune(keep: int, folder: Path | None) -> None:
    """Delete the least recently used features, until at most --keep megabytes are left."""
    features = _store(folder)
    freed = features.prune(keep * 1_000_000)
    say(f"{features.root}: {freed / 1e6:.1f} MB deleted, {features.size() / 1e6:.1f} MB left")


def _store(folder: Path | None) -> FeatureStore:
    from extractors.store import FeatureStore, default_store_root

    return FeatureStore(folder or default_store_root())


def _sources(file: Path) -> dict[str, str]:
    from hirenet_sales.persist import sha256_of

    if not file.is_file():
        raise click.BadParameter(
            f"{file}: no such file; give a recording, a transcript or an assessment.json"
        )
    if file.suffix == ".json":
        try:
            sources = json.loads(file.read_text(encoding="utf-8"))["provenance"]["sources"]
        except (ValueError, LookupError, TypeError, RecursionError):
            pass  # a transcript
        else:
            if not isinstance(sources, dict) or not sources:
                raise click.BadParameter(
                    f"{file}: names nothing that it was made from; give the recording instead"
                )
            return {f"{file}, {answer}": str(digest) for answer, digest in sources.items()}
    return {str(file): sha256_of(file)}


COMMANDS = (store,)
