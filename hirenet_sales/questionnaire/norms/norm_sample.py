"""Norm samples: the five traits of many people, read from three kinds of table.

- Item columns of the IPIP-50: scored, neuroticism by its keys.
- The columns of a data set with a data card, such as First Impressions V2: read, and turned round,
  as the card says.
- One column a trait on 0..1 (the five names, or O, C, E, A, N).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hirenet_sales.data.card import DataCard, TargetColumn
from hirenet_sales.delimited import DelimitedTable
from hirenet_sales.errors import NormSampleError
from hirenet_sales.questionnaire.ipip50.scoring import score_sheets
from hirenet_sales.questionnaire.ipip50.sheets import item_columns, read_sheets
from hirenet_sales.questionnaire.norms.trait_table import Polarity, trait_table
from hirenet_sales.traits import TRAITS
from hirenet_sales.yaml_model import did_you_mean

SUSPICIOUS_CORRELATION = 0.3  # true neuroticism correlates negatively with the other four's mean
MAX_LISTED = 5  # cells that an error names one by one


@dataclass(frozen=True, eq=False)
class NormSample:
    """The usable people of one table."""

    # path, sha256: the file
    path: Path
    sha256: str
    kind: str  # what the table was taken for, in words
    polarity: str  # in words, how the neuroticism column was read and why
    traits: np.ndarray  # float (N, 5) on [0, 1], order and polarity of the house
    # (N,) cluster of every row (source video), or None where rows are independent
    sources: np.ndarray | None
    left_out: int = 0  # rows without all five traits
    remarks: list[str] = field(default_factory=list)  # what a reader should know
    # numbers (N,) of further columns that were asked for, NaN = empty
    extra: dict[str, np.ndarray] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """The sample in a form ready for JSON."""
        return {
            "file": self.path.name,
            "sha256": self.sha256,
            "kind": self.kind,
            "polarity": self.polarity,
            "n": len(self.traits),
            "sources": None if self.sources is None else len(np.unique(self.sources)),
            "left_out": self.left_out,
            "mean": dict(zip(TRAITS, self.traits.mean(0).tolist(), strict=True)),
            "sd": dict(zip(TRAITS, self.traits.std(0).tolist(), strict=True)),
        }


def read_norm_sample(
    path: str | Path,
    polarity: Polarity = "auto",
    split: str | None = None,
    extra: Sequence[str] = (),
) -> NormSample:
    """Read a norm sample from CSV or TSV.

    Parameters
    ----------
    polarity : what the neuroticism column means; "auto" = as the data card, the items' keys or the
        column's name say. It is never guessed from the numbers.
    split : of a table with a data card, the official split to take; None = all rows
    extra : further columns of numbers to read along

    Raises
    ------
    NormSampleError
        if the file cannot be read, has none of the three layouts, or a value is not on [0, 1].
    """
    path = Path(path)
    table = DelimitedTable(path, NormSampleError)
    if len(item_columns(table.header)) == 50:
        if split is not None or extra:
            raise NormSampleError(f"{path}: answer sheets have no splits and no further columns")
        return _from_sheets(path, polarity)
    layout = trait_table(table, polarity)
    card, targets = layout.card, layout.targets
    columns = [table.header.index(target.column) for target in targets]
    wanted = [*columns, *(_column(table, name) for name in extra)]
    split_at = _split_column(table, card, split)
    person = card.columns.get("person") if card else None
    source_at = table.header.index(person) if person in table.header else None

    values, sources, rows, left_out = [], [], [], 0
    problems: list[str] = []
    for row, cells in table.rows():
        if len(cells) != len(table.header):
            problems.append(f"row {row}: {len(cells)} cells, expected {len(table.header)}")
            continue
        if split_at is not None and cells[split_at] != split:
            continue
        numbers = [_number(cells[c], table.header[c], row, problems) for c in wanted]
        if np.isnan(numbers[: len(TRAITS)]).any():
            left_out += 1
            continue
        values.append(numbers)
        rows.append(row)
        sources.append(cells[source_at] if source_at is not None else "")
    if problems:
        raise NormSampleError(_problem_list(path, problems))
    if not values:
        raise NormSampleError(f"{path}: no row with all five traits; {left_out} rows lack one")
    numbers_of = np.array(values)
    traits = numbers_of[:, : len(TRAITS)]
    _check_range(path, traits, rows, targets)
    for k, target in enumerate(targets):
        low, high = target.range
        traits[:, k] = (target.turned(traits[:, k]) - low) / (high - low)
    return NormSample(
        path=path,
        sha256=table.sha256,
        kind=layout.kind,
        polarity=layout.polarity,
        traits=traits,
        sources=np.array(sources) if source_at is not None else None,
        left_out=left_out,
        remarks=[*_scale_remarks(targets), *_polarity_remarks(traits)],
        extra=dict(zip(extra, numbers_of[:, len(TRAITS) :].T, strict=True)),
    )


def _from_sheets(path: Path, polarity: Polarity) -> NormSample:
    if polarity != "auto":
        raise NormSampleError(
            f"{path}: answer sheets of the IPIP-50; their keys fix the polarity, so leave out "
            f"--polarity {polarity}"
        )
    sheets = read_sheets(path)
    traits = score_sheets(sheets.answers).traits
    whole = ~np.isnan(traits).any(1)
    if not whole.any():
        raise NormSampleError(f"{path}: no sheet with all five scales answered")
    return NormSample(
        path=path,
        sha256=sheets.sha256,
        kind="self-reports, answer sheets of the IPIP-50; trait = (sum - 10) / 40",
        polarity="scored from the items: high neuroticism = less stable",
        traits=traits[whole],
        sources=None,
        left_out=int((~whole).sum()) + len(sheets.refused),
        remarks=[*sheets.refused[:MAX_LISTED], *sheets.remarks],
    )


def _column(table: DelimitedTable, name: str) -> int:
    if name not in table.header:
        raise NormSampleError(f"{table.path}: no column '{name}'{did_you_mean(name, table.header)}")
    return table.header.index(name)


def _split_column(table: DelimitedTable, card: DataCard | None, split: str | None) -> int | None:
    if split is None:
        return None
    if card is None:
        raise NormSampleError(f"{table.path}: no splits are known for this table, found --split")
    if "split" not in card.columns:
        raise NormSampleError(f"{table.path}: the data card {card.name} knows no splits")
    return _column(table, card.columns["split"])


def _number(cell: str, column: str, row: int, problems: list[str]) -> float:
    if cell.casefold() in ("", "na", "nan", "n/a"):
        return np.nan
    try:
        return float(cell)
    except ValueError:
        problems.append(f"row {row}, column {column}: found '{cell}', expected a number")
        return np.nan


def _check_range(
    path: Path, values: np.ndarray, rows: list[int], targets: Sequence[TargetColumn]
) -> None:
    ends = np.array([target.range for target in targets])  # (5, 2)
    wrong = np.argwhere(~((values >= ends[:, 0]) & (values <= ends[:, 1])))
    if not len(wrong):
        return
    problems = [
        f"row {rows[i]}, column {targets[k].column}: found {values[i, k]:g}, expected "
        f"{ends[k, 0]:g} to {ends[k, 1]:g}"
        for i, k in wrong.tolist()
    ]
    hint = (
        "; traits are on 0 to 1: for sums of the IPIP-50 give the file with the items instead, or "
        "(sum - 10) / 40"
        if (ends == (0, 1)).all()
        else ""
    )
    raise NormSampleError(_problem_list(path, problems) + hint)


def _problem_list(path: Path, problems: list[str]) -> str:
    shown = "\n".join(f"  {text}" for text in problems[:MAX_LISTED])
    more = f"\n  and {len(problems) - MAX_LISTED} more" if len(problems) > MAX_LISTED else ""
    return f"{path}: {len(problems)} problems\n{shown}{more}"


def _scale_remarks(targets: Sequence[TargetColumn]) -> list[str]:
    other = sorted({target.range for target in targets} - {(0.0, 1.0)})
    if not other:
        return []
    ends = ", ".join(f"{low:g} to {high:g}" for low, high in other)
    return [
        f"the labels run from {ends} and were brought to 0 to 1 by those ends; a rule base made "
        "for traits of another scale does not fit them"
    ]


def _polarity_remarks(traits: np.ndarray) -> list[str]:
    others, last = traits[:, :-1].mean(1), traits[:, -1]
    if len(traits) < 3 or others.std() == 0 or last.std() == 0:
        return []
    r = np.corrcoef(others, last)[0, 1]
    if r < SUSPICIOUS_CORRELATION:
        return []
    return [
        f"as read, neuroticism correlates {r:+.2f} with the mean of the other four traits, which "
        "is unusual: the column may be emotional stability; then use --polarity stability"
    ]
