"""Log of a run folder."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOG = "log.txt"


@contextmanager
def run_log(folder: Path, name: str) -> Iterator[logging.Logger]:
    """A logger that writes only to log.txt in a run folder.

    What ends the run is logged, too.

    Parameters
    ----------
    name : of the logger
    """
    log = logging.getLogger(name)
    handler = logging.FileHandler(folder / LOG, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        yield log
    except BaseException as error:
        log.error("stopped: %s: %s", type(error).__name__, error)
        raise
    finally:
        log.removeHandler(handler)
        handler.close()
