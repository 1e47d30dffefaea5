"""The command group, its error messages and exit statuses.

0 = all good; 1 = some answer or interview failed, in whole or in part, and is listed; 2 = the input
cannot be used, or an unexpected error ended the command; 130 = interrupted; 143 =
terminated.
"""

from __future__ import annotations

import contextlib
import errno
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import click

from extractors.errors import ExtractionError
from hirenet_sales import __version__
from hirenet_sales.cli import (
    agreement_command,
    assess,
    data_command,
    experiment_command,
    expert,
    explain_command,
    export_command,
    research,
    show_command,
    storage,
)
from hirenet_sales.cli.output import say
from hirenet_sales.cli.shared_options import DEBUG, DEBUG_OPTION
from hirenet_sales.errors import HirenetSalesError, message_of, notes_of
from hirenet_sales.persist import disk_is_full
from hirenet_sales.printable import printable
from hirenet_sales.unexpected import describe_unexpected, print_traceback

UNUSABLE_INPUT = 2
INTERRUPTED = 130
TERMINATED = 128 + signal.SIGTERM
RESUME = "Finished work is kept; run the same command again to resume."


class _Terminated(KeyboardInterrupt):
    """SIGTERM, handled like an interrupt."""


class _Group(click.Group):
    """Turns errors into one message on stderr and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with _sigterm_interrupts():
                return super().invoke(ctx)
        except click.ClickException as error:
            text = error.format_message()
            if printable(text) == text:
                raise
            raise click.UsageError(printable(text), getattr(error, "ctx", None)) from None
        except click.exceptions.Exit:
            raise
        except (HirenetSalesError, ExtractionError) as error:
            message, status = f"Error: {message_of(error)}", UNUSABLE_INPUT
        except _Terminated as error:
            message, status = _with_notes(f"Terminated. {RESUME}", error), TERMINATED
        except (KeyboardInterrupt, click.Abort) as error:
            message, status = _with_notes(f"Interrupted. {RESUME}", error), INTERRUPTED
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever read the output has seen enough; click ends quietly
            if disk_is_full(error):
                name = getattr(error, "filename", None)
                where = f" while writing {name}" if name else ""
                message = (
                    f"Error: the disk is full{where}. Finished work is kept; make room, or give "
                    "another folder, and run the same command again."
                )
            else:
                message = f"Error: {describe_unexpected(error)}."
                if ctx.meta.get(DEBUG):
                    print_traceback(error)
            message, status = _with_notes(message, error), UNUSABLE_INPUT
        say(message, err=True)
        ctx.exit(status)


def _with_notes(message: str, error: BaseException) -> str:
    return "\n".join([message, *notes_of(error)])


@contextlib.contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM end the command like an interrupt; a second one ends it at once."""

    def terminate(_: int, __: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():
        yield  # handlers can be set in the main thread alone
        return
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@DEBUG_OPTION
@click.version_option(__version__, prog_name="hirenet-sales")
def main() -> None:
    """Question-aware analysis of asynchronous video interviews.

    Estimates apparent traits with intervals and a sales score by explicit rules, and shows which
    questions and moments weighed most. It assists a person's judgement and makes none.
    """


for command in (
    *assess.COMMANDS,
    *show_command.COMMANDS,
    *agreement_command.COMMANDS,
    *research.COMMANDS,
    *data_command.COMMANDS,
    *experiment_command.COMMANDS,
    *explain_command.COMMANDS,
    *expert.COMMANDS,
    *export_command.COMMANDS,
    *storage.COMMANDS,
):
    main.add_command(command)
