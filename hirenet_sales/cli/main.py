"""The command group, what an error looks like, and the exit statuses.

0 = all good; 1 = some answer or interview failed, in whole or in part, and is listed; 2 = the input
cannot be used; 130 = interrupted.
"""

from __future__ import annotations

import errno
from typing import Any

import click

from extractors.errors import ExtractionError
from hirenet_sales import __version__
from hirenet_sales.cli import assess, data, govern, laboratory, research, storage
from hirenet_sales.errors import HirenetSalesError

SOME_FAILED = 1
UNUSABLE_INPUT = 2
INTERRUPTED = 130
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


class _Group(click.Group):
    """Turns the house's errors into one message on stderr and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (HirenetSalesError, ExtractionError) as error:
            message, status = f"Error: {error}", UNUSABLE_INPUT
        except (KeyboardInterrupt, click.Abort):
            message = "Interrupted. What was done is kept; the same command goes on from there."
            status = INTERRUPTED
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            place = f" while writing {error.filename}" if error.filename else ""
            message = (
                f"Error: the disk is full{place}. What was done is kept; make room, or give "
                "another folder, and run the same command again."
            )
            status = UNUSABLE_INPUT
        click.echo(message, err=True)
        ctx.exit(status)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hirenet-sales")
def main() -> None:
    """Question-aware analysis of asynchronous video interviews.

    Estimates apparent traits with intervals and a sales score by explicit rules, and shows which
    questions and moments weighed most. It assists a person's judgement and makes none.
    """


for command in (
    *assess.COMMANDS,
    *research.COMMANDS,
    *data.COMMANDS,
    *laboratory.COMMANDS,
    *govern.COMMANDS,
    *storage.COMMANDS,
):
    main.add_command(command)
