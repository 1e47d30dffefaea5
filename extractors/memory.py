"""Return freed memory to the operating system.

The C library retains freed memory for reuse, in one heap a thread. Networks that run side by side
for an hour fragment these heaps, and the process grows by a tenth. Without glibc, nothing is done.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Any


def trim_heap() -> None:
    """Return freed memory; takes milliseconds, so call it after some seconds of work."""
    trim = _trim()
    if trim is not None:
        trim(0)


@cache
def _trim() -> Any:
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
