"""Where the real data lie, for the tests that need them, and one thread for all of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "HIRENET_SALES_DATA"

# Read when the first library with threads is imported. Tests run side by side, and where two
# threads share a core, k-means on toy data waits for the other one: minutes in place of seconds.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of the data README; skips where it is absent."""
    root = Path(os.environ.get(VARIABLE) or Path(__file__).parents[1] / ".." / "shared" / "data")
    if not root.is_dir():
        pytest.skip(f"needs the real data; set {VARIABLE} to their folder")
    return root.resolve()


@pytest.fixture(scope="session")
def first_impressions(data: Path) -> Path:
    """The folder of First Impressions V2; skips where it is absent."""
    folder = data / "first-impressions-v2"
    if not (folder / "clips.csv").is_file():
        pytest.skip(f"needs first-impressions-v2/clips.csv under {VARIABLE}")
    return folder
