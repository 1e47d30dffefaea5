"""Digests of files."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of(*paths: str | Path) -> str:
    """SHA-256 of files, one after the other, hexadecimal."""
    state = hashlib.sha256()
    for path in paths:
        with Path(path).open("rb") as file:
            hashlib.file_digest(file, lambda: state)
    return state.hexdigest()
