"""Files written whole or not at all, so that nobody reads half of one."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

PART = ".part"  # ending of a file that is being written


@contextlib.contextmanager
def whole_file(path: Path, *, mode: int = 0o666) -> Iterator[Path]:
    """Where to write a file that takes its name once all of it is on the disk.

    A reader sees the old file or the new one, and after an error or an interrupt no temporary file
    is left; a process that is killed leaves one. Folders are made on the way, and any number of
    processes and threads may write the same file.

    Parameters
    ----------
    path : a link stays a link to what is written; a pipe or a device is written itself
    mode : permissions of a new file, less the process's umask

    Yields
    ------
    Path
        a temporary file beside `path`, empty.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    path = path.resolve() if path.is_symlink() else path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_native_id()}{PART}")
    try:
        part.touch(mode)
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:  # an interrupt, too, must leave nothing half-written
        part.unlink(missing_ok=True)
        raise
