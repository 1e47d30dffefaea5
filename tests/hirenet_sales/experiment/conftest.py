"""The toy models in the catalogue, and a cache of each test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from toy_models import ATTENTION, ENTRY

from extractors.store import CACHE_VARIABLE
from hirenet_sales.models.catalogue import ENTRIES


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process alone: run with jobs=1."""
    for entry in (ENTRY, ATTENTION):
        monkeypatch.setitem(ENTRIES, entry.name, entry)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No test finds what another one has fitted."""
    folder = tmp_path_factory.mktemp("own-cache")
    monkeypatch.setenv(CACHE_VARIABLE, str(folder / "features"))
    return folder
