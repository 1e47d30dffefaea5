"""Unexpected exceptions: described at the boundary of an answer, an interview or a command."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from hirenet_sales.printable import printable

LONGEST_TEXT = 300  # characters of the error's own message


def describe_unexpected(error: BaseException) -> str:
    """Describe an unexpected exception: its type and where it was raised, without folders.

    Returns
    -------
    str
        such as "an unexpected error (ZeroDivisionError in extractors/stream.py, line 12): division
        by zero; please report it; --debug shows the traceback"
    """
    text = " ".join(str(error).split())[:LONGEST_TEXT].rstrip(".")
    return (
        f"an unexpected error ({type(error).__name__}{_raised_in(error)}){text and f': {text}'}; "
        "please report it; --debug shows the traceback"
    )


def print_traceback(error: BaseException) -> None:
    """Print the traceback of an error to stderr."""
    print(printable("".join(traceback.format_exception(error))), file=sys.stderr)


def _raised_in(error: BaseException) -> str:
    """The innermost line of this project except the one that caught it; else of other code."""
    lines = [
        (frame.f_globals.get("__name__", ""), Path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if not lines:
        return ""
    ours = [line for line in lines[1:] if line[0].split(".")[0] in ("hirenet_sales", "extractors")]
    module, path, line = (ours or lines)[-1]
    packages = module.split(".") if ours else []
    if path.stem != "__init__":
        packages = packages[:-1]
    return f" in {'/'.join([*packages, path.name])}, line {line}"
