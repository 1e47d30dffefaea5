"""Progress of long work, as everything that takes a while reports it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float, float], None]  # name of the stage, amount done, total


def no_progress(stage: str, done: float, total: float) -> None:
    """Ignore what is reported."""
