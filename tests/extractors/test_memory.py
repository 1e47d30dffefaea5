"""Freed memory goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from extractors.memory import trim_heap


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="glibc alone keeps and gives back memory in this way",
)
def test_what_was_freed_between_things_in_use_is_given_back() -> None:
    blocks = [bytes(1000) for _ in range(200_000)]
    remaining = blocks[::100]  # holes between them
    full = resident_mb()
    del blocks
    trim_heap()
    assert full - resident_mb() > 100
    assert len(remaining) == 2000
