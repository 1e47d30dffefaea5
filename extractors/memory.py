"""Memory that was freed, given back to the system.

The C library keeps what is freed for later use, in one heap a thread. Networks that run side by
side for an hour leave these heaps full of holes, and the process grows by a tenth. Where the
library is not glibc, nothing is done.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def give_back() -> None:
    """Give freed memory back: milliseconds, for the end of some seconds of work."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
