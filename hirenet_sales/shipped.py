"""Folders of the repository that a wheel carries inside this package."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def shipped_folder(name: str) -> Path:
    """`data_cards` or `experiments`: beside this package in a checkout, in it once installed."""
    package = Path(str(files("hirenet_sales")))
    installed = package / name
    return installed if installed.is_dir() else package.parent / name
