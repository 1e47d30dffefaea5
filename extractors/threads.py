"""How many threads torch works in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch work in one thread, and after it in as many as before.

    Its threads wait for each other in loops. Where something else keeps the cores busy, or the
    pieces of work are as small as a GRU's steps, that costs far more than it gives: seven times
    the time for one interview, fifty times the processor time for four crops.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
