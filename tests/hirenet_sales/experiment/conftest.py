"""The toy models in the catalogue."""

from __future__ import annotations

import pytest
from toy_models import ATTENTION, ENTRY

from hirenet_sales.models.catalogue import ENTRIES


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process alone: run with jobs=1."""
    for entry in (ENTRY, ATTENTION):
        monkeypatch.setitem(ENTRIES, entry.name, entry)
