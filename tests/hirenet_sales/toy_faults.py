"""Interviews that end as nobody foresaw; a module of their own, which other processes import."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import fields

from hirenet_sales.interview import Interview


class Unforeseen(Interview):
    """Its analysis divides by zero."""

    def streams_to_extract(self, requested: Sequence[str]) -> tuple[str, ...]:
        return (requested[len(requested) // 0],)


class Killing(Interview):
    """Its analysis is ended by the system, as for want of memory."""

    def streams_to_extract(self, requested: Sequence[str]) -> tuple[str, ...]:
        os.kill(os.getpid(), signal.SIGKILL)
        return ()


def turned_into(kind: type[Interview], interview: Interview) -> Interview:
    """The same interview with that fault."""
    return kind(**{field.name: getattr(interview, field.name) for field in fields(interview)})
