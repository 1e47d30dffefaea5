"""Files written whole or not at all, so that nobody reads half of one."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def write_whole(path: Path, text: str) -> Path:
    """Write UTF-8 text through a temporary file beside `path`; folders are made on the way.

    A reader sees the old file or the new one, and after an error or an interrupt no temporary file
    is left. A process that is killed leaves one; `clear_leftovers` removes it.

    Returns
    -------
    Path
        `path`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # two runs may write one folder
    try:
        with part.open("wb") as file:
            file.write(text.encode("utf-8", "replace"))  # a lone surrogate must not stop a page
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:  # an interrupt, too, must leave nothing half-written
        part.unlink(missing_ok=True)
        raise
    return path


def clear_leftovers(path: Path) -> None:
    """Remove temporary files that `write_whole(path)` left when its process was killed."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*part"):
        process = part.name.removeprefix(f".{path.name}.").removesuffix("part").rstrip(".")
        if not (process.isdigit() and _runs(int(process))):
            with contextlib.suppress(OSError):
                part.unlink()


def disk_is_full(error: BaseException) -> bool:
    """Whether an error means that the disk or quota is full."""
    return isinstance(error, OSError) and error.errno in NO_ROOM


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # of somebody else; or no number of a process
        return True
    return True
