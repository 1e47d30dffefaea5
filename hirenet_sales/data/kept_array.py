"""Arrays that are made once and kept in a file."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np


def save_array(path: Path, values: np.ndarray) -> None:
    """Write an .npy file, whole or not at all, also where two processes make the same one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}.part{path.name}")
    np.save(part, values)
    part.replace(path)
