"""An item that hangs or dies has a name. Imports little, since three processes begin with it."""

from __future__ import annotations

import os
import threading

from tests.extractors.watchdog import Ended, guarded


def _bad(what: str) -> str:
    """A task that hangs or dies when it is told to."""
    if what == "hang":
        threading.Event().wait()
    if what == "death":
        os._exit(3)
    return what.upper()


def test_the_watchdog_names_what_hangs_or_dies_and_goes_on() -> None:
    items = ["one", "hang", "two", "death", "three"]
    outcomes = dict(guarded(_bad, items, limit_s=1.0))
    assert list(outcomes) == items
    assert [outcomes[name] for name in ("one", "two", "three")] == ["ONE", "TWO", "THREE"]
    assert outcomes["hang"] == Ended("hang", "over 1 s")
    assert outcomes["death"] == Ended("death", "exit code 3")
