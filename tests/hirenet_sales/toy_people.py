"""Made-up answer sheets and norm samples."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from hirenet_sales.questionnaire.ipip50.items import questionnaire
from hirenet_sales.traits import TRAITS


def answer_sheets(n: int, seed: int = 0) -> np.ndarray:
    """Answers (N, 50) in form order of people with five independent traits: 1 to 5, with keys."""
    rng = np.random.default_rng(seed)
    form = questionnaire()
    traits = rng.normal(size=(n, 5))
    column = np.array([TRAITS.index(item.trait) for item in form.items])
    pull = traits[:, column] * form.keys + rng.normal(size=(n, 50))
    return np.clip(np.round(3 + pull), 1, 5)


def write_sheets(path: Path, answers: np.ndarray, header: Sequence[str] | None = None) -> Path:
    """Write answers (N, 50) in form order; NaN becomes 0."""
    header = header or [item.id for item in questionnaire().items]
    cells = np.nan_to_num(answers, nan=0).astype(int)
    return write_table(path, header, cells.tolist())


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    """Write a CSV, or a TSV by its name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def people(n: int, seed: int = 0, mean: float = 0.5, sd: float = 0.12) -> np.ndarray:
    """Traits (N, 5) on [0, 1], normal, the last against the others."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=(n, 1)) * np.array([1, 1, 1, 1, -1])
    return np.clip(mean + sd * (0.7 * shared + 0.71 * rng.normal(size=(n, 5))), 0.001, 0.999)
