"""Errors that nobody thought of: caught where one answer, one interview or one command ends."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

from hirenet_sales.printable import printable

LONGEST_TEXT = 300  # characters of what the error says of itself


def unforeseen(error: BaseException) -> str:
    """An error that nobody thought of: its type and where it was raised, without folders.

    Returns
    -------
    str
        such as "an unforeseen error (ZeroDivisionError in extractors/stream.py, line 12): division
        by zero; please report it; --debug shows the traceback"
    """
    text = " ".join(str(error).split())[:LONGEST_TEXT].rstrip(".")
    return (
        f"an unforeseen error ({type(error).__name__}{_raised_in(error)}){text and f': {text}'}; "
        "please report it; --debug shows the traceback"
    )


def print_traceback(error: BaseException) -> None:
    """Print where an error came from to stderr."""
    print(printable("".join(traceback.format_exception(error))), file=sys.stderr)


def _raised_in(error: BaseException) -> str:
    """The innermost line of this project, but for the one that caught it; else that of others."""
    lines = [
        (frame.f_globals.get("__name__", ""), Path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if not lines:
        return ""
    own = [line for line in lines[1:] if line[0].split(".")[0] in ("hirenet_sales", "extractors")]
    module, path, line = (own or lines)[-1]
    packages = module.split(".") if own else []
    if path.stem != "__init__":
        packages = packages[:-1]
    return f" in {'/'.join([*packages, path.name])}, line {line}"
