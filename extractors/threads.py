"""Number of threads of torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def single_torch_thread() -> Iterator[None]:
    """Run torch in a single thread, then restore the number of threads.

    Torch's threads wait for each other by spinning. With other work on the cores, or with pieces of
    work as small as a GRU's steps, several threads cost far more than they gain: seven times the
    time for one interview, fifty times the processor time for four crops.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
